"""Training the autoencoder: pictures to a small grid of latents and back.

It is convolutional, so it learns from small crops, which cost a quarter of whole pictures and are
more varied. Colour has its own terms in the loss: without them, colours fade to grey on the way.
"""

import dataclasses
import functools
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray, UInt8
from PIL import Image

from inference.checkpoints import save_component
from inference.checkpoints.source import open_source
from inference.checkpoints.weights import load_weights
from inference.controls.canny import canny
from inference.models.vae import AutoencoderKL
from inference.models.vae_config import VAEConfig
from training.data import dataset
from training.errors import exit_code
from training.evaluation.contact_sheet import contact_sheet
from training.evaluation.edges import edge_f1
from training.loop.checkpoint import Params, TrainState
from training.loop.onednn import fast_layers
from training.loop.options import stage_parser, whole_numbers
from training.loop.precision import compute_dtype
from training.loop.run import Rhythm, run_stage
from training.loop.update import Losses


@dataclass(frozen=True)
class Config:
    """Train the autoencoder of the embedded model.

    Command: python -m training.embedded.train_autoencoder --data icons
             --out runs/autoencoder --minutes 90
    Time: an hour and a half on two CPU cores, minutes on a GPU.
    Result: 128×128 pictures as 16×16 latents of 8 channels; the log's `edge_f1` says how well the
    edges of held-out icons survive the way there and back (0.9 is good).
    For 64×64 pictures: --widths 24,48,96 --latent-channels 4 --crop 32.
    """

    data: Path
    out: Path
    steps: int = 8000
    minutes: float | None = None
    batch_size: int = 32
    crop: int = 48
    widths: tuple[int, ...] = (24, 48, 96, 128)
    latent_channels: int = 8
    learning_rate: float = 2e-3
    ema_decay: float = 0.995
    kl_weight: float = 1e-5
    sample_every: int = 500
    seed: int = 0


class Batch(NamedTuple):
    """All pictures, on the device, and which crops of which of them to take."""

    images: UInt8[Array, "N H W 3"]
    rows: Int[Array, " B"]
    corners: Int[Array, "B 2"]
    flipped: Bool[Array, " B"]


def model_config(config: Config, size: int) -> VAEConfig:
    """Two pixels a cell for each width after the first, in pictures of `size` pixels."""
    levels = len(config.widths)
    return VAEConfig(
        block_out_channels=config.widths,
        down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels,
        layers_per_block=1,
        latent_channels=config.latent_channels,
        norm_num_groups=8,
        sample_size=size,
        mid_block_add_attention=False,
    )


def reconstruction_loss(
    pictures: Float[Array, "B H W 3"], rebuilt: Float[Array, "B H W 3"]
) -> Float[Array, ""]:
    """2 MSE + 4 MSE of chroma + 0.3 L1 + 0.4 L1 of gradients."""

    def chroma(x: Float[Array, "B H W 3"]) -> Float[Array, "B H W 2"]:
        red, green, blue = x[..., 0], x[..., 1], x[..., 2]
        return jnp.stack([red - green, blue - 0.5 * (red + green)], axis=-1)

    def gradients(x: Float[Array, "B H W 3"]) -> tuple[Array, Array]:
        return x[:, 1:] - x[:, :-1], x[:, :, 1:] - x[:, :, :-1]

    slopes = zip(gradients(pictures), gradients(rebuilt), strict=True)
    return (
        2.0 * jnp.square(pictures - rebuilt).mean()
        + 4.0 * jnp.square(chroma(pictures) - chroma(rebuilt)).mean()
        + 0.3 * jnp.abs(pictures - rebuilt).mean()
        + 0.4 * sum(jnp.abs(a - b).mean() for a, b in slopes)
    )


def make_loss(model: AutoencoderKL, config: Config):
    """Reconstruction of crops from sampled latents, and a little divergence from a normal."""

    def loss(params: Params, batch: Batch, key: PRNGKeyArray) -> tuple[Float[Array, ""], Losses]:
        pictures = cut(batch, config.crop)
        with fast_layers():
            outputs: Any = model.apply({"params": params}, pictures, key)
        rebuilt, mean, logvar = (output.astype(jnp.float32) for output in outputs)
        reconstruction = reconstruction_loss(pictures, rebuilt)
        divergence = 0.5 * (jnp.square(mean) + jnp.exp(logvar) - 1.0 - logvar).mean()
        total = reconstruction + config.kl_weight * divergence
        return total, {"reconstruction": reconstruction, "divergence": divergence}

    return loss


