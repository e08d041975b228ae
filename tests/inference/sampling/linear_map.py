"""The exact linear map of a sampler: ours from its table, diffusers' from runs on basis vectors.

The sample is e_0, the i-th output of the network e_{1+i}, the i-th noise e_{1+n+i}. What a sampler
holds after evaluation i is then its coefficients on all of them: one row of a [n, 1 + 2n] matrix.
"""

import contextlib
import importlib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from unittest import mock

import diffusers
import numpy as np
import torch

from inference.sampling import Table
from inference.sampling.table import HISTORY


@dataclass(frozen=True)
class LinearMap:
    timesteps: np.ndarray  # [n]
    scale_in: np.ndarray  # [n]
    coefficients: np.ndarray  # [n, 1 + 2n]
    init_noise_sigma: float
    from_image: tuple[float, float]


def of_table(table: Table) -> LinearMap:
    """Follow the recurrence of `inference.sampling.table` in float64."""
    n = len(table)
    basis = np.eye(1 + 2 * n)
    x, y = basis[0], np.zeros(1 + 2 * n)
    history = [np.zeros(1 + 2 * n)] * HISTORY
    after = []
    for i in range(n):
        p_x, p_out = table.rows.predict[i]
        history = [p_x * x + p_out * basis[1 + i], *history[:-1]]
        terms = np.stack([x, y, *history, basis[1 + n + i]])
        x, y = table.rows.update[i] @ terms
        after.append(x)
    return LinearMap(
        timesteps=table.rows.timestep,
        scale_in=table.rows.scale_in,
        coefficients=np.stack(after),
        init_noise_sigma=table.from_noise[1],
        from_image=table.from_image,
    )


def of_diffusers(
    scheduler: str,
    config: dict[str, Any],
    steps: int,
    *,
    first: int = 0,
    exact: bool = True,
    alphas_cumprod: np.ndarray | None = None,
) -> LinearMap:
    """Run diffusers' scheduler from its `first` step on, as its pipelines do.

    `exact` has it calculate in float64: what it calls float32 is float64 then, and nothing else is
    changed. `alphas_cumprod` replaces the levels of a class that cannot be configured to have them.
    """
    with warnings.catch_warnings(), double_precision() if exact else contextlib.nullcontext():
        warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)  # torch's
        theirs = getattr(diffusers, scheduler).from_config(config)
        if alphas_cumprod is not None:
            theirs.alphas_cumprod = torch.from_numpy(alphas_cumprod)
        theirs.set_timesteps(steps)
        begin = first * theirs.order
        timesteps = theirs.timesteps[begin:]
        if hasattr(theirs, "set_begin_index"):
            theirs.set_begin_index(begin)
        return _run(theirs, timesteps)


def _run(theirs: Any, timesteps: torch.Tensor) -> LinearMap:
    n = len(timesteps)
    basis = torch.eye(1 + 2 * n, dtype=torch.float64)
    noising = theirs.add_noise(
        torch.tensor([[1.0, 0.0]], dtype=torch.float64),
        torch.tensor([[0.0, 1.0]], dtype=torch.float64),
        timesteps[:1],
    )
    sample = basis[None, 0]
    scale_in, after = [], []
    for i, t in enumerate(timesteps):
        scale_in.append(float(theirs.scale_model_input(torch.ones(1, 1).double(), t)))
        with _noise_is(theirs, basis[None, 1 + n + i]):
            sample = theirs.step(basis[None, 1 + i], t, sample, return_dict=False)[0]
        after.append(sample[0].numpy())
    a, b = noising[0].tolist()
    return LinearMap(
        timesteps=timesteps.numpy(),
        scale_in=np.array(scale_in),
        coefficients=np.stack(after),
        init_noise_sigma=float(theirs.init_noise_sigma),
        from_image=(a, b),
    )


@contextlib.contextmanager
def double_precision() -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        with (
            mock.patch.object(torch, "float32", torch.float64),
            mock.patch.object(np, "float32", np.float64),
        ):
            yield
    finally:
        torch.set_default_dtype(before)


@contextlib.contextmanager
def _noise_is(scheduler: Any, noise: torch.Tensor) -> Iterator[None]:
    """Hand in what the scheduler's generator draws."""
    module = importlib.import_module(type(scheduler).__module__)
    if not hasattr(module, "randn_tensor"):
        yield
        return
    with mock.patch.object(module, "randn_tensor", return_value=noise):
        yield
