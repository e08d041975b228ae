"""The networks of Stable Diffusion 1.x and 2.x in Flax Linen, and their configurations."""
