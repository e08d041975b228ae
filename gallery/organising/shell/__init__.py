"""`python -m gallery admin …`: what organisers do, from a shell.

The same use cases as on the pages, with the command line as the actor; every change is in the log.
"""
