"""Training the autoencoder's decoder on: crisp edges, from whole pictures.

The autoencoder learns from crops, whose means and variances are not those of whole pictures, and
its layers normalise by them. Here the encoder stays as it is, so that whatever was trained on its
latents remains valid, and the decoder sees pictures whole, with a loss that cares for faint edges.
"""

import functools
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray, UInt8

from inference.checkpoints import save_component
from inference.models.vae import AutoencoderKL
from training import dataset, train_autoencoder
from training.checkpoint import Params, TrainState, initial_state
from training.errors import exit_code
from training.latents import load_or_encode
from training.loop import Budget, Losses, Rhythm, make_update, optimizer, run
from training.onednn import fast_layers
from training.options import stage_parser
from training.train_autoencoder import reconstruction_loss

DECODER = ("decoder", "post_quant_conv")


@dataclass(frozen=True)
class Config:
    """Train the decoder of the embedded model on.

    Command: python -m training.train_decoder --data icons --autoencoder runs/autoencoder
             --out runs/decoder --minutes 25
    Time: half an hour on two CPU cores, a minute on a GPU.
    Result: runs/decoder/vae, the same encoder with the new decoder, and the latents beside it; the
    log's `edge_f1` on held-out icons, to be compared with the last one of the autoencoder's log.
    """

    data: Path
    autoencoder: Path
    out: Path
    steps: int = 4000
    minutes: float | None = None
    batch_size: int = 8
    learning_rate: float = 1e-3
    ema_decay: float = 0.998
    sample_every: int = 500
    seed: int = 0


class Batch(NamedTuple):
    """All latents and pictures, on the device, and which of them to take."""

    latents: Float[Array, "N h w Z"]
    images: UInt8[Array, "N H W 3"]
    rows: Int[Array, " B"]


def edge_presence(pictures: Float[Array, "B H W 3"]) -> Float[Array, "B H W"]:
    """How much of an edge there is, 0 to 1: 0.5 at 150, between Canny's usual two thresholds.

    The magnitude is as OpenCV's Canny has it: |x| + |y| of Sobel's 3×3 gradients in 0 to 255, of
    the channel where it is largest. A strong edge and a stronger one count alike, a faint one
    counts nearly as much.
    """
    padded = jnp.pad(pictures * 127.5, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    rows = padded[:, :-2] + 2.0 * padded[:, 1:-1] + padded[:, 2:]
    columns = padded[:, :, :-2] + 2.0 * padded[:, :, 1:-1] + padded[:, :, 2:]
    across = jnp.abs(rows[:, :, 2:] - rows[:, :, :-2])
    down = jnp.abs(columns[:, 2:] - columns[:, :-2])
    squared = jnp.square((across + down).max(axis=-1) / 150.0)
    return squared / (1.0 + squared)


def make_loss(model: AutoencoderKL):
    """The autoencoder's reconstruction loss, and the L1 distance of what edges there are."""

    def loss(params: Params, batch: Batch, key: PRNGKeyArray) -> tuple[Float[Array, ""], Losses]:
        del key  # the latents are means: nothing is drawn
        pictures = batch.images[batch.rows].astype(jnp.float32) / 127.5 - 1.0
        scaled = batch.latents[batch.rows].astype(jnp.float32)
        latents = scaled / model.config.scaling_factor + model.config.shift
        with fast_layers():
            decoded: Any = model.apply({"params": params}, latents, method="decode")
        rebuilt = decoded.astype(jnp.float32)
        reconstruction = reconstruction_loss(pictures, rebuilt)
        edges = jnp.abs(edge_presence(pictures) - edge_presence(rebuilt)).mean()
        return reconstruction + edges, {"reconstruction": reconstruction, "edges": edges}

    return loss


def get_batch(latents: Array, images: Array, config: Config, step: int) -> Batch:
    """The pictures of this step."""
    rows = dataset.batch_indices(len(images), config.batch_size, seed=config.seed, step=step)
    return Batch(latents=latents, images=images, rows=jnp.asarray(rows))


def train(config: Config) -> None:
    data = dataset.load(config.data, split="train")
    model, before = train_autoencoder.load(config.autoencoder / "vae")
    latents = load_or_encode(config.out, model, before, data.images)
    held_out = train_autoencoder.shown(config.data)
    transformation = optimizer()
    decoder = jax.tree.map(jnp.asarray, {name: before[name] for name in DECODER})

    def sample(state: TrainState) -> dict[str, float]:
        params = {**before, **jax.device_get(state.ema)}
        save_component(config.out / "vae", model.config, params)
        sheet = config.out / f"sample-{int(state.step):06d}.png"
        return {"edge_f1": train_autoencoder.look(model, params, held_out, sheet)}

    run(
        initial_state(decoder, transformation),
        make_update(make_loss(model), transformation, ema_decay=config.ema_decay),
        functools.partial(get_batch, jnp.asarray(latents), jnp.asarray(data.images), config),
        out=config.out,
        budget=Budget(steps=config.steps, minutes=config.minutes),
        peak_learning_rate=config.learning_rate,
        seed=config.seed,
        rhythm=Rhythm(sample=config.sample_every),
        sample=sample,
    )


def main(argv: list[str] | None = None) -> int:
    parser = stage_parser("train_decoder", Config)
    parser.add_argument("--autoencoder", type=Path, required=True, help="run of the autoencoder")
    config = Config(**vars(parser.parse_args(argv)))
    return exit_code(lambda: train(config))


if __name__ == "__main__":
    sys.exit(main())
