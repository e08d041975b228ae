"""Training of the embedded model, and the data it is made from."""