def get_batch(images: UInt8[Array, "N H W 3"], config: Config, step: int) -> Batch:
    """The crops of this step: from anywhere, flipped or not."""
    rng = np.random.default_rng([config.seed, step, 1])
    rows = dataset.batch_indices(len(images), config.batch_size, seed=config.seed, step=step)
    room = images.shape[1] - config.crop + 1
    return Batch(
        images=images,
        rows=jnp.asarray(rows),
        corners=jnp.asarray(rng.integers(room, size=(len(rows), 2))),
        flipped=jnp.asarray(rng.random(len(rows)) < 0.5),
    )


def cut(batch: Batch, crop: int) -> Float[Array, "B h w 3"]:
    """The crops, -1 to 1."""

    def one(row: Array, corner: Array, flipped: Array) -> Array:
        start = (row, corner[0], corner[1], 0)
        pixels = jax.lax.dynamic_slice(batch.images, start, (1, crop, crop, 3))[0]
        return jnp.where(flipped, pixels[:, ::-1], pixels)

    pixels = jax.vmap(one)(batch.rows, batch.corners, batch.flipped)
    return pixels.astype(jnp.float32) / 127.5 - 1.0


@functools.partial(jax.jit, static_argnums=0)
def reconstruct(
    model: AutoencoderKL, params: Params, pictures: UInt8[Array, "B H W 3"]
) -> UInt8[Array, "B H W 3"]:
    """Pictures through the mean of their latents."""
    with fast_layers():
        mean, _ = model.apply(
            {"params": params}, pictures.astype(jnp.float32) / 127.5 - 1.0, method="encode"
        )
        rebuilt: Any = model.apply({"params": params}, mean, method="decode")
    return jnp.clip(jnp.rint((rebuilt.astype(jnp.float32) + 1.0) * 127.5), 0, 255).astype(jnp.uint8)


def shown(data: Path) -> UInt8[np.ndarray, "N H W 3"]:
    """The held-out pictures, 48 at most, that a run is looked at by."""
    held_out = dataset.load(data, split="held_out")
    return held_out.images[:: max(1, len(held_out) // 48)][:48]


def look(
    model: AutoencoderKL, params: Params, pictures: UInt8[np.ndarray, "N H W 3"], sheet: Path
) -> float:
    """Paint a sheet of pictures and their reconstructions; returns the mean F1 of their edges."""
    rebuilt = np.asarray(reconstruct(model, params, jnp.asarray(pictures)))
    pairs = list(zip(pictures, rebuilt, strict=True))
    Image.fromarray(contact_sheet([np.concatenate(p) for p in pairs], columns=12)).save(sheet)
    return float(np.mean([edge_f1(canny(a)[..., 0], canny(b)[..., 0]) for a, b in pairs]))


def latent_scale(
    model: AutoencoderKL, params: Params, pictures: UInt8[np.ndarray, "B H W 3"]
) -> float:
    """What makes the latents of these pictures one in standard deviation."""
    images = jnp.asarray(pictures, jnp.float32) / 127.5 - 1.0
    mean, _ = model.apply({"params": params}, images, method="encode")
    return 1.0 / float(jnp.std(mean))


def train(config: Config) -> None:
    data = dataset.load(config.data, split="train")
    held_out = shown(config.data)

    vae_config = model_config(config, data.images.shape[1])
    model = AutoencoderKL(vae_config, dtype=compute_dtype())

    def sample(state: TrainState) -> dict[str, float]:
        sheet = config.out / f"sample-{int(state.step):06d}.png"
        score = look(model, state.ema, held_out, sheet)
        scale = latent_scale(model, state.ema, held_out)
        trained = dataclasses.replace(vae_config, scaling_factor=scale)
        save_component(config.out / "vae", trained, jax.device_get(state.ema))
        return {"edge_f1": score, "scaling_factor": scale}

    run_stage(
        config,
        model.init_params(jax.random.key(config.seed)),
        make_loss(model, config),
        functools.partial(get_batch, jnp.asarray(data.images), config),
        rhythm=Rhythm(sample=config.sample_every),
        sample=sample,
    )


def load(folder: Path) -> tuple[AutoencoderKL, Params]:
    """The trained autoencoder. Raises CheckpointError."""
    config, params = load_weights(open_source(folder), "", VAEConfig, np.float32)
    return AutoencoderKL(config, dtype=compute_dtype()), params


def main(argv: list[str] | None = None) -> int:
    parser = stage_parser("train_autoencoder", Config)
    parser.add_argument(
        "--widths", type=whole_numbers, default=Config.widths, help="channels, such as 24,48,96,128"
    )
    parser.add_argument("--latent-channels", type=int, default=Config.latent_channels)
    parser.add_argument("--crop", type=int, default=Config.crop, help="pixels a side")
    config = Config(**vars(parser.parse_args(argv)))
    return exit_code(lambda: train(config))


if __name__ == "__main__":
    sys.exit(main())
