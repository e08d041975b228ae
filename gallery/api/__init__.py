"""The JSON API: what the pages show to everybody, and a team's own things with its token.

It calls the same use cases as the pages do, so the same rules hold; a cookie means nothing here.
"""
