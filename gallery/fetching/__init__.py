"""Fetching of addresses that strangers typed: bounded, and on the public internet alone."""
