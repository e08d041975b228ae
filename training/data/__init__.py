"""Image folders: pictures, captions in tokens, control maps."""
