"""Benchmarks: `python -m tests.bench` prints tables with units; nothing here asserts a time."""
