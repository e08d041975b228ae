"""A step for TPUs, which are not there: as far as JAX brings it to their compiler."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import AbstractMesh, NamedSharding, PartitionSpec

from inference.models.attention import attend
from training.loop.checkpoint import TrainState
from training.loop.sharding import AXIS
from training.loop.update import Fed, make_update, optimizer


def loss(params: Any, batch: Fed, key: Any) -> Any:
    tokens = batch.rows * params
    error = jnp.square(attend(tokens, tokens, tokens)).mean()
    return error, {"loss": error}


@pytest.mark.slow
def test_a_step_over_four_tpus_has_kernels_on_the_way_there_and_back() -> None:
    mesh = AbstractMesh((4,), (AXIS,))
    transformation = optimizer()
    params = jax.ShapeDtypeStruct((8,), np.float32)
    state = TrainState(
        step=jax.ShapeDtypeStruct((), np.int32),
        params=params,
        ema=None,
        optimizer=jax.eval_shape(transformation.init, params),
    )
    rows = jax.ShapeDtypeStruct(
        (8, 1024, 1, 8), np.float32, sharding=NamedSharding(mesh, PartitionSpec(AXIS))
    )
    key = jax.eval_shape(lambda: jax.random.key(0))
    update: Any = make_update(loss, transformation, mesh=mesh, ema_decay=None, accumulate=2)

    traced = update.trace(state, Fed(rows, ()), key, np.float32(0.0))

    assert traced.lower(lowering_platforms=("tpu",)).as_text().count("tpu_custom_call") == 3
