"""What a step of our ControlNet trainer asks of a chip, as JSON. Run by `tests.bench.training`.

Needs libtpu to be importable, and no TPU: weights and batch are shapes.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp

from inference.described import tpu
from inference.models.controlnet import ControlNetModel
from inference.models.denoiser_config import UNetConfig
from inference.models.unet import UNet2DConditionModel
from tests.bench import training_cost
from tests.bench.chips import CHIPS
from tests.bench.inputs import SCHEDULER
from tests.bench.models import SD15, Model
from training.loop.checkpoint import TrainState
from training.loop.controlnet import controlnet_config
from training.loop.encoding import Encoded
from training.loop.objective import Objective
from training.loop.sharding import Placement
from training.loop.update import Fed, make_update, optimizer
from training.train_controlnet import Config, Frozen, Rows, make_loss

Shape: Any = jax.ShapeDtypeStruct
"""In the place of an array."""

DTYPE = jnp.bfloat16
"""What `training.loop.precision` chooses on a TPU; here, where it is compiled, is none."""


def lowered(model: Model, placement: Placement, *, batch: int, remat: bool) -> Any:
    """The step as `training.train_controlnet` makes it, of `batch` pictures over all chips."""
    config = Config(base="", data="", out=Path(), batch_size=batch, remat=remat)
    unet = UNet2DConditionModel(UNetConfig(**model.unet), dtype=DTYPE, remat=remat)
    controlnet = ControlNetModel(
        controlnet_config(unet.config, model.downscale), dtype=DTYPE, remat=remat
    )
    key = jax.eval_shape(lambda: jax.random.key(0))
    params = jax.eval_shape(controlnet.init_params, key)
    transformation = optimizer(weight_decay=config.weight_decay, b2=0.999, clip=config.clip)
    state = TrainState(
        step=Shape((), jnp.int32),
        params=params,
        ema=None,
        optimizer=jax.eval_shape(transformation.init, params),
    )
    frozen = jax.tree.map(
        lambda leaf: Shape(leaf.shape, DTYPE), jax.eval_shape(unet.init_params, key)
    )
    text = (model.tokens, unet.config.cross_attention_dim)
    shared = Frozen(
        unet=_placed(frozen, placement.of_tree(frozen)),
        empty=Shape(text, jnp.float32, sharding=placement.whole),
    )
    update: Any = make_update(
        make_loss((unet, controlnet), Objective.of(SCHEDULER), config),
        transformation,
        mesh=placement.mesh.abstract_mesh,
        ema_decay=config.ema_decay,
        accumulate=config.accumulate,
    )
    return update.lower(
        _placed(state, placement.of_tree(state)),
        Fed(_rows(model, placement, batch, text), shared),
        Shape(key.shape, key.dtype, sharding=placement.whole),
        Shape((), jnp.float32, sharding=placement.whole),
    )


def _rows(model: Model, placement: Placement, batch: int, text: tuple[int, int]) -> Rows:
    latents = (batch, model.latents, model.latents, model.shared["in_channels"])
    pixels = model.latents * model.downscale
    pictures = Encoded(
        mean=Shape(latents, jnp.float32),
        deviation=Shape(latents, jnp.float32),
        text=Shape((batch, *text), jnp.float32),
        position=Shape((batch,), jnp.int32),
    )
    rows = Rows(pictures, maps=Shape((batch, pixels, pixels, 3), jnp.uint8))
    return jax.tree.map(lambda leaf: Shape(leaf.shape, leaf.dtype, sharding=placement.rows), rows)


def _placed(tree: Any, shardings: Any) -> Any:
    return jax.tree.map(
        lambda leaf, where: Shape(leaf.shape, leaf.dtype, sharding=where), tree, shardings
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("chips", choices=CHIPS)
    parser.add_argument("pictures", type=int, help="on each chip")
    parser.add_argument("--remat", action="store_true")
    parser.add_argument("--shard", action="store_true")
    asked = parser.parse_args()
    devices = tpu(**dict(CHIPS[asked.chips].topology))
    assert devices is not None, "libtpu is beside it"
    placement = Placement.of(devices=devices, shard=asked.shard)
    step = lowered(SD15, placement, batch=asked.pictures * len(devices), remat=asked.remat)
    print(json.dumps(training_cost.of(step)))


if __name__ == "__main__":
    main()
