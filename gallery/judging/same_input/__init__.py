"""Same input for all: one prompt, one picture, one seed, run on every demo of a list, and kept."""
