"""Our guided step on a CPU, taking turns. Run by `tests.bench.old_flax`."""

from functools import partial

import jax
import numpy as np

from inference.devices import Devices
from tests.bench.inputs import draw_weights
from tests.bench.models import SMALL
from tests.bench.ours import guided_step
from tests.bench.turns import serve


def main() -> None:
    step = guided_step(SMALL, Devices(jax.devices("cpu")[:1]), draw_weights)
    serve(partial(_latents, step))


def _latents(step) -> np.ndarray:
    return np.asarray(step())[0]


if __name__ == "__main__":
    main()
