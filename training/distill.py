"""Distilling the base into one that needs few steps and no guidance.

Latent consistency distillation (Luo et al. 2023, arXiv 2310.04378, algorithm 1): from any of the 50
timesteps of the sampler `lcm`, the student is to say at once where the guided base would end up.
The base goes one step of DDIM, and the student's answer from there is what its answer from here
must equal. The ControlNets stay as they are and take part, one at a time, so that all of them work
with the student. What the student's output means is read from the sampler's own table, so training
and sampling cannot differ in it.
"""

import functools
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray
from PIL import Image

from inference.checkpoints import load_controlnet
from inference.models.controlnet import ControlNetModel
from training import base as models
from training import dataset
from training.base import FEW_STEPS, GENERATION
from training.captions import BESIDE_MAPS, WORDINGS, draw_wordings, encode_wordings
from training.checkpoint import Params, TrainState
from training.consistency import TIMESTEPS, Levels, consistency_error
from training.dataset import Dataset
from training.errors import exit_code
from training.latents import load_or_encode
from training.loop import Losses, Rhythm, run_stage
from training.maps import load_or_draw, unpack
from training.onednn import fast_layers
from training.options import add_controlnets, stage_parser
from training.precision import compute_dtype
from training.preview import Preview, scores
from training.wishes import sheet, wishes_for


@dataclass(frozen=True)
class Config:
    """Distil the base of the embedded model, with its ControlNets, into one for few steps.

    Command: python -m training.distill --data icons --base runs/base/model
             --controlnet canny=runs/canny/model --latents runs/autoencoder --out runs/few
             --minutes 60
    Time: an hour on two CPU cores, minutes on a GPU.
    Result: a complete model whose UNet paints in 4 steps of `lcm` at guidance 1; the log's
    `edge_f1` and `colour_right` are measured like that.
    """

    data: Path
    base: Path
    out: Path
    controlnets: Mapping[str, Path] = field(default_factory=dict)
    latents: Path | None = None
    steps: int = 20000
    minutes: float | None = None
    batch_size: int = 32
    learning_rate: float = 2e-4
    ema_decay: float = 0.995
    guidance_scale: float = GENERATION["guidance_scale"]
    controlled: float = 0.8
    versions: int = 2
    sample_every: int = 500
    seed: int = 0


class Store(NamedTuple):
    """What a run keeps on the device; the maps and the ControlNet are those of one control.

    It travels with each batch: what a compiled function closes over would be copied into it.
    """

    latents: Float[Array, "N H W C"]
    input_ids: Int[Array, "N K L"]
    base: Params
    maps: Array | None = None
    controlnet: Params | None = None


class Batch(NamedTuple):
    """Which of the latents, wordings and maps to take, from which level, and where maps count."""

    store: Store
    rows: Int[Array, " B"]
    wordings: Int[Array, " B"]
    versions: Int[Array, " B"]
    levels: Int[Array, " B"]
    controlled: Bool[Array, " B"]


def make_loss(frozen: models.Base, controlnet: ControlNetModel | None, config: Config):
    """How far the student's answers from two neighbouring points of a path are from each other."""
    levels = Levels.of_sampler()

    def loss(params: Params, batch: Batch, key: PRNGKeyArray) -> tuple[Float[Array, ""], Losses]:
        store, at = batch.store, batch.levels
        clean = store.latents[batch.rows].astype(jnp.float32)
        noise = jax.random.normal(key, clean.shape)
        x = levels.alpha[at][:, None, None, None] * clean
        x = x + levels.sigma[at][:, None, None, None] * noise
        ids = store.input_ids[batch.rows, batch.wordings]
        empty = store.input_ids[batch.rows, WORDINGS.index("empty")]

        def encode(input_ids: Array) -> Array:
            text: Any = frozen.text_encoder.apply({"params": store.base["text_encoder"]}, input_ids)
            return text

        def residuals(x: Array, at: Array, text: Array) -> Any:
            if controlnet is None or store.maps is None or store.controlnet is None:
                return None, None
            size = x.shape[1] * frozen.vae.config.downscale
            control_map = unpack(store.maps[batch.rows, batch.versions], size)
            added: Any = controlnet.apply(
                {"params": store.controlnet},
                x,
                levels.timestep[at],
                text,
                control_map,
                method="from_pixels",
            )
            shown = batch.controlled[:, None, None, None]
            return jax.tree.map(lambda leaf: leaf * shown.astype(leaf.dtype), added)

        def velocity(unet: Params, x: Array, at: Array, text: Array, added: Any) -> Array:
            output: Any = frozen.unet.apply({"params": unet}, x, levels.timestep[at], text, *added)
            return output.astype(jnp.float32)

        with fast_layers():
            prompt, nothing = encode(ids), encode(empty)
            added = residuals(x, at, prompt)
            teacher = store.base["unet"]
            prompted = velocity(teacher, x, at, prompt, added)
            plain = velocity(teacher, x, at, nothing, residuals(x, at, nothing))
            guided = plain + config.guidance_scale * (prompted - plain)
            error = consistency_error(
                levels,
                at,
                x,
                guided=guided,
                here=velocity(params["unet"], x, at, prompt, added),
                there=lambda x, at: velocity(
                    params["unet"], x, at, prompt, residuals(x, at, prompt)
                ),
            )
        return error, {"consistency": error}

    return loss


