"""Backups: a gallery as one portable file, and kept on the Hub while it runs.

A backup holds the rows of every table but those that let somebody in (`rows.LEFT_OUT`), and the
pictures. It does not hold the secret key. After a restore people sign in again, teams make new
tokens, and organisers send role invitations anew. It holds e-mail addresses: keep it private.
"""
