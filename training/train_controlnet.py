"""Training a ControlNet on a frozen base: it learns to follow control maps.

It starts as a copy of the UNet's way down, behind convolutions of zeros, so at first it changes
nothing (Zhang et al. 2023, section 3.1).
"""

import dataclasses
import functools
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray, UInt8
from PIL import Image

from inference.checkpoints import save_component
from inference.models.config import ControlNetConfig, UNetConfig
from inference.models.controlnet import ControlNetModel
from training import base, dataset
from training.captions import Captions
from training.checkpoint import Params, TrainState, initial_state
from training.diffusion import add_noise, stratified_timesteps
from training.errors import exit_code
from training.latents import load_or_encode
from training.loop import Budget, Losses, Rhythm, make_update, optimizer, run
from training.onednn import fast_layers
from training.options import stage_parser
from training.precision import compute_dtype
from training.preview import Preview, scores
from training.wishes import held_out_wishes, sheet


@dataclass(frozen=True)
class Config:
    """Train the canny ControlNet of the embedded model.

    Command: python -m training.train_controlnet --data icons --base runs/base/model
             --latents runs/autoencoder --out runs/canny --minutes 56
    Time: an hour on two CPU cores for a first one; it goes on improving for hours.
    Result: an edge F1 of 0.66 on held-out icons after 16,000 samples, 0.80 after 96,000 (the
    log's `edge_f1`, at guidance 3; `training.evaluate` measures at the model's own settings).
    """

    data: Path
    base: Path
    out: Path
    latents: Path | None = None
    steps: int = 20000
    minutes: float | None = None
    batch_size: int = 32
    learning_rate: float = 1e-3
    ema_decay: float = 0.998
    empty_captions: float = 0.15
    short_captions: float = 0.2
    sibling_maps: float = 0.5
    sample_every: int = 500
    seed: int = 0


class Batch(NamedTuple):
    """Latents, token ids of their captions, and control maps (255 on edges).

    The base's weights travel along: what a compiled function closes over would be copied into it.
    """

    latents: Float[Array, "B H W C"]
    input_ids: Int[Array, "B L"]
    maps: UInt8[Array, "B fH fW"]
    base: Params


def controlnet_config(unet: UNetConfig, downscale: int) -> ControlNetConfig:
    """The ControlNet that fits a UNet, for maps of `downscale` pixels a latent cell."""
    shared = {field.name for field in dataclasses.fields(ControlNetConfig)} & {
        field.name for field in dataclasses.fields(UNetConfig)
    }
    return ControlNetConfig(
        **{name: getattr(unet, name) for name in shared},
        conditioning_embedding_out_channels=tuple(16 * 2**i for i in range(downscale.bit_length())),
    )


def from_unet(controlnet: Params, unet: Params) -> Params:
    """A ControlNet's fresh parameters with the UNet's where the two have the same parts."""
    return {name: unet.get(name, tree) for name, tree in controlnet.items()}


def control_input(maps: UInt8[Array, "B fH fW"]) -> Float[Array, "B fH fW 3"]:
    """What the network is given: 0 to 1, three times the same."""
    return jnp.repeat(maps[..., None].astype(jnp.float32) / 255.0, 3, axis=-1)


def make_loss(frozen: base.Base, model: ControlNetModel):
    """The base's loss with the ControlNet's residuals; only the latter has gradients."""

    def loss(params: Params, batch: Batch, key: PRNGKeyArray) -> tuple[Float[Array, ""], Losses]:
        time_key, noise_key = jax.random.split(key)
        latents = batch.latents.astype(jnp.float32)
        timesteps = stratified_timesteps(time_key, len(latents))
        noise = jax.random.normal(noise_key, latents.shape)
        noisy, velocity = add_noise(latents, noise, timesteps)
        with fast_layers():
            text: Any = frozen.text_encoder.apply(
                {"params": batch.base["text_encoder"]}, batch.input_ids
            )
            residuals: Any = model.apply(
                {"params": params},
                noisy,
                timesteps,
                text,
                control_input(batch.maps),
                method="from_pixels",
            )
            predicted: Any = frozen.unet.apply(
                {"params": batch.base["unet"]}, noisy, timesteps, text, *residuals
            )
        error = jnp.square(predicted.astype(jnp.float32) - velocity).mean()
        return error, {"velocity": error}

    return loss