def get_batch(stores: tuple[Store, ...], config: Config, step: int) -> Batch:
    """The pictures of this step; the controls take turns."""
    store = stores[step % len(stores)]
    rng = np.random.default_rng([config.seed, step, 4])
    rows = dataset.batch_indices(len(store.latents), config.batch_size, seed=config.seed, step=step)
    count = len(rows)
    wordings = draw_wordings(count, rng, BESIDE_MAPS)
    return Batch(
        store=store,
        rows=jnp.asarray(rows),
        wordings=jnp.asarray(wordings),
        versions=jnp.asarray(rng.integers(config.versions, size=count)),
        levels=jnp.asarray(rng.integers(TIMESTEPS, size=count)),
        controlled=jnp.asarray(rng.random(count) < config.controlled),
    )


def load_stores(config: Config, data: Dataset, frozen: models.Base) -> tuple[Store, ...]:
    """What is the same for all controls is on the device once."""
    folder = config.latents or config.out
    latents = load_or_encode(folder, frozen.vae, frozen.params["vae"], data.images)
    shared = Store(
        latents=jnp.asarray(latents),
        input_ids=jnp.asarray(encode_wordings(frozen.tokenizer, data)),
        base=jax.tree.map(jnp.asarray, frozen.params),
    )
    stores = []
    for name, where in config.controlnets.items():
        maps = load_or_draw(folder, name, data, versions=config.versions, seed=config.seed)
        params = load_controlnet(where, dtype=np.float32).params
        stores.append(
            shared._replace(maps=jnp.asarray(maps), controlnet=jax.tree.map(jnp.asarray, params))
        )
    return tuple(stores) or (shared,)


def train(config: Config) -> None:
    data = dataset.load(config.data, split="train")
    frozen = models.load(config.base)
    stores = load_stores(config, data, frozen)
    control = next(iter(config.controlnets), None)
    model = None
    if control is not None:
        shape = load_controlnet(config.controlnets[control]).config
        model = ControlNetModel(shape, dtype=compute_dtype())
    wishes = wishes_for(
        dataset.load(config.data, split="held_out"), count=48, control=control or "canny"
    )
    preview = Preview(frozen, model)

    def sample(state: TrainState) -> dict[str, float]:
        params = {**frozen.params, "unet": state.ema["unet"]}
        student = models.Base(
            frozen.text_encoder, frozen.unet, frozen.vae, frozen.tokenizer, params
        )
        models.write(config.out / "model", student, generation=FEW_STEPS)
        pictures = preview.paint(
            {**params, "controlnet": stores[0].controlnet},
            wishes,
            sampler=FEW_STEPS["sampler"],
            steps=FEW_STEPS["steps"],
            guidance_scale=FEW_STEPS["guidance_scale"],
        )
        name = f"sample-{int(state.step):06d}.png"
        Image.fromarray(sheet(wishes, pictures)).save(config.out / name)
        return scores(wishes, pictures)

    run_stage(
        config,
        {"unet": frozen.params["unet"]},
        make_loss(frozen, model, config),
        functools.partial(get_batch, stores, config),
        rhythm=Rhythm(sample=config.sample_every),
        sample=sample,
    )


def main(argv: list[str] | None = None) -> int:
    parser = stage_parser("distill", Config)
    parser.add_argument("--base", type=Path, required=True, help="model folder of the base's run")
    add_controlnets(parser)
    parser.add_argument("--latents", type=Path, help="folder to keep latents and maps in")
    parser.add_argument("--guidance-scale", type=float, default=Config.guidance_scale)
    config = Config(**vars(parser.parse_args(argv)))
    return exit_code(lambda: train(config))


if __name__ == "__main__":
    sys.exit(main())
