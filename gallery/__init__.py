"""Where a sprint's demos are collected, checked and looked at. Starts without JAX."""

__version__ = "0.1.0"
