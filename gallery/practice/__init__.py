"""A sprint to try everything in: a copy of the 2023 one around today, with a Hub and a dozen demos.

`python -m gallery practice` starts three processes of this machine and looks after them: a small
Hub, the demos on one host, and the gallery with the running demos handed in.
"""
