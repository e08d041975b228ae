"""Training the autoencoder's decoder on: crisp edges and even areas, from what is painted as well.

The autoencoder learns from crops, whose means and variances are not those of whole pictures, and
its layers normalise by them; and it never sees what a denoiser paints, which is a little off
everywhere: of flat areas it makes stained ones. Here the encoder stays as it is, so that whatever
was trained on its latents remains valid, and the decoder sees pictures whole, with a loss that
cares for faint edges and for faint shades. Half of the latents are painted as the sampler of few
steps does it, from the picture behind the noise of one of its steps on: what is to come of them is
the picture as it was drawn.

Most latents have the mark of how the drawing looks, flat or shaded (`training.marks`): it tells
the decoder whether unevenness is meant. The words say nothing of it here, so that what is painted
has the mark that is put on it, and no other.
"""

import functools
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray, UInt8

from inference.checkpoints import save_component
from inference.models.controlnet import ControlNetModel
from training import base, dataset, draws, marks, train_autoencoder
from training.captions import WORDINGS, encode_wordings
from training.checkpoint import Params, TrainState
from training.controls import COLOURED
from training.dataset import Dataset
from training.draws import Drawings
from training.errors import exit_code
from training.latents import load_or_encode
from training.loop import Losses, Rhythm, run_stage
from training.maps import load_all
from training.onednn import fast_layers
from training.options import add_controlnets, add_strengths, stage_parser
from training.painter import Painter, load_controlnets
from training.train_autoencoder import reconstruction_loss

DECODER = ("decoder", "post_quant_conv")

SEGMENTS: draws.Segments = (
    (("scribble",), 0.12),
    (("canny",), 0.38),
    (("canny", "palette"), 0.12),
    (("palette",), 0.12),
)
"""Which ControlNets act together on what is painted; the rest is painted from words alone."""

WORDING = WORDINGS.index("no style")
"""In which words everything is painted."""

BEGINNINGS = (0.2, 0.25, 0.3, 0.25)
"""How often painting begins at the first, second, … of the few steps, where lines lead it."""
BEGINNINGS_UNLED = (0.0, 0.3, 0.4, 0.3)
"""The same where none do: what is painted of pure noise has the edges of no drawing."""

KNOWN = (0.0, 0.25, 1.0, 1.0)
"""How much pixels count where painting begins there. Behind more noise nobody can know which red
was meant, but a map tells where edges are, and the mark whether colours change inside areas."""

MARKED = 0.7
"""The share of pictures whose mark says how they look, where it is known."""

EDGE, SHADE = 150.0, 12.0
"""Gradients, as `presence` has them, of which half of an edge is made, and half of a shade: 150 is
between Canny's usual two thresholds, 12 between a flat area's and a shaded one's."""


@dataclass(frozen=True)
class Config:
    """Train the decoder of the embedded model on.

    Command: python -m training.train_decoder --data icons --base runs/together/base
             --controlnet canny=runs/together/canny --strength canny=2.5
             --controlnet scribble=runs/together/scribble --strength scribble=1.5
             --controlnet palette=runs/together/palette --strength palette=1.5
             --latents runs/autoencoder --out runs/decoder --minutes 120
    Time: two hours on two CPU cores.
    Result: runs/decoder/vae, the same encoder with the new decoder, to be packaged in place of the
    base's own (`training.package --vae`); the log's `edge_f1` on held-out icons, to be compared
    with the last one of the autoencoder's log.
    """

    data: Path
    base: Path
    controlnets: Mapping[str, Path]
    out: Path
    strengths: Mapping[str, float] = field(default_factory=dict)
    latents: Path | None = None
    steps: int = 4000
    minutes: float | None = None
    batch_size: int = 12
    learning_rate: float = 5e-4
    ema_decay: float = 0.995
    kin_share: float = 0.3
    versions: int = 4
    sample_every: int = 250
    seed: int = 0


class Store(NamedTuple):
    """What a run keeps on the device: all data, and the weights of the frozen networks."""

    latents: Float[Array, "N h w Z"]
    images: UInt8[Array, "N H W 3"]
    input_ids: Int[Array, "N L"]
    marks: Float[Array, " N"]
    maps: dict[str, UInt8[Array, "_ V ..."]]
    frozen: Params


class Batch(NamedTuple):
    """Which pictures, whose lines, and which versions of maps to take; the first half is painted.

    `marked` is 1 where the picture's mark says how it looks, and 0 where nothing is said.
    """

    store: Store
    rows: Int[Array, " B"]
    lines: Int[Array, " B"]
    versions: Int[Array, " B"]
    marked: Float[Array, " B"]


