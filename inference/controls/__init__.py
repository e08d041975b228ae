"""Control maps: annotators, and the maps that need no network. Starts without JAX."""
