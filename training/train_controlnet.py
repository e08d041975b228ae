"""Training a ControlNet on a Stable Diffusion checkpoint: read it from top to bottom, fork it.

    python -m training.train_controlnet --config run.toml --out runs/mine

The base stays as it is. The ControlNet begins as a copy of its way down, behind convolutions of
zeros, so at first it changes nothing (Zhang et al. 2023, section 3.1). A run that is started again
goes on where it stopped, to the bit; a step is a step of the optimizer, however many parts its
batch goes through in.
"""

import dataclasses
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray, UInt8

from inference.checkpoints import load_controlnet
from inference.models.controlnet import ControlNetModel
from inference.models.unet import UNet2DConditionModel
from training.errors import exit_code
from training.evaluation.examples import examples_of
from training.evaluation.obedience import Obedience
from training.export.card import Facts
from training.export.controlnet_card import controlnet_card
from training.export.next_lines import after_controlnet, after_push_of_controlnet
from training.export.publishing import publish
from training.export.weights import export_controlnet
from training.loop import base as bases
from training.loop.checkpoint import Checkpoints, Params, TrainState, has_begun, initial_state
from training.loop.compiling import remember_steps
from training.loop.controlnet import controlnet_config, from_unet, started
from training.loop.denoising import denoising_loss
from training.loop.encoding import Encoded, Encoder
from training.loop.learning_rates import learning_rates
from training.loop.noise import draw
from training.loop.objective import Objective
from training.loop.precision import as_computed, compute_dtype
from training.loop.rehearsal import rehearse
from training.loop.run import run
from training.loop.run_config import RunConfig
from training.loop.settings import read_settings
from training.loop.sharding import Placement
from training.loop.tracking import trackers
from training.loop.update import (
    Fed,
    Losses,
    make_update,
    optimizer,
    telling_memory,
)
from training.pairs.doctor.before import require_sound
from training.pairs.feed import Feed
from training.pairs.index import open_pairs
from training.pairs.streaming import Batch


@dataclass(frozen=True)
class Config(RunConfig):
    """Train a ControlNet on a Stable Diffusion checkpoint."""

    base: Annotated[str, "folder or Hub repository of the model that stays as it is"]
    annotator: Annotated[str, "what made the maps, and reads pictures to score them"] = "canny"
    start: Annotated[str | None, "a ControlNet to go on from"] = None


class Rows(NamedTuple):
    """The pictures of a batch, encoded, and their maps."""

    pictures: Encoded
    maps: UInt8[Array, "B H W 3"]


class Frozen(NamedTuple):
    """The base's UNet, and what it reads where nothing is said."""

    unet: Params
    empty: Float[Array, "L D"]


def squared_error(
    networks: tuple[UNet2DConditionModel, ControlNetModel],
    weights: tuple[Params, Params],
    objective: Objective,
    latents: Float[Array, "B h w Z"],
    noise: Float[Array, "B h w Z"],
    timesteps: Int[Array, " B"],
    text: Float[Array, "B L D"],
    maps: Float[Array, "B H W 3"],
) -> Float[Array, " B"]:
    """Of each picture, the mean squared error of what UNet and ControlNet predict together.

    `maps` are from 0 to 1, `timesteps` from 0 to T-1.
    """
    unet, controlnet = networks
    noisy = objective.noisy(latents, noise, timesteps)
    residuals: Any = controlnet.apply(
        {"params": weights[1]}, noisy, timesteps, text, maps, method="from_pixels"
    )
    predicted: Any = unet.apply({"params": weights[0]}, noisy, timesteps, text, *residuals)
    target = objective.target(latents, noise, timesteps)
    return jnp.square(predicted.astype(jnp.float32) - target).mean(axis=(1, 2, 3))


def make_loss(
    networks: tuple[UNet2DConditionModel, ControlNetModel], objective: Objective, config: Config
):
    """The loss of a batch: noise, timesteps and dropped words drawn, errors weighted."""

    def loss(params: Params, batch: Fed, key: PRNGKeyArray) -> tuple[Float[Array, ""], Losses]:
        rows: Rows = batch.rows
        frozen: Frozen = batch.shared
        drawn = draw(
            key,
            rows.pictures,
            batch_size=config.batch_size,
            timesteps=objective.timesteps,
            prompt_dropout=config.prompt_dropout,
        )
        errors = squared_error(
            networks,
            (frozen.unet, params),
            objective,
            drawn.latents,
            drawn.noise,
            drawn.timesteps,
            jnp.where(drawn.wordless[:, None, None], frozen.empty, rows.pictures.text),
            rows.maps.astype(jnp.float32) / 255.0,
        )
        return denoising_loss(errors, drawn.timesteps, objective)

    return loss