def siblings(sources: Sequence[str]) -> list[Int[np.ndarray, " K"]]:
    """For each row, the rows of the same drawing, in whatever colours."""
    rows = defaultdict(list)
    for row, source in enumerate(sources):
        rows[source].append(row)
    return [np.asarray(rows[source]) for source in sources]


def get_batch(
    latents: Float[np.ndarray, "N H W C"],
    maps: UInt8[np.ndarray, "N fH fW"],
    relatives: list[Int[np.ndarray, " K"]],
    captions: Captions,
    base_params: Params,
    config: Config,
    step: int,
) -> Batch:
    """The pictures of this step with their maps.

    Some maps are those of a copy in another colour: what a person draws or takes from a photo was
    never made for the colour that is asked for.
    """
    rng = np.random.default_rng([config.seed, step, 3])
    rows = dataset.batch_indices(len(maps), config.batch_size, seed=config.seed, step=step)
    ids = captions.draw(rows, rng, empty=config.empty_captions, short=config.short_captions)
    map_rows = [
        rng.choice(relatives[row]) if rng.random() < config.sibling_maps else row for row in rows
    ]
    return Batch(
        latents=jnp.asarray(latents[rows]),
        input_ids=jnp.asarray(ids),
        maps=jnp.asarray(maps[map_rows]),
        base=base_params,
    )


def train(config: Config) -> None:
    data = dataset.load(config.data, split="train")
    frozen = base.load(config.base)
    latents = load_or_encode(
        config.latents or config.out, frozen.vae, frozen.params["vae"], data.images
    )
    captions = Captions.encode(frozen.tokenizer, data.captions)

    model_config = controlnet_config(frozen.unet.config, frozen.vae.config.downscale)
    model = ControlNetModel(model_config, dtype=compute_dtype())
    params = from_unet(model.init_params(jax.random.key(config.seed)), frozen.params["unet"])
    transformation = optimizer()
    wishes = held_out_wishes(dataset.load(config.data, split="held_out"), count=48)
    preview = Preview(frozen, model)

    def sample(state: TrainState) -> dict[str, float]:
        save_component(config.out / "model", model_config, jax.device_get(state.ema))
        pictures = preview.paint({**frozen.params, "controlnet": state.ema}, wishes)
        name = f"sample-{int(state.step):06d}.png"
        Image.fromarray(sheet(wishes, pictures)).save(config.out / name)
        return scores(wishes, pictures)

    run(
        initial_state(params, transformation),
        make_update(make_loss(frozen, model), transformation, ema_decay=config.ema_decay),
        functools.partial(
            get_batch,
            latents,
            data.maps,
            siblings(data.sources),
            captions,
            jax.tree.map(jnp.asarray, frozen.params),
            config,
        ),
        out=config.out,
        budget=Budget(steps=config.steps, minutes=config.minutes),
        peak_learning_rate=config.learning_rate,
        seed=config.seed,
        rhythm=Rhythm(sample=config.sample_every),
        sample=sample,
    )


def main(argv: list[str] | None = None) -> int:
    parser = stage_parser("train_controlnet", Config)
    parser.add_argument("--base", type=Path, required=True, help="model folder of the base's run")
    parser.add_argument(
        "--latents",
        type=Path,
        help="folder to keep latents in: the autoencoder's run, to share them",
    )
    config = Config(**vars(parser.parse_args(argv)))
    return exit_code(lambda: train(config))


if __name__ == "__main__":
    sys.exit(main())
