"""The ControlNet stage: one of the embedded model, trained on its base to follow control maps.

It starts as a copy of the UNet's way down, behind convolutions of zeros, so at first it changes
nothing (Zhang et al. 2023, section 3.1). The base stays as it is, or goes on learning beside it.
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

from inference.checkpoints import load_controlnet, save_component
from inference.models.controlnet import ControlNetModel
from training.data import dataset
from training.data.captions import BESIDE_MAPS, draw_wordings, encode_wordings
from training.data.choices import Choices, siblings
from training.data.controls import COLOURED, CONTROLS, require_control
from training.data.dataset import Dataset
from training.data.maps import load_or_draw, unpack
from training.errors import exit_code
from training.evaluation.preview import Preview, scores
from training.evaluation.wishes import sheet, wishes_for
from training.loop import base
from training.loop.checkpoint import Params, TrainState
from training.loop.controlnet import controlnet_config, from_unet, started
from training.loop.diffusion import add_noise, stratified_timesteps
from training.loop.latents import load_or_encode
from training.loop.onednn import fast_layers
from training.loop.options import named_folder, stage_parser
from training.loop.precision import compute_dtype
from training.loop.run import Rhythm, run_stage
from training.loop.update import Losses


@dataclass(frozen=True)
class Config:
    """Train a ControlNet of the embedded model: canny, scribble or palette.

    Command: python -m training.embedded.train_control --data icons --base runs/base/model
             --latents runs/autoencoder --control canny --out runs/canny --minutes 56
    Time: an hour on two CPU cores for a first one; it goes on improving for hours.
    Result: the log's `edge_f1` on held-out icons (a first model at 64×64 came to 0.66 after 16,000
    samples, 0.80 after 96,000), at guidance 3; `training.evaluate` measures at the model's own
    settings.

    With `beside` (another ControlNet's name and model folder), half of the samples see that one's
    residuals too, so that the two work together at full strength. With `start` (a ControlNet's
    model folder), training goes on from that one: who follows thin lines soon follows thick ones.

    With `unlocked` the base is trained too, at the same time, and `OUT/base` is what became of it
    (`sd_locked = False` in Zhang et al.'s own code). A base that was trained for hours and not for
    months is not worth guarding: a picture whose lines are known teaches it more than one of which
    it knows the words alone. A part of the samples goes without a map, so that it needs none.
    """

    data: Path
    base: Path
    out: Path
    control: str = "canny"
    latents: Path | None = None
    beside: tuple[str, Path] | None = None
    start: Path | None = None
    unlocked: bool = False
    mapless: float = 0.25
    steps: int = 20000
    minutes: float | None = None
    batch_size: int = 32
    learning_rate: float = 1e-3
    ema_decay: float = 0.998
    sibling_maps: float = 0.5
    beside_share: float = 0.5
    versions: int = 2
    sample_every: int = 500
    seed: int = 0


class Store(NamedTuple):
    """What a run keeps on the device: all data, and the weights of the frozen networks.

    It travels with each batch: what a compiled function closes over would be copied into it.
    """

    latents: Float[Array, "N H W C"]
    input_ids: Int[Array, "N K L"]
    maps: UInt8[Array, "N V ..."]
    base: Params
    beside_maps: UInt8[Array, "N V ..."] | None = None
    beside: Params | None = None


class Batch(NamedTuple):
    """Which of the latents, wordings and maps to take, and where which ControlNet acts."""

    store: Store
    rows: Int[Array, " B"]
    wordings: Int[Array, " B"]
    map_rows: Int[Array, " B"]
    versions: Int[Array, " B"]
    shown: Bool[Array, " B"]
    accompanied: Bool[Array, " B"]


def make_loss(frozen: base.Base, model: ControlNetModel):
    """The base's loss with the ControlNet's residuals; what is in `params` has gradients."""

    def loss(params: Params, batch: Batch, key: PRNGKeyArray) -> tuple[Float[Array, ""], Losses]:
        time_key, noise_key = jax.random.split(key)
        store = batch.store
        weights = {**store.base, **params}
        latents = store.latents[batch.rows].astype(jnp.float32)
        input_ids = store.input_ids[batch.rows, batch.wordings]
        size = latents.shape[1] * frozen.vae.config.downscale
        control_map = unpack(store.maps[batch.map_rows, batch.versions], size)
        timesteps = stratified_timesteps(time_key, len(latents))
        noise = jax.random.normal(noise_key, latents.shape)
        noisy, velocity = add_noise(latents, noise, timesteps)
        with fast_layers():
            text: Any = frozen.text_encoder.apply({"params": weights["text_encoder"]}, input_ids)

            def residuals_of(controlnet: Params, maps: Array, where: Bool[Array, " B"]) -> Any:
                added: Any = model.apply(
                    {"params": controlnet}, noisy, timesteps, text, maps, method="from_pixels"
                )
                mask = where[:, None, None, None]
                return jax.tree.map(lambda leaf: leaf * mask.astype(leaf.dtype), added)

            residuals = residuals_of(weights["controlnet"], control_map, batch.shown)
            if store.beside is not None and store.beside_maps is not None:
                others = unpack(store.beside_maps[batch.rows, batch.versions], size)
                more = residuals_of(store.beside, others, batch.accompanied)
                residuals = jax.tree.map(jnp.add, residuals, more)
            predicted: Any = frozen.unet.apply(
                {"params": weights["unet"]}, noisy, timesteps, text, *residuals
            )
        error = jnp.square(predicted.astype(jnp.float32) - velocity).mean()
        return error, {"velocity": error}

    return loss


def get_batch(store: Store, relatives: Choices, config: Config, step: int) -> Batch:
    """The pictures of this step with their maps.

    Some maps of lines are those of a copy in another colour: what a person draws or takes from a
    photo was never made for the colour that is asked for.
    """
    rng = np.random.default_rng([config.seed, step, 3])
    rows = dataset.batch_indices(len(store.latents), config.batch_size, seed=config.seed, step=step)
    share = 0.0 if config.control in COLOURED else config.sibling_maps
    wordings = draw_wordings(len(rows), rng, BESIDE_MAPS)
    other_map = rng.random(len(rows)) < share
    return Batch(
        store=store,
        rows=jnp.asarray(rows),
        wordings=jnp.asarray(wordings),
        map_rows=jnp.asarray(np.where(other_map, relatives.draw(rows, rng), rows)),
        versions=jnp.asarray(rng.integers(store.maps.shape[1], size=len(rows))),
        shown=jnp.asarray(rng.random(len(rows)) >= (config.mapless if config.unlocked else 0.0)),
        accompanied=jnp.asarray(rng.random(len(rows)) < config.beside_share),
    )


def load_store(config: Config, data: Dataset, frozen: base.Base) -> Store:
    """Latents, wordings and maps of all pictures, computed or found in the folder `latents`."""
    folder = config.latents or config.out
    latents = load_or_encode(folder, frozen.vae, frozen.params["vae"], data.images)
    draw = functools.partial(
        load_or_draw, folder, data=data, versions=config.versions, seed=config.seed
    )
    beside = load_controlnet(config.beside[1], dtype=np.float32) if config.beside else None
    return Store(
        latents=jnp.asarray(latents),
        input_ids=jnp.asarray(encode_wordings(frozen.tokenizer, data)),
        maps=jnp.asarray(draw(config.control)),
        base=jax.tree.map(jnp.asarray, frozen.params),
        beside_maps=jnp.asarray(draw(config.beside[0])) if config.beside else None,
        beside=jax.tree.map(jnp.asarray, beside.params) if beside else None,
    )


def train(config: Config) -> None:
    require_control(config.control)
    data = dataset.load(config.data, split="train")
    frozen = base.load(config.base)
    store = load_store(config, data, frozen)

    model_config = controlnet_config(frozen.unet.config, frozen.vae.config.downscale)
    model = ControlNetModel(model_config, dtype=compute_dtype())
    controlnet = from_unet(model.init_params(jax.random.key(config.seed)), frozen.params["unet"])
    if config.start:
        controlnet = started(config.start, like=controlnet)
    params = {"controlnet": controlnet}
    if config.unlocked:
        params |= {name: frozen.params[name] for name in ("text_encoder", "unet")}
    wishes = wishes_for(
        dataset.load(config.data, split="held_out"), count=48, control=config.control
    )
    preview = Preview(frozen, model)

    def sample(state: TrainState) -> dict[str, float]:
        trained = {**frozen.params, **state.ema}
        controlnet = trained.pop("controlnet")
        save_component(config.out / "model", model_config, jax.device_get(controlnet))
        if config.unlocked:
            base.write(config.out / "base", dataclasses.replace(frozen, params=trained))
        pictures = preview.paint({**trained, "controlnet": controlnet}, wishes)
        name = f"sample-{int(state.step):06d}.png"
        Image.fromarray(sheet(wishes, pictures)).save(config.out / name)
        return scores(wishes, pictures)

    run_stage(
        config,
        params,
        make_loss(frozen, model),
        functools.partial(get_batch, store, siblings(data.sources), config),
        rhythm=Rhythm(sample=config.sample_every),
        sample=sample,
    )


def main(argv: list[str] | None = None) -> int:
    parser = stage_parser("train_control", Config)
    parser.add_argument("--base", type=Path, required=True, help="model folder of the base's run")
    parser.add_argument("--control", default=Config.control, help=f"one of {', '.join(CONTROLS)}")
    parser.add_argument(
        "--beside",
        type=named_folder,
        metavar="NAME=FOLDER",
        help="another ControlNet's model folder, beside which this one is to work",
    )
    parser.add_argument("--start", type=Path, help="a ControlNet's model folder to go on from")
    parser.add_argument("--unlocked", action="store_true", help="train the base too")
    parser.add_argument(
        "--latents",
        type=Path,
        help="folder to keep latents and maps in: the autoencoder's run, to share them",
    )
    config = Config(**vars(parser.parse_args(argv)))
    return exit_code(lambda: train(config))


if __name__ == "__main__":
    sys.exit(main())
