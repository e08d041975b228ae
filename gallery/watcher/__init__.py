"""What a gallery does by itself: looks at everything in rounds, and takes in what it finds."""
