"""Training a ControlNet on a Stable Diffusion checkpoint: read it from top to bottom, fork it.

    python -m training.train_controlnet --config run.toml --out runs/mine

The base stays as it is. The ControlNet begins as a copy of its way down, behind convolutions of
zeros, so at first it changes nothing (Zhang et al. 2023, section 3.1). A run that is started again
goes on where it stopped, to the bit; a step is a step of the optimizer, however many parts its
batch goes through in.
"""

import contextlib
import dataclasses
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int, PRNGKeyArray, UInt8

from inference.checkpoints import load_controlnet
from inference.models.controlnet import ControlNetModel
from inference.models.unet import UNet2DConditionModel
from training.errors import WrongSettings, exit_code
from training.evaluation.examples import examples_of
from training.evaluation.obedience import Obedience
from training.export.card import Facts, figures_of
from training.export.next_lines import after_push, after_training
from training.export.publishing import publish
from training.export.weights import export_controlnet
from training.hub import TAG
from training.loop import base as bases
from training.loop.checkpoint import Checkpoints, Params, TrainState, has_begun, initial_state
from training.loop.compiling import remember_steps
from training.loop.controlnet import controlnet_config, from_unet, started
from training.loop.encoding import Encoder
from training.loop.objective import Objective
from training.loop.precision import compute_dtype
from training.loop.run import Budget, Rhythm, run
from training.loop.settings import read_settings
from training.loop.sharding import Placement
from training.loop.tracking import trackers
from training.loop.update import (
    Fed,
    Losses,
    Mean,
    make_update,
    optimizer,
    telling_memory,
)
from training.pairs.doctor.before import require_sound
from training.pairs.feed import Feed
from training.pairs.index import open_pairs
from training.pairs.streaming import Batch

BINS = 10
"""Equal ranges of timesteps, for each of which the loss is logged."""


FREE = {"out", "steps", "hours", "accumulate", "shard", "remat", "cache_gb", "log_every", "track"}
FREE |= {"evaluate_every", "evaluate_count", "evaluate_steps", "save_minutes"}
FREE |= {"unchecked", "dry_run", "push", "license", "tag"}
"""Settings that do not change what is learned, or how far: a run may go on with others."""


@dataclass(frozen=True)
class Config:
    """Train a ControlNet on a Stable Diffusion checkpoint."""

    base: Annotated[str, "folder or Hub repository of the model that stays as it is"]
    data: Annotated[str, "folder that training.prepare made, or owner/name on the Hub"]
    out: Annotated[Path, "folder of the run"]
    annotator: Annotated[str, "what made the maps, and reads pictures to score them"] = "canny"
    start: Annotated[str | None, "a ControlNet to go on from"] = None
    size: Annotated[int | None, "pixels a side; what the base was trained with if left out"] = None

    steps: Annotated[int, "steps of the optimizer"] = 20_000
    hours: Annotated[float | None, "stop after so many in all, if that is sooner"] = None
    batch_size: Annotated[int, "pictures a step, over all devices and parts"] = 32
    accumulate: Annotated[int, "parts that a batch goes through in, one after the other"] = 1
    learning_rate: Annotated[float, "the highest"] = 1e-5
    schedule: Annotated[Literal["constant", "linear", "cosine"], "after the warm-up"] = "constant"
    warmup: Annotated[int, "steps of a linear warm-up"] = 500
    weight_decay: Annotated[float, "decoupled, as in AdamW"] = 1e-2
    clip: Annotated[float, "the largest norm of a gradient"] = 1.0
    snr_gamma: Annotated[float | None, "min-SNR weighting, 5 in its paper; none if left out"] = None
    prompt_dropout: Annotated[float, "share of the pictures that go without words"] = 0.1
    ema_decay: Annotated[float | None, "of an average of the weights, 0.9999 for long runs"] = None
    seed: Annotated[int, "of weights, order, noise"] = 0

    shard: Annotated[bool, "spread parameters and optimizer over the devices"] = False
    remat: Annotated[bool, "compute activations twice rather than keep them"] = False
    cache_gb: Annotated[float, "host memory for latents and text states, encoded once"] = 4.0

    evaluate_every: Annotated[int, "steps"] = 1000
    evaluate_count: Annotated[int, "held-out pictures to score, at serving settings"] = 8
    evaluate_steps: Annotated[int | None, "of the sampler, in place of the base's own"] = None
    log_every: Annotated[int, "steps"] = 50
    save_minutes: Annotated[float, "between checkpoints"] = 5.0
    track: Annotated[str, "tensorboard, trackio, wandb: any of them, with commas"] = ""

    unchecked: Annotated[bool, "train even where the doctor says stop"] = False
    dry_run: Annotated[bool, "try every phase with two steps each, and leave nothing"] = False
    push: Annotated[str | None, "owner/name on the Hub for what comes out"] = None
    license: Annotated[str | None, "of what comes out; --push wants it"] = None
    tag: Annotated[str, "of the event"] = TAG

    def __post_init__(self) -> None:
        whole = self.accumulate * jax.device_count()
        if self.batch_size % whole:
            raise WrongSettings(
                f"batch_size must be a multiple of {whole} ({jax.device_count()} devices, "
                f"{self.accumulate} parts), got {self.batch_size}; change one of them"
            )
        if self.push and not self.license:
            raise WrongSettings(
                "push needs the licence of what comes out, got none; add for example "
                "--license creativeml-openrail-m, that of Stable Diffusion 1.5"
            )

    @property
    def identity(self) -> dict[str, Any]:
        """What makes it this run; the rest may be another when it goes on."""
        return {name: value for name, value in vars(self).items() if name not in FREE}


