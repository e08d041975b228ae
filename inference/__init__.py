"""The JAX inference core: checkpoints, networks, samplers, pipeline."""
