"""Training the autoencoder's decoder on: crisp edges, from whole pictures and from painted latents.

The autoencoder learns from crops, whose means and variances are not those of whole pictures, and
its layers normalise by them; and it never sees what a denoiser paints, which is a little off
everywhere. Here the encoder stays as it is, so that whatever was trained on its latents remains
valid, and the decoder sees pictures whole, with a loss that cares for faint edges. Half of the
latents are those that the denoiser makes of a noisy picture, as in the last of few steps: what is
to come of them is the picture as it was drawn.
"""

import functools
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray, UInt8

from inference.checkpoints import load_controlnet, save_component
from inference.models.controlnet import ControlNetModel
from training import base, dataset, train_autoencoder
from training.captions import BESIDE_MAPS, draw_wordings, encode_wordings
from training.checkpoint import Params, TrainState
from training.dataset import Dataset
from training.diffusion import add_noise, clean
from training.errors import exit_code
from training.latents import load_or_encode
from training.loop import Losses, Rhythm, run_stage
from training.maps import load_or_draw, unpack
from training.onednn import fast_layers
from training.options import stage_parser
from training.precision import compute_dtype
from training.train_autoencoder import reconstruction_loss

DECODER = ("decoder", "post_quant_conv")
LAST = (100, 400)
"""The timesteps, of 1000, among which the last of few steps begins."""


@dataclass(frozen=True)
class Config:
    """Train the decoder of the embedded model on.

    Command: python -m training.train_decoder --data icons --base runs/together/base
             --controlnet runs/together/canny --latents runs/autoencoder --out runs/decoder
             --minutes 40
    Time: forty minutes on two CPU cores.
    Result: runs/decoder/vae, the same encoder with the new decoder, to be packaged in place of the
    base's own (`training.package --vae`); the log's `edge_f1` on held-out icons, to be compared
    with the last one of the autoencoder's log.
    """

    data: Path
    base: Path
    controlnet: Path
    out: Path
    latents: Path | None = None
    steps: int = 4000
    minutes: float | None = None
    batch_size: int = 8
    learning_rate: float = 5e-4
    ema_decay: float = 0.998
    versions: int = 2
    sample_every: int = 500
    seed: int = 0


class Store(NamedTuple):
    """What a run keeps on the device: all data, and the weights of the frozen networks."""

    latents: Float[Array, "N h w Z"]
    images: UInt8[Array, "N H W 3"]
    input_ids: Int[Array, "N K L"]
    maps: UInt8[Array, "N V ..."]
    frozen: Params


class Batch(NamedTuple):
    """Which of the pictures, wordings and maps to take; the second half is painted."""

    store: Store
    rows: Int[Array, " B"]
    wordings: Int[Array, " B"]
    versions: Int[Array, " B"]


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


def make_loss(frozen: base.Base, model: ControlNetModel):
    """The autoencoder's reconstruction loss, and the L1 distance of what edges there are."""

    def painted(batch: Batch, latents: Float[Array, "B h w Z"], key: PRNGKeyArray) -> Array:
        """What the denoiser takes the latents for behind noise, its words and its maps in hand."""
        time_key, noise_key = jax.random.split(key)
        timesteps = jax.random.randint(time_key, (len(latents),), *LAST)
        noisy, _ = add_noise(latents, jax.random.normal(noise_key, latents.shape), timesteps)
        store, size = batch.store, latents.shape[1] * frozen.vae.config.downscale
        weights = store.frozen
        text: Any = frozen.text_encoder.apply(
            {"params": weights["text_encoder"]}, store.input_ids[batch.rows, batch.wordings]
        )
        maps = unpack(store.maps[batch.rows, batch.versions], size)
        residuals: Any = model.apply(
            {"params": weights["controlnet"]}, noisy, timesteps, text, maps, method="from_pixels"
        )
        velocity: Any = frozen.unet.apply(
            {"params": weights["unet"]}, noisy, timesteps, text, *residuals
        )
        return clean(noisy, velocity.astype(jnp.float32), timesteps)

    def loss(params: Params, batch: Batch, key: PRNGKeyArray) -> tuple[Float[Array, ""], Losses]:
        pictures = batch.store.images[batch.rows].astype(jnp.float32) / 127.5 - 1.0
        scaled = batch.store.latents[batch.rows].astype(jnp.float32)
        half = len(batch.rows) // 2
        second = Batch(batch.store, *(field[half:] for field in batch[1:]))
        with fast_layers():
            scaled = jnp.concatenate([scaled[:half], painted(second, scaled[half:], key)])
            latents = scaled / frozen.vae.config.scaling_factor + frozen.vae.config.shift
            decoded: Any = frozen.vae.apply({"params": params}, latents, method="decode")
        rebuilt = decoded.astype(jnp.float32)
        reconstruction = reconstruction_loss(pictures, rebuilt)
        edges = jnp.abs(edge_presence(pictures) - edge_presence(rebuilt)).mean()
        return reconstruction + edges, {"reconstruction": reconstruction, "edges": edges}

    return loss