class Rows(NamedTuple):
    """The pictures of a batch: their latents' distribution, what is said of them, their maps.

    `position` is a picture's place in the whole batch: all chance is drawn by it, so neither parts
    nor devices change what is trained on.
    """

    mean: Float[Array, "B h w Z"]
    deviation: Float[Array, "B h w Z"]
    text: Float[Array, "B L D"]
    maps: UInt8[Array, "B H W 3"]
    position: Int[Array, " B"]


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
        keys = jax.vmap(lambda place: jax.random.split(jax.random.fold_in(key, place), 4))(
            rows.position
        )
        shape = rows.mean.shape[1:]
        noise, spread = (
            jax.vmap(lambda k: jax.random.normal(k, shape))(keys[:, at]) for at in range(2)
        )
        share, chance = (jax.vmap(jax.random.uniform)(keys[:, at]) for at in range(2, 4))
        # One from each of B equal ranges: a step sees all levels of noise (Kingma et al. 2021).
        timesteps = (rows.position + share) / config.batch_size * objective.timesteps
        timesteps = jnp.clip(timesteps.astype(jnp.int32), 0, objective.timesteps - 1)
        text = jnp.where((chance < config.prompt_dropout)[:, None, None], frozen.empty, rows.text)
        errors = squared_error(
            networks,
            (frozen.unet, params),
            objective,
            rows.mean + rows.deviation * spread,
            noise,
            timesteps,
            text,
            rows.maps.astype(jnp.float32) / 255.0,
        )
        by_time = {}
        for at in range(BINS):
            low, high = (objective.timesteps * i // BINS for i in (at, at + 1))
            inside = ((timesteps >= low) & (timesteps < high)).astype(jnp.float32)
            by_time[f"loss/{low}-{high - 1}"] = Mean((errors * inside).sum(), inside.sum())
        weighted = (errors * objective.weight(timesteps)).mean()
        return weighted, {"loss": errors.mean(), **by_time}

    return loss


def learning_rates(config: Config) -> optax.Schedule:
    """The learning rate by step: warm-up, then as `schedule` says, to the last step."""
    rest = max(config.steps - config.warmup, 1)
    after = {
        "constant": optax.constant_schedule(config.learning_rate),
        "linear": optax.linear_schedule(config.learning_rate, 0.0, rest),
        "cosine": optax.cosine_decay_schedule(config.learning_rate, rest),
    }[config.schedule]
    # The first step already learns.
    first = config.learning_rate / max(config.warmup, 1)
    rising = optax.linear_schedule(first, config.learning_rate, max(config.warmup - 1, 1))
    return optax.join_schedules([rising, after], [config.warmup])


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
        unet=placement.put(jax.tree.map(as_computed, base.params["unet"])),
        empty=jax.device_put(encoder.texts([""])[0], placement.whole),
    )
    objective = Objective.of(base.scheduler, snr_gamma=config.snr_gamma)
    transformation = optimizer(weight_decay=config.weight_decay, b2=0.999, clip=config.clip)
    state = initial_state(params, transformation, averaged=config.ema_decay is not None)
    obedience = Obedience(base, model, examples, config.annotator, steps=config.evaluate_steps)
    rates = learning_rates(config)

    def rows_of(batch: Batch) -> Rows:
        """The batch on the devices, encoded; of several hosts, each brings its pictures."""
        mean, deviation = encoder.latents(batch.images)
        text = encoder.texts(batch.texts)
        position = jax.process_index() * len(text) + np.arange(len(text), dtype=np.int32)
        own = (mean, deviation, text, batch.conditioning, position)
        return Rows(*placement.put_rows(own))

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
            budget=Budget(config.steps, config.hours and 60.0 * config.hours),
            rate=lambda step, _: float(np.asarray(rates(step))),
            seed=config.seed,
            rhythm=Rhythm(config.log_every, config.evaluate_every, 60.0 * config.save_minutes),
            sample=sample,
            checkpoints=Checkpoints(config.out, {**config.identity, "pairs": pairs.digest}),
            trackers=trackers(config.track, config.out),
        )


