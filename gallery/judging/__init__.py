"""The jury: who looks at what, what they say of it, and what comes of it."""
