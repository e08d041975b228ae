"""Hands the running demo in, by the calls that a team makes."""
