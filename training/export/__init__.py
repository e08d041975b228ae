"""What comes out of a training: weights in two layouts, a model card, a repository on the Hub."""