def get_batch(store: Store, config: Config, step: int) -> Batch:
    """The pictures of this step."""
    rng = np.random.default_rng([config.seed, step, 5])
    rows = dataset.batch_indices(len(store.images), config.batch_size, seed=config.seed, step=step)
    wordings = draw_wordings(len(rows), rng, BESIDE_MAPS)
    return Batch(
        store=store,
        rows=jnp.asarray(rows),
        wordings=jnp.asarray(wordings),
        versions=jnp.asarray(rng.integers(store.maps.shape[1], size=len(rows))),
    )


def load_store(config: Config, data: Dataset, frozen: base.Base, controlnet: Params) -> Store:
    """Latents, wordings and maps of all pictures, computed or found in the folder `latents`."""
    folder = config.latents or config.out
    maps = load_or_draw(folder, "canny", data, versions=config.versions, seed=config.seed)
    weights = {name: frozen.params[name] for name in ("text_encoder", "unet")}
    return Store(
        latents=jnp.asarray(load_or_encode(folder, frozen.vae, frozen.params["vae"], data.images)),
        images=jnp.asarray(data.images),
        input_ids=jnp.asarray(encode_wordings(frozen.tokenizer, data)),
        maps=jnp.asarray(maps),
        frozen=jax.tree.map(jnp.asarray, {**weights, "controlnet": controlnet}),
    )


def train(config: Config) -> None:
    data = dataset.load(config.data, split="train")
    frozen = base.load(config.base)
    controlnet = load_controlnet(config.controlnet, dtype=np.float32)
    model = ControlNetModel(controlnet.config, dtype=compute_dtype())
    store = load_store(config, data, frozen, controlnet.params)
    before = frozen.params["vae"]
    held_out = train_autoencoder.shown(config.data)
    decoder = jax.tree.map(jnp.asarray, {name: before[name] for name in DECODER})

    def sample(state: TrainState) -> dict[str, float]:
        params = {**before, **jax.device_get(state.ema)}
        save_component(config.out / "vae", frozen.vae.config, params)
        sheet = config.out / f"sample-{int(state.step):06d}.png"
        return {"edge_f1": train_autoencoder.look(frozen.vae, params, held_out, sheet)}

    run_stage(
        config,
        decoder,
        make_loss(frozen, model),
        functools.partial(get_batch, store, config),
        rhythm=Rhythm(sample=config.sample_every),
        sample=sample,
    )


def main(argv: list[str] | None = None) -> int:
    parser = stage_parser("train_decoder", Config)
    parser.add_argument("--base", type=Path, required=True, help="model folder of the base's run")
    parser.add_argument(
        "--controlnet", type=Path, required=True, help="model folder of its canny ControlNet's run"
    )
    parser.add_argument(
        "--latents", type=Path, help="folder to keep latents and maps in: the autoencoder's run"
    )
    config = Config(**vars(parser.parse_args(argv)))
    return exit_code(lambda: train(config))


if __name__ == "__main__":
    sys.exit(main())