def as_computed(leaf: Any) -> Any:
    """Frozen weights need no more digits than they are computed with."""
    return np.asarray(leaf, compute_dtype())


def rehearse(config: Config) -> None:
    """Two steps, a checkpoint, a look, what comes out; then all of it read, and two steps more."""
    with tempfile.TemporaryDirectory() as folder:
        short = dataclasses.replace(
            config,
            out=Path(folder) / "run",
            steps=2,
            hours=None,
            evaluate_count=min(config.evaluate_count, 2),
            evaluate_steps=2,
            log_every=1,
            track="",
        )
        with timed("data, two steps, checkpoint, look, export"):
            train(short)
        with timed("all of it again from the checkpoint, two steps more"):
            train(dataclasses.replace(short, steps=4))
        with timed("what comes out is read"):
            load_controlnet(short.out / "model")
    print("every phase works; nothing was kept")


@contextlib.contextmanager
def timed(phase: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    print(f"{phase}: {time.monotonic() - started:.0f} s", flush=True)


def published(config: Config) -> str:
    """Sends what came out to the Hub, with its card; the address."""
    assert config.push is not None, "main asks"
    assert config.license is not None, "the configuration is checked"
    facts = Facts(
        repo_id=config.push,
        base=config.base,
        data=config.data,
        annotator=config.annotator,
        license=config.license,
        tag=config.tag,
        settings=config.identity,
        figures=figures_of(config.out / "log.jsonl"),
    )
    return publish(config.out / "model", config.out / "sheets", facts)


def main(argv: list[str] | None = None) -> int:
    def work() -> None:
        config = read_settings(Config, "python -m training.train_controlnet", argv)
        if config.dry_run:
            rehearse(config)
            return
        train(config)
        model = config.out / "model"
        if config.push:
            print(after_push(model, config.push, published(config), config.annotator))
        else:
            given = sys.argv[1:] if argv is None else argv
            print(after_training(model, config.base, config.annotator, given))

    return exit_code(work)


if __name__ == "__main__":
    remember_steps()  # for whoever goes on: a step of this size is compiled for minutes
    sys.exit(main())
