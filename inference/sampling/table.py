"""A sampler as a table: one row of coefficients per evaluation of the network.

Axes: `N` evaluations, `K` kept predictions, `J = 2 + K + 1` terms of the recurrence.

The state is the sample x, one kept sample y, and the last K predictions m. Evaluation i does

    out  = network(scale_in·x, timestep)
    m_i  = predict · (x, out)                               x0, ε, or the output as it is
    x0   = preview · (x, out)                               what the network thinks the picture is
    x, y = update · (x, y, m_i, m_{i-1}, …, m_{i-K+1}, ξ)    ξ: fresh standard normal noise

and where a part of the picture is known, x there is then

    x    = known · (clean, noise)

All samplers here are such recurrences: nothing in them depends on the data. Rows are computed in
float64, and used in float32.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

HISTORY = 4
"""K: UniPC of order 3 corrects with four predictions, PNDM extrapolates from four."""

TERMS = 2 + HISTORY + 1
"""J: x, y, m_i, m_{i-1}, m_{i-2}, m_{i-3}, ξ."""

MAX_EVALUATIONS = 1000
"""No table is longer."""

GUIDANCE_OFF = 1.0
"""Guidance scales up to this one mean none, as in diffusers."""

Coefficients = Float[np.ndarray, "J"]


def combine(
    *, x: float = 0.0, y: float = 0.0, m: Sequence[float] = (), noise: float = 0.0
) -> Coefficients:
    """x·x + y·y + m[0]·m_i + m[1]·m_{i-1} + … + noise·ξ, as a row of coefficients."""
    row = np.zeros(TERMS)
    row[0], row[1], row[-1] = x, y, noise
    row[2 : 2 + len(m)] = m
    return row


class Evaluation(NamedTuple):
    """One evaluation of the network and the update after it."""

    timestep: float
    level: tuple[float, float]
    """(a, b): the network is asked about x = a·clean + b·noise."""
    predict: tuple[float, float]
    preview: tuple[float, float]
    x: Coefficients
    y: Coefficients
    scale_in: float = 1.0
    completes: bool = True
    """Whether a sampling step ends here; Heun and PNDM evaluate twice in some steps."""


class Rows(NamedTuple):
    """Rows of one table ([N, …]), or one row per slot ([S, …]).

    A pytree: arrays are NumPy's or JAX's.
    """

    timestep: Float[Any, "..."]
    scale_in: Float[Any, "..."]
    predict: Float[Any, "... 2"]
    preview: Float[Any, "... 2"]
    update: Float[Any, "... 2 J"]
    known: Float[Any, "... 2"]
    """The level that the next evaluation starts at, and after the last (1, 0): no noise."""
    live: Bool[Any, "..."]
    """A row that is not leaves its slot as it is."""


@dataclass(frozen=True)
class Table:
    """Everything that one request needs of its sampler."""

    rows: Rows
    """[N, …], float64."""
    steps_done: Int[np.ndarray, "N"]
    """Sampling steps completed after each evaluation."""
    from_noise: tuple[float, float]
    """(0, s): sampling from nothing starts at x = s·noise."""
    from_image: tuple[float, float]
    """(a, b): sampling from clean latents starts at x = a·clean + b·noise."""

    @classmethod
    def of(
        cls,
        evaluations: Iterable[Evaluation],
        *,
        init_noise_sigma: float = 1.0,
    ) -> "Table":
        listed = list(evaluations)
        levels = [(float(a), float(b)) for a, b in (e.level for e in listed)]
        rows = Rows(
            timestep=np.array([e.timestep for e in listed], np.float64),
            scale_in=np.array([e.scale_in for e in listed], np.float64),
            predict=np.array([e.predict for e in listed], np.float64),
            preview=np.array([e.preview for e in listed], np.float64),
            update=np.array([(e.x, e.y) for e in listed], np.float64),
            known=np.array([*levels[1:], (1.0, 0.0)], np.float64),
            live=np.ones(len(listed), bool),
        )
        return cls(
            rows=rows,
            steps_done=np.cumsum([e.completes for e in listed]),
            from_noise=(0.0, float(init_noise_sigma)),
            from_image=levels[0],
        )

    def __len__(self) -> int:
        """N, how often the network is evaluated."""
        return len(self.steps_done)

    @property
    def steps(self) -> int:
        """How many sampling steps that makes."""
        return int(self.steps_done[-1])


def rows_of(places: Sequence[tuple[Table, int] | None]) -> Rows:
    """[S, …] in float32: the row that each slot is at. Without one it is free, and nothing of it
    changes."""
    S = len(places)
    keep = np.stack([combine(x=1.0), combine(y=1.0)])
    rows = Rows(
        timestep=np.zeros(S, np.float32),
        scale_in=np.ones(S, np.float32),
        predict=np.zeros((S, 2), np.float32),
        preview=np.tile(np.array([1.0, 0.0], np.float32), (S, 1)),
        update=np.tile(keep.astype(np.float32), (S, 1, 1)),
        known=np.zeros((S, 2), np.float32),
        live=np.zeros(S, bool),
    )
    for slot, place in enumerate(places):
        if place is not None:
            table, evaluation = place
            for mine, every in zip(table.rows, rows, strict=True):
                every[slot] = mine[evaluation]
    return rows
