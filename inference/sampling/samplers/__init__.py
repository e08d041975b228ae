"""One sampler a file: its equation, its table, its name."""
