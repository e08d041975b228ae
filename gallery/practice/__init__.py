"""A sprint to try everything in: a copy of the 2023 one around today, with a Hub and a demo.

`python -m gallery practice` starts three processes of this machine and looks after them: a small
Hub, the demo, and the gallery with the running demo handed in.
"""
