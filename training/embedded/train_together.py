"""Training a base and all of its ControlNets on, together, for the few steps they will take.

Each batch is divided: some samples see words alone, some see edges, strokes, a palette, or edges
and a palette. The UNet learns from all of them, each ControlNet from those that it acts on. So what
words mean is learned where they are all there is, and the ControlNets keep pace with the base.

Half of the noise levels, and more where words are alone, are those of the sampler's few steps:
who paints in four steps is at no other level ever.

Whatever its words call flat or shaded has that mark in its latents (`data.marks`), which the
decoder learns to read in the stage that follows: until then previews are off in colour.
"""

import functools
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray, UInt8
from PIL import Image

from inference.checkpoints import save_component
from inference.models.controlnet import ControlNetModel
from training.data import dataset, marks
from training.data.captions import encode_wordings
from training.data.dataset import Dataset
from training.data.maps import load_all
from training.data.styles import LOOKS
from training.embedded import draws
from training.embedded.draws import Drawings
from training.embedded.painter import Painter, levels, load_controlnets
from training.errors import exit_code
from training.evaluation import trials
from training.evaluation.contact_sheet import contact_sheet
from training.evaluation.preview import Preview, scores
from training.evaluation.wishes import sheet, wishes_for
from training.loop import base
from training.loop.base import FEW_STEPS
from training.loop.checkpoint import Params, TrainState
from training.loop.diffusion import add_noise, stratified_timesteps
from training.loop.latents import load_or_encode
from training.loop.onednn import fast_layers
from training.loop.options import add_controlnets, stage_parser
from training.loop.run import Rhythm, run_stage
from training.loop.update import Losses


@dataclass(frozen=True)
class Config:
    """Train the embedded model's base and ControlNets on, together.

    Command: python -m training.embedded.train_together --data icons --base runs/canny/base
             --controlnet canny=runs/canny/model --controlnet scribble=runs/scribble/model
             --controlnet palette=runs/palette/model --latents runs/autoencoder
             --out runs/together --minutes 90
    Time: an hour and a half on two CPU cores, after which two in three common objects can be told.
    Result: runs/together/base and a folder for each ControlNet; the log's `edge_f1` of held-out
    icons in few steps, and words-*.png, common objects from words alone.

    Of the samples with words alone, `common_share` are of the `common` objects that the most sets
    draw, as flat and shaded icons. `kin_share` of the maps of lines are those of a drawing that is
    alike (`training.embedded.draws`).
    """

    data: Path
    base: Path
    controlnets: Mapping[str, Path]
    out: Path
    latents: Path | None = None
    steps: int = 20000
    minutes: float | None = None
    batch_size: int = 64
    learning_rate: float = 1e-3
    ema_decay: float = 0.998
    common: int = 200
    common_share: float = 0.8
    kin_share: float = 0.6
    few_steps_share: float = 0.5
    first_step_share: float = 0.3
    versions: int = 4
    sample_every: int = 500
    seed: int = 0


class Store(NamedTuple):
    """What a run keeps on the device: all data, and the maps by the ControlNet's name.

    There are palettes of all N pictures, and lines of the G drawings that they are copies of.
    """

    latents: Float[Array, "N H W C"]
    input_ids: Int[Array, "N K L"]
    marks: Float[Array, "N K"]
    maps: dict[str, UInt8[Array, "_ V ..."]]


class Batch(NamedTuple):
    """Which of the latents, wordings and maps to take."""

    store: Store
    rows: Int[Array, " B"]
    wordings: Int[Array, " B"]
    lines: Int[Array, " B"]
    versions: Int[Array, " B"]


def timesteps_of(
    key: PRNGKeyArray, count: int, *, alone: int, few: float, first: float
) -> Int[Array, " B"]:
    """Uniform, but for a share `few` that are those of the few steps.

    Of the last `alone` samples, which see words alone, a share `first` besides is at the first of
    the few steps: there the words are all that the network has to go by.
    """
    uniform_key, order_key, share_key, which_key = jax.random.split(key, 4)
    few_steps = jnp.asarray(levels())
    drawn = few_steps[jax.random.randint(which_key, (count,), 0, len(few_steps))]
    share = jax.random.uniform(share_key, (count,))
    uniform = jax.random.permutation(order_key, stratified_timesteps(uniform_key, count))
    timesteps = jnp.where(share < few, drawn, uniform)
    by_words = jnp.arange(count) >= count - alone
    return jnp.where(by_words & (share > 1.0 - first), few_steps[0], timesteps)


