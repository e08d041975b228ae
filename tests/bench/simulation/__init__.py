"""Serving, simulated: the real scheduler, on a machine that is a table of seconds."""
