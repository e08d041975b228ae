"""Where a sprint's demos are collected, checked and looked at. Starts without JAX."""