def presence(pictures: Float[Array, "B H W 3"], *, half: float) -> Float[Array, "B H W"]:
    """How much of a change of colour there is, 0 to 1: 0.5 where the gradient is `half`.

    The magnitude is as OpenCV's Canny has it: |x| + |y| of Sobel's 3×3 gradients in 0 to 255, of
    the channel where it is largest. A strong change and a stronger one count alike, a faint one
    counts nearly as much.
    """
    padded = jnp.pad(pictures * 127.5, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    rows = padded[:, :-2] + 2.0 * padded[:, 1:-1] + padded[:, 2:]
    columns = padded[:, :, :-2] + 2.0 * padded[:, :, 1:-1] + padded[:, :, 2:]
    across = jnp.abs(rows[:, :, 2:] - rows[:, :, :-2])
    down = jnp.abs(columns[:, 2:] - columns[:, :-2])
    squared = jnp.square((across + down).max(axis=-1) / half)
    return squared / (1.0 + squared)


def make_loss(frozen: base.Base, models: Mapping[str, ControlNetModel], config: Config):
    """The autoencoder's reconstruction loss, and L1 of edges, of shades, and of white paper.

    Paper counts where it is darker than white alone: what is lighter is shown as white.
    """
    parts = _parts(config, list(models))
    painter = Painter(frozen, models, draws.spans(parts), config.strengths)
    count = sum(size for _, size in parts)
    lined = np.repeat([bool(set(names) - COLOURED) for names, _ in parts], [n for _, n in parts])

    def painted(batch: Batch, key: PRNGKeyArray) -> tuple[Float[Array, "B h w Z"], Array]:
        """What the denoiser comes to in few steps, and from which of them it began."""
        store, here = batch.store, slice(count)
        begin_key, paint_key = jax.random.split(key)
        chances = jnp.log(jnp.asarray([BEGINNINGS_UNLED, BEGINNINGS]))
        beginnings = jax.random.categorical(begin_key, chances[lined.astype(int)])
        rows = batch.rows[here]
        text = painter.text(store.frozen, store.input_ids[rows])
        conditions = painter.read(
            store.frozen,
            store.maps,
            rows=rows,
            lines=batch.lines[here],
            versions=batch.versions[here],
            size=store.images.shape[1],
        )
        latents = store.latents[rows].astype(jnp.float32)
        found = painter.paint(
            paint_key, store.frozen, latents, text, conditions, beginnings=beginnings
        )
        return found, jnp.asarray(KNOWN)[beginnings]

    def loss(params: Params, batch: Batch, key: PRNGKeyArray) -> tuple[Float[Array, ""], Losses]:
        store = batch.store
        pictures = store.images[batch.rows].astype(jnp.float32) / 127.5 - 1.0
        encoded = store.latents[batch.rows[count:]].astype(jnp.float32)
        with fast_layers():
            found, known = painted(batch, key)
            scaled = marks.marked(
                jnp.concatenate([found, encoded]), batch.marked * store.marks[batch.rows]
            )
            latents = scaled / frozen.vae.config.scaling_factor + frozen.vae.config.shift
            decoded: Any = frozen.vae.apply({"params": params}, latents, method="decode")
        rebuilt = decoded.astype(jnp.float32)
        known = jnp.concatenate([known, jnp.ones(len(encoded))])
        each = jax.vmap(lambda one, other: reconstruction_loss(one[None], other[None]))
        reconstruction = (known * each(pictures, rebuilt)).mean()
        edges, shades = (
            jnp.abs(presence(pictures, half=half) - presence(rebuilt, half=half)).mean()
            for half in (EDGE, SHADE)
        )
        white = (pictures > 0.999).all(axis=-1)
        paper = jnp.where(white, 1.0 - jnp.minimum(rebuilt.min(axis=-1), 1.0), 0.0).mean()
        total = reconstruction + 8.0 * edges + 5.0 * shades + 4.0 * paper
        figures = {"edges": edges, "shades": shades, "paper": paper}
        return total, {"reconstruction": reconstruction, **figures}

    return loss


def _parts(config: Config, names: Sequence[str]) -> list[tuple[tuple[str, ...], int]]:
    return draws.counts((config.batch_size + 1) // 2, names, SEGMENTS)


def get_batch(store: Store, drawings: Drawings, config: Config, step: int) -> Batch:
    """The pictures of this step: any copy of any drawing."""
    rng = np.random.default_rng([config.seed, step, 5])
    size = config.batch_size
    which = rng.integers(len(drawings.originals), size=size)
    lines = np.where(rng.random(size) < config.kin_share, drawings.alike.draw(which, rng), which)
    return Batch(
        store=store,
        rows=jnp.asarray(drawings.copies.draw(drawings.originals[which], rng)),
        lines=jnp.asarray(lines),
        versions=jnp.asarray(rng.integers(config.versions, size=size)),
        marked=jnp.asarray(rng.random(size) < MARKED, jnp.float32),
    )


def load_store(
    config: Config, data: Dataset, frozen: base.Base, controlnets: Mapping[str, Params]
) -> Store:
    """Latents, wordings and maps of all pictures, computed or found in the folder `latents`."""
    folder = config.latents or config.out
    weights = {name: frozen.params[name] for name in ("text_encoder", "unet")}
    maps = load_all(folder, data, config.controlnets, versions=config.versions, seed=config.seed)
    return Store(
        latents=jnp.asarray(load_or_encode(folder, frozen.vae, frozen.params["vae"], data.images)),
        images=jnp.asarray(data.images),
        input_ids=jnp.asarray(encode_wordings(frozen.tokenizer, data)[:, WORDING]),
        marks=jnp.asarray(marks.of_words(data.looks)),
        maps=jax.tree.map(jnp.asarray, maps),
        frozen=jax.tree.map(jnp.asarray, {**weights, "controlnets": controlnets}),
    )


def train(config: Config) -> None:
    data = dataset.load(config.data, split="train")
    frozen = base.load(config.base)
    models, controlnets = load_controlnets(config.controlnets)
    store = load_store(config, data, frozen, controlnets)
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
        make_loss(frozen, models, config),
        functools.partial(get_batch, store, Drawings.of(data, common=1), config),
        rhythm=Rhythm(sample=config.sample_every),
        sample=sample,
    )


def main(argv: list[str] | None = None) -> int:
    parser = stage_parser("train_decoder", Config)
    parser.add_argument("--base", type=Path, required=True, help="model folder of the base's run")
    add_controlnets(parser)
    add_strengths(parser)
    parser.add_argument("--latents", type=Path, help="folder to keep latents and maps in")
    config = Config(**vars(parser.parse_args(argv)))
    return exit_code(lambda: train(config))


if __name__ == "__main__":
    sys.exit(main())
