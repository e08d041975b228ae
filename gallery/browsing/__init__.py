"""Browsing: what is searched, filtered, sorted and listed."""
