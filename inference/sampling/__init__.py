"""Samplers as tables, and the one step that runs them all.

    build_table(name, config, steps)   a sampler on a noise schedule, as an array   numpy, float64
    denoise.advance(rows, state, …)    one evaluation of every slot, each its row   JAX, float32

Importing this package loads numpy alone; only `inference.sampling.denoise` needs JAX.
"""

from inference.sampling.catalogue import SAMPLERS, build_table, most_steps, noise_schedule
from inference.sampling.schedule import NoiseSchedule
from inference.sampling.scheduler import Scheduler, read_scheduler
from inference.sampling.table import MAX_EVALUATIONS, Rows, Table, rows_of

__all__ = [
    "MAX_EVALUATIONS",
    "SAMPLERS",
    "NoiseSchedule",
    "Rows",
    "Scheduler",
    "Table",
    "build_table",
    "most_steps",
    "noise_schedule",
    "read_scheduler",
    "rows_of",
]
