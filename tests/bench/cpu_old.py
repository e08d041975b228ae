"""The old guided step on a CPU, taking turns. Run by `tests.bench.old_flax`."""

import jax
import jax.numpy as jnp
import numpy as np

from tests.bench.inputs import draw_weights
from tests.bench.models import SMALL
from tests.bench.old import OldStep
from tests.bench.turns import serve


def main() -> None:
    step = OldStep(SMALL, jnp.float32)
    run, arguments = jax.jit(step.run), (step.params(draw_weights), *step.arrays())
    arguments = jax.device_put(arguments)
    serve(lambda: np.asarray(run(*arguments)).transpose(0, 2, 3, 1))


if __name__ == "__main__":
    main()