def train(config: Config, *, devices: Sequence[Any] | None = None) -> TrainState:
    """Everything: read, train, score, write. Raises TrainingError and CheckpointError.

    On all devices of all hosts, unless some are named.
    """
    pairs = open_pairs(config.data)
    if not config.unchecked and not has_begun(config.out):
        require_sound(config.data)
    base = bases.load(config.base)
    size = config.size or base.size
    examples = examples_of(config.data, count=config.evaluate_count, size=size)

    placement = Placement.of(shard=config.shard, devices=devices)
    encoder = Encoder(base, budget=int(config.cache_gb * 2**30), placement=placement.here)
    unet = dataclasses.replace(base.unet, remat=config.remat)
    model = ControlNetModel(
        controlnet_config(base.unet.config, base.vae.config.downscale),
        dtype=compute_dtype(),
        remat=config.remat,
    )
    fresh = from_unet(model.init_params(jax.random.key(config.seed)), base.params["unet"])
    params = started(config.start, like=fresh) if config.start else fresh
    frozen = Frozen(
        unet=placement.put(as_computed(base.params["unet"])),
        empty=jax.device_put(encoder.texts([""])[0], placement.whole),
    )
    objective = Objective.of(base.scheduler, snr_gamma=config.snr_gamma)
    transformation = optimizer(weight_decay=config.weight_decay, b2=0.999, clip=config.clip)
    state = initial_state(params, transformation, averaged=config.ema_decay is not None)
    obedience = Obedience(base, model, examples, config.annotator, steps=config.evaluate_steps)
    rates = learning_rates(config)

    def rows_of(batch: Batch) -> Rows:
        """The batch on the devices, encoded; of several hosts, each brings its pictures."""
        own: Any = (encoder.batch(batch.images, batch.texts), batch.conditioning)
        return placement.put_rows(Rows(*own))

    def sample(state: TrainState) -> dict[str, float]:
        controlnet = jax.device_get(state.published)
        export_controlnet(config.out / "model", model.config, controlnet)
        return obedience.score(controlnet, step=int(state.step), out=config.out)

    with Feed(pairs, batch_size=config.batch_size, size=size, seed=config.seed) as feed:
        return run(
            placement.put(state),
            telling_memory(
                make_update(
                    make_loss((unet, model), objective, config),
                    transformation,
                    mesh=placement.mesh.abstract_mesh,
                    ema_decay=config.ema_decay,
                    accumulate=config.accumulate,
                )
            ),
            lambda step: Fed(rows_of(feed(step)), frozen),
            out=config.out,
            budget=config.budget,
            rate=lambda step, _: float(np.asarray(rates(step))),
            seed=config.seed,
            rhythm=config.rhythm,
            sample=sample,
            checkpoints=Checkpoints(config.out, {**config.identity, "pairs": pairs.digest}),
            trackers=trackers(config.track, config.out),
        )


def published(config: Config) -> str:
    """Sends what came out to the Hub, with its card; the address."""
    facts = Facts.of(config)
    card = controlnet_card(facts, annotator=config.annotator)
    return publish(config.out / "model", config.out / "sheets", facts, card)


def main(argv: list[str] | None = None) -> int:
    def work() -> None:
        config = read_settings(Config, "python -m training.train_controlnet", argv)
        if config.dry_run:
            rehearse(config, train, load_controlnet)
            return
        train(config)
        model = config.out / "model"
        if config.push:
            print(after_push_of_controlnet(model, config.push, published(config), config.annotator))
        else:
            given = sys.argv[1:] if argv is None else argv
            print(after_controlnet(model, config.base, config.annotator, given))

    return exit_code(work)


if __name__ == "__main__":
    remember_steps()  # for whoever goes on: a step of this size is compiled for minutes
    sys.exit(main())
