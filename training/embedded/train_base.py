"""Training the base: text encoder and UNet together, from scratch, on latents.

The autoencoder comes from `train_autoencoder`. The result is a complete text-to-image
model in the diffusers layout, on which `training.embedded.train_control` builds.
"""

import functools
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray
from PIL import Image

from inference.models.clip_config import TextEncoderConfig
from inference.models.denoiser_config import UNetConfig
from inference.models.text_encoder import CLIPTextModel
from inference.models.unet import UNet2DConditionModel
from training.data import dataset, tokens
from training.data.captions import SPOKEN, draw_wordings, encode_wordings
from training.embedded import train_autoencoder
from training.errors import exit_code
from training.evaluation.preview import Preview, scores
from training.evaluation.wishes import sheet, wishes_for
from training.loop.base import Base, write
from training.loop.checkpoint import Params, TrainState
from training.loop.diffusion import add_noise, stratified_timesteps
from training.loop.latents import load_or_encode
from training.loop.onednn import fast_layers
from training.loop.options import stage_parser, whole_numbers
from training.loop.precision import compute_dtype
from training.loop.run import Rhythm, run_stage
from training.loop.update import Losses


@dataclass(frozen=True)
class Config:
    """Train the base of the embedded model.

    Command: python -m training.embedded.train_base --data icons --autoencoder runs/autoencoder
             --out runs/base --minutes 33
    Time: half an hour on two CPU cores for a first model; it goes on improving for hours.
    Result: every colour word right in the samples (the log's `colour_right`) after some 67,000
    samples; objects need many times as many.
    """

    data: Path
    autoencoder: Path
    out: Path
    steps: int = 20000
    minutes: float | None = None
    batch_size: int = 32
    learning_rate: float = 1e-3
    ema_decay: float = 0.999
    widths: tuple[int, ...] = (64, 128, 192)
    text_length: int = 32
    merges: int = 2000
    sample_every: int = 1000
    seed: int = 0


class Batch(NamedTuple):
    """All latents and the token ids of all wordings, on the device, and which of them to take."""

    latents: Float[Array, "N H W C"]
    input_ids: Int[Array, "N K L"]
    rows: Int[Array, " B"]
    wordings: Int[Array, " B"]


TEXT_WIDTH = 128


def text_config(vocabulary: int, length: int) -> TextEncoderConfig:
    """Two layers."""
    return TextEncoderConfig(
        vocab_size=vocabulary,
        hidden_size=TEXT_WIDTH,
        intermediate_size=4 * TEXT_WIDTH,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=length,
    )


def unet_config(widths: tuple[int, ...], latent_channels: int, latent_size: int) -> UNetConfig:
    """A level for each width, attention on all but the first."""
    lower = len(widths) - 1
    return UNetConfig(
        sample_size=latent_size,
        in_channels=latent_channels,
        out_channels=latent_channels,
        block_out_channels=widths,
        down_block_types=("DownBlock2D",) + ("CrossAttnDownBlock2D",) * lower,
        up_block_types=("CrossAttnUpBlock2D",) * lower + ("UpBlock2D",),
        layers_per_block=1,
        attention_head_dim=4,
        cross_attention_dim=TEXT_WIDTH,
        norm_num_groups=16,
    )


def quiet(params: Params) -> Params:
    """Zero what ends each residual branch and the network, so that training starts from identity.

    Source: Dhariwal and Nichol 2021 (their code's `zero_module`).
    """
    ends = ("conv2", "proj_out", "conv_out")
    return jax.tree_util.tree_map_with_path(
        lambda path, leaf: jnp.zeros_like(leaf) if path[-2].key in ends else leaf, params
    )


def make_loss(text_encoder: CLIPTextModel, unet: UNet2DConditionModel):
    """The mean squared error of the predicted velocity."""

    def loss(params: Params, batch: Batch, key: PRNGKeyArray) -> tuple[Float[Array, ""], Losses]:
        time_key, noise_key = jax.random.split(key)
        latents = batch.latents[batch.rows].astype(jnp.float32)
        input_ids = batch.input_ids[batch.rows, batch.wordings]
        timesteps = stratified_timesteps(time_key, len(latents))
        noise = jax.random.normal(noise_key, latents.shape)
        noisy, velocity = add_noise(latents, noise, timesteps)
        with fast_layers():
            text: Any = text_encoder.apply({"params": params["text_encoder"]}, input_ids)
            predicted: Any = unet.apply({"params": params["unet"]}, noisy, timesteps, text)
        error = jnp.square(predicted.astype(jnp.float32) - velocity).mean()
        return error, {"velocity": error}

    return loss


def get_batch(
    latents: Float[Array, "N H W C"], input_ids: Int[Array, "N K L"], config: Config, step: int
) -> Batch:
    """The pictures of this step, and in which words each is spoken of."""
    rng = np.random.default_rng([config.seed, step, 2])
    rows = dataset.batch_indices(len(latents), config.batch_size, seed=config.seed, step=step)
    wordings = draw_wordings(len(rows), rng, SPOKEN)
    return Batch(latents, input_ids, rows=jnp.asarray(rows), wordings=jnp.asarray(wordings))


def train(config: Config) -> None:
    data = dataset.load(config.data, split="train")
    vae, vae_params = train_autoencoder.load(config.autoencoder / "vae")
    latents = load_or_encode(config.autoencoder, vae, vae_params, data.images)

    tokenizer = config.out / "tokenizer"
    if not tokenizer.exists():
        tokens.learn_vocabulary(
            data.captions, tokenizer, merges=config.merges, length=config.text_length
        )
    input_ids = encode_wordings(tokenizer, data)

    text = text_config(tokens.vocabulary_size(tokenizer), config.text_length)
    unet = unet_config(config.widths, latents.shape[-1], latents.shape[-2])
    text_model = CLIPTextModel(text, dtype=compute_dtype())
    unet_model = UNet2DConditionModel(unet, dtype=compute_dtype())
    text_key, unet_key = jax.random.split(jax.random.key(config.seed))
    params = {
        "text_encoder": text_model.init_params(text_key),
        "unet": quiet(unet_model.init_params(unet_key)),
    }
    wishes = wishes_for(dataset.load(config.data, split="held_out"), count=48)

    preview = Preview(Base(text_model, unet_model, vae, tokenizer, {"vae": vae_params}))

    def sample(state: TrainState) -> dict[str, float]:
        trained = Base(text_model, unet_model, vae, tokenizer, {**state.ema, "vae": vae_params})
        write(config.out / "model", trained)
        pictures = preview.paint(trained.params, wishes)
        name = f"sample-{int(state.step):06d}.png"
        Image.fromarray(sheet(wishes, pictures)).save(config.out / name)
        return {"colour_right": scores(wishes, pictures)["colour_right"]}

    run_stage(
        config,
        params,
        make_loss(text_model, unet_model),
        functools.partial(get_batch, jnp.asarray(latents), jnp.asarray(input_ids), config),
        rhythm=Rhythm(sample=config.sample_every),
        sample=sample,
    )


def main(argv: list[str] | None = None) -> int:
    parser = stage_parser("train_base", Config)
    parser.add_argument("--autoencoder", type=Path, required=True, help="run of the autoencoder")
    parser.add_argument(
        "--widths", type=whole_numbers, default=Config.widths, help="channels, such as 64,128,192"
    )
    config = Config(**vars(parser.parse_args(argv)))
    return exit_code(lambda: train(config))


if __name__ == "__main__":
    sys.exit(main())
