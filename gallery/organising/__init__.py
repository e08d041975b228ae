"""Organising: the board, its tables and log, moderation, and the shell's commands."""
