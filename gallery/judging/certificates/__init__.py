"""Certificates for teams: what stands on them, its fonts, and the page as PDF and picture."""
