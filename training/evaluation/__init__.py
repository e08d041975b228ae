"""What a model in training is asked for, and how well its pictures answer."""
