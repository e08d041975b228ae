"""Arithmetic that takes longer than a visitor waits: in processes of its own, kept."""