def make_loss(begun: base.Base, models: Mapping[str, ControlNetModel], config: Config):
    """The mean squared error of the predicted velocity, over all segments alike."""
    parts = draws.counts(config.batch_size, list(models))
    spans, alone = draws.spans(parts), parts[-1][1]
    painter = Painter(begun, models, spans)
    downscale = begun.vae.config.downscale

    def loss(params: Params, batch: Batch, key: PRNGKeyArray) -> tuple[Float[Array, ""], Losses]:
        time_key, noise_key = jax.random.split(key)
        store = batch.store
        latents = marks.marked(store.latents[batch.rows], store.marks[batch.rows, batch.wordings])
        timesteps = timesteps_of(
            time_key,
            len(latents),
            alone=alone,
            few=config.few_steps_share,
            first=config.first_step_share,
        )
        noise = jax.random.normal(noise_key, latents.shape)
        noisy, velocity = add_noise(latents, noise, timesteps)
        with fast_layers():
            text = painter.text(params, store.input_ids[batch.rows, batch.wordings])
            conditions = painter.read(
                params,
                store.maps,
                rows=batch.rows,
                lines=batch.lines,
                versions=batch.versions,
                size=latents.shape[1] * downscale,
            )
            predicted = painter.velocity(params, noisy, timesteps, text, conditions)
        errors = jnp.square(predicted - velocity).mean((1, 2, 3))
        error = errors.mean()
        return error, {"velocity": error, "words_alone": errors[-alone:].mean()}

    return loss


def get_batch(store: Store, drawings: Drawings, config: Config, step: int) -> Batch:
    """The pictures of this step, their words and their maps."""
    rng = np.random.default_rng([config.seed, step, 7])
    parts = draws.counts(config.batch_size, list(store.maps))
    alone = parts[-1][1]
    drawn = drawings.draw(
        rng,
        controlled=config.batch_size - alone,
        coloured=draws.spans(parts).get("palette", (0, 0)),
        alone=alone,
        common_share=config.common_share,
        kin_share=config.kin_share,
    )
    return Batch(
        store=store,
        rows=jnp.asarray(drawn.rows),
        wordings=jnp.asarray(drawn.wordings),
        lines=jnp.asarray(drawn.lines),
        versions=jnp.asarray(rng.integers(config.versions, size=config.batch_size)),
    )


def load_store(config: Config, data: Dataset, frozen: base.Base) -> Store:
    """Latents, wordings and maps of all pictures, computed or found in the folder `latents`."""
    folder = config.latents or config.out
    latents = load_or_encode(folder, frozen.vae, frozen.params["vae"], data.images)
    maps = load_all(folder, data, config.controlnets, versions=config.versions, seed=config.seed)
    return Store(
        latents=jnp.asarray(latents),
        input_ids=jnp.asarray(encode_wordings(frozen.tokenizer, data)),
        marks=jnp.asarray(marks.of_wordings(data)),
        maps=jax.tree.map(jnp.asarray, maps),
    )


def train(config: Config) -> None:
    data = dataset.load(config.data, split="train")
    held_out = dataset.load(config.data, split="held_out")
    begun = base.load(config.base)
    store = load_store(config, data, begun)
    models, controlnets = load_controlnets(config.controlnets)
    params = {
        "text_encoder": begun.params["text_encoder"],
        "unet": begun.params["unet"],
        "controlnets": controlnets,
    }
    common = trials.from_words(trials.common_objects(data, count=config.common), LOOKS)
    # A preview is as large as its wishes' maps, also of those who are not shown them.
    spoken = [replace(wish, edges=np.zeros_like(data.maps[0])) for wish in common[::3]]
    along = wishes_for(held_out, count=48)

    def sample(state: TrainState) -> dict[str, float]:
        trained = jax.device_get(state.ema)
        networks = {name: trained[name] for name in ("text_encoder", "unet")}
        model = replace(begun, params={**begun.params, **networks})
        base.write(config.out / "base", model)
        for name, controlnet in models.items():
            save_component(config.out / name, controlnet.config, trained["controlnets"][name])
        pictures = words_preview.paint(model.params, spoken, **FEW_STEPS)
        words_sheet = Image.fromarray(contact_sheet(list(pictures), columns=17))
        words_sheet.save(config.out / f"words-{int(state.step):06d}.png")
        if lines_preview is None:
            return {}
        weights = {**model.params, "controlnet": trained["controlnets"]["canny"]}
        pictures = lines_preview.paint(weights, along, **FEW_STEPS)
        name = f"sample-{int(state.step):06d}.png"
        Image.fromarray(sheet(along, pictures)).save(config.out / name)
        return scores(along, pictures)

    words_preview = Preview(begun)
    canny = models.get("canny")
    lines_preview = Preview(begun, canny) if canny is not None else None
    run_stage(
        config,
        params,
        make_loss(begun, models, config),
        functools.partial(get_batch, store, Drawings.of(data, common=config.common), config),
        rhythm=Rhythm(sample=config.sample_every),
        sample=sample,
    )


def main(argv: list[str] | None = None) -> int:
    parser = stage_parser("train_together", Config)
    parser.add_argument("--base", type=Path, required=True, help="model folder of the base")
    add_controlnets(parser)
    parser.add_argument("--latents", type=Path, help="folder to keep latents and maps in")
    config = Config(**vars(parser.parse_args(argv)))
    return exit_code(lambda: train(config))


if __name__ == "__main__":
    sys.exit(main())
