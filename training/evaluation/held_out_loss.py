"""Held-out loss: a text-to-image model's error on pictures that no step sees, beside its base's."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from training.evaluation.examples import Captioned
from training.loop.base import Base
from training.loop.checkpoint import Params
from training.loop.encoding import Encoder
from training.loop.objective import Objective
from training.loop.precision import as_computed

LOSS, BEFORE = "held-out loss", "held-out loss before"
TIMES = 10
"""Timesteps that each picture is asked about: the middle of each of as many equal ranges."""
LOWEST = "lowest.json"


class HeldOutLoss:
    """Each look asks the same: noise and timesteps are fixed, so looks differ by the model alone.

    The mean squared error counts unweighted, as in the log. Without pictures there is nothing to
    do.
    """

    def __init__(
        self,
        base: Base,
        objective: Objective,
        encoder: Encoder,
        pictures: Sequence[Captioned],
        *,
        squared_error: Callable[..., Float[Array, " B"]],
    ) -> None:
        """`base` is the model before the first step, `squared_error` the trainer's own: of weights,
        objective, latents, noise, timesteps and text."""
        self._squared_error = squared_error
        self._base: Params = base.params["unet"]
        self._objective = objective
        self._encoder = encoder
        self._pictures = pictures
        self._before: float | None = None
        self._errors = jax.jit(self._errors_of_a_picture)

    def score(self, params: Params, *, step: int, out: Path) -> dict[str, float]:
        """The figures `LOSS` and `BEFORE`, and a line that says them with the lowest so far."""
        if not self._pictures:
            return {}
        if self._before is None:
            self._before = self._mean(self._base)
        loss = self._mean(params)
        print(told(step, loss, self._before, lowest(out / LOWEST, step, loss)), flush=True)
        return {LOSS: loss, BEFORE: self._before}

    def _mean(self, params: Params) -> float:
        there = jax.device_put(as_computed(params))
        key = jax.random.key(0)
        means, _ = self._encoder.latents(np.stack([one.image for one in self._pictures]))
        texts = self._encoder.texts([one.caption for one in self._pictures])
        errors = [
            self._errors(there, mean, text, jax.random.fold_in(key, at))
            for at, (mean, text) in enumerate(zip(means, texts, strict=True))
        ]
        return float(np.mean([np.asarray(each) for each in errors]))

    def _errors_of_a_picture(
        self,
        params: Params,
        mean: Float[Array, "h w Z"],
        text: Float[Array, "L D"],
        key: PRNGKeyArray,
    ) -> Float[Array, " T"]:
        total = self._objective.timesteps
        timesteps = jnp.arange(TIMES) * total // TIMES + total // (2 * TIMES)
        latents = jnp.broadcast_to(mean, (TIMES, *mean.shape))
        noise = jax.random.normal(key, latents.shape)
        words = jnp.broadcast_to(text, (TIMES, *text.shape))
        return self._squared_error(params, self._objective, latents, noise, timesteps, words)


def lowest(file: Path, step: int, loss: float) -> tuple[int, float]:
    """The step of the lowest loss at any look, and the loss; kept in the run's folder.

    A loss that has risen again is of a model that begins to know its pictures by heart.
    """
    before = json.loads(file.read_text()) if file.exists() else None
    if before is None or loss <= before["loss"]:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"step": step, "loss": loss}) + "\n")
        return step, loss
    return before["step"], before["loss"]


def told(step: int, loss: float, before: float, best: tuple[int, float]) -> str:
    line = f"step {step:,}: held-out loss {loss:.4f}, base {before:.4f}"
    return line if best[0] == step else f"{line}; lowest {best[1]:.4f} at step {best[0]:,}"
