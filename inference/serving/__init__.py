"""Serving many people at once: whose turn it is, what a tick does, how long it takes.

The bookkeeping (scheduler, turns, seats, memory, line, costs, estimate) knows no JAX, no threads
and no clock: time is an argument, so that its tests are tables.
"""
