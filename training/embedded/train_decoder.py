"""Training the autoencoder's decoder on: crisp edges and even areas, from what is painted as well.

The autoencoder learns from crops, whose means and variances are not those of whole pictures, and
its layers normalise by them; and it never sees what a denoiser paints, which is a little off
everywhere: of flat areas it makes stained ones. Here the encoder stays as it is, so that whatever
was trained on its latents remains valid, and the decoder sees pictures whole, with a loss that
cares for faint edges and for faint shades. Most latents are painted as the sampler of few steps
does it, from the picture behind the noise of one of its steps on: what is to come of them is the
picture as it was drawn.

Most latents have the mark of how the drawing looks, flat or shaded (`data.marks`): it tells
the decoder whether unevenness is meant. Some are marked flat however their drawing looks: its
areas are to be even then. The words say nothing of it here, so that what is painted has the mark
that is put on it, and no other.

Whether two cells belong to one area cannot be seen from near by: the decoder gets an attention
between all cells, as Stable Diffusion's has it, where it has none yet.
"""

import functools
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from flax.traverse_util import flatten_dict, unflatten_dict
from jaxtyping import Array, Float, Int, PRNGKeyArray, UInt8

from inference.checkpoints import save_component
from inference.models.controlnet import ControlNetModel
from inference.models.vae import AutoencoderKL
from training.data import dataset, marks
from training.data.captions import WORDINGS, encode_wordings
from training.data.choices import Choices, siblings
from training.data.controls import COLOURED
from training.data.dataset import Dataset, originals_of
from training.data.maps import draw_plain, load_all
from training.embedded import draws, train_autoencoder
from training.embedded.painter import Painter, load_controlnets
from training.embedded.presence import EDGE, areas, presence, shade_presence
from training.embedded.train_autoencoder import reconstruction_loss
from training.errors import exit_code
from training.loop import base
from training.loop.checkpoint import Params, TrainState
from training.loop.latents import load_or_encode
from training.loop.onednn import fast_layers
from training.loop.options import add_controlnets, add_strengths, stage_parser
from training.loop.run import Rhythm, run_stage
from training.loop.update import Losses

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

BEGINNINGS = (0.35, 0.25, 0.2, 0.2)
"""How often painting begins at the first, second, … of the few steps, where lines lead it."""
BEGINNINGS_UNLED = (0.0, 0.3, 0.4, 0.3)
"""The same where none do: what is painted of pure noise has the edges of no drawing."""

KNOWN = (0.0, 0.0, 1.0, 1.0)
"""How much pixels count where painting begins there. Behind more noise nobody can know which red
was meant, but a map tells where edges are, and the mark whether colours change inside areas.
There each cell is to keep the colour that the decoder gave it before: pale areas are even, too."""
WIDELY = 4
"""Where areas are to be even, so many cells in a row keep their colour on average."""
LED, EXACT = 2, -1
"""Where painting begins before step `LED`, maps alone say where edges are: those of lines are the
version `EXACT` there, without accidents."""

AS_IT_LOOKS, FLATTENED = 0.6, 0.3
"""The shares of pictures whose mark says how they look, where it is known, and that they be flat
whatever they look like."""
REDRAWN = 0.3
"""How much the pixels of a picture count that is marked flat, and is drawn otherwise."""

SHADES = (30.0, 3.0, 5.0)
"""How much shades count where the mark says flat, nothing, and shaded. Painted latents are uneven,
so that what is to be even has the longest way to go."""

PAINTED = 2 / 3
"""The share of latents that are painted."""


@dataclass(frozen=True)
class Config:
    """Train the decoder of the embedded model on.

    Command: python -m training.embedded.train_decoder --data icons --base runs/together/base
             --controlnet canny=runs/together/canny --strength canny=3.2
             --controlnet scribble=runs/together/scribble --strength scribble=1.5
             --controlnet palette=runs/together/palette --strength palette=1.5
             --latents runs/autoencoder --out runs/decoder --minutes 120
    Time: two hours on two CPU cores.
    Result: runs/decoder/vae, the same encoder with the new decoder, to be packaged in place of the
    base's own (`package --vae`); the log's `edge_f1` on held-out icons, to be compared
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
    learning_rate: float = 2e-4
    ema_decay: float = 0.995
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
    """Which pictures, lines and versions of maps to take; the first `P` are painted.

    `beginnings` says at which of the few steps, from 0. `marked` and `flattened` are 1 where the
    picture's mark says how it looks, and where it says flat; elsewhere nothing is said.
    """

    store: Store
    rows: Int[Array, " B"]
    lines: Int[Array, " B"]
    versions: Int[Array, " B"]
    beginnings: Int[Array, " P"]
    marked: Float[Array, " B"]
    flattened: Float[Array, " B"]


def make_loss(frozen: base.Base, models: Mapping[str, ControlNetModel], config: Config):
    """The autoencoder's reconstruction loss, that of cells' colours, L1 of edges, shades and paper.

    An edge that is missing counts twice as much as one too many: L1 would rather leave out what it
    is not sure of. Paper counts where it is darker than white alone: what is lighter is shown as
    white.
    """
    parts = _parts(config, list(models))
    painter = Painter(frozen, models, draws.spans(parts), config.strengths)
    count = sum(size for _, size in parts)
    side = frozen.vae.config.downscale

    def decode(params: Params, scaled: Float[Array, "B h w Z"]) -> Float[Array, "B H W 3"]:
        latents = scaled / frozen.vae.config.scaling_factor + frozen.vae.config.shift
        decoded: Any = frozen.vae.apply({"params": params}, latents, method="decode")
        return decoded.astype(jnp.float32)

    def painted(batch: Batch, key: PRNGKeyArray) -> Float[Array, "P h w Z"]:
        """What the denoiser comes to in few steps."""
        store, here = batch.store, slice(count)
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
        return painter.paint(
            key, store.frozen, latents, text, conditions, beginnings=batch.beginnings
        )

    def loss(params: Params, batch: Batch, key: PRNGKeyArray) -> tuple[Float[Array, ""], Losses]:
        store = batch.store
        pictures = store.images[batch.rows].astype(jnp.float32) / 127.5 - 1.0
        encoded = store.latents[batch.rows[count:]].astype(jnp.float32)
        looks = store.marks[batch.rows]
        mark = jnp.where(batch.flattened > 0.0, marks.FLAT_MARK, batch.marked * looks)
        flat = mark == marks.FLAT_MARK
        with fast_layers():
            found = painted(batch, key)
            before = decode(store.frozen["vae"], found)
            rebuilt = decode(params, marks.marked(jnp.concatenate([found, encoded]), mark))

        known = jnp.concatenate([jnp.asarray(KNOWN)[batch.beginnings], jnp.ones(len(encoded))])
        known = jnp.where(flat & (looks != marks.FLAT_MARK), REDRAWN * known, known)
        reconstruction = (known * _each(pictures, rebuilt)).mean()
        widely = min(WIDELY * side, pictures.shape[1] // 2)
        strayed = [strayed_colours(before, rebuilt[:count], cell=cell) for cell in (widely, side)]
        colours = jnp.where(flat[:count], *strayed)
        colours = jnp.where(known[:count] == 0.0, colours, 0.0).mean()

        missing = presence(pictures, half=EDGE) - presence(rebuilt, half=EDGE)
        edges = jnp.maximum(2.0 * missing, -missing).mean()

        drawn = shade_presence(pictures)
        drawn = jnp.where(flat[:, None, None], drawn * (1.0 - areas(pictures)), drawn)
        weights = jnp.asarray(SHADES)[(mark - marks.FLAT_MARK).astype(int)]
        off = jnp.abs(drawn - shade_presence(rebuilt)).mean(axis=(1, 2))
        shades = (weights * off).mean()

        white = (pictures > 0.999).all(axis=-1)
        paper = jnp.where(white, 1.0 - jnp.minimum(rebuilt.min(axis=-1), 1.0), 0.0).mean()
        total = reconstruction + 6.0 * colours + 14.0 * edges + shades + 4.0 * paper
        figures = {"colours": colours, "edges": edges, "shades": shades, "paper": paper}
        return total, {"reconstruction": reconstruction, **figures}

    return loss


def _each(
    pictures: Float[Array, "B H W 3"], rebuilt: Float[Array, "B H W 3"]
) -> Float[Array, " B"]:
    return jax.vmap(lambda one, other: reconstruction_loss(one[None], other[None]))(
        pictures, rebuilt
    )


def strayed_colours(
    before: Float[Array, "B H W 3"], after: Float[Array, "B H W 3"], *, cell: int
) -> Float[Array, " B"]:
    """How far the means of so large cells, two in a row at least, are from what they were."""
    window = (cell, cell)
    return _each(*(nn.avg_pool(x, window, window) for x in (before, after)))


def painted_of(batch_size: int) -> int:
    """How many of a batch are painted."""
    return math.ceil(PAINTED * batch_size)


def _parts(config: Config, names: Sequence[str]) -> list[tuple[tuple[str, ...], int]]:
    return draws.counts(painted_of(config.batch_size), names, SEGMENTS)


def get_batch(
    store: Store, originals: Int[np.ndarray, " G"], copies: Choices, config: Config, step: int
) -> Batch:
    """The pictures of this step: any copy of any drawing, with its own lines."""
    rng = np.random.default_rng([config.seed, step, 5])
    size = config.batch_size
    which = rng.integers(len(originals), size=size)
    beginnings = np.concatenate(
        [
            rng.choice(len(KNOWN), size=count, p=BEGINNINGS if _lined(names) else BEGINNINGS_UNLED)
            for names, count in _parts(config, list(store.maps))
        ]
    )
    versions = rng.integers(config.versions, size=size)
    versions[: len(beginnings)][beginnings < LED] = EXACT
    said = rng.random(size)
    return Batch(
        store=store,
        rows=jnp.asarray(copies.draw(originals[which], rng)),
        lines=jnp.asarray(which),
        versions=jnp.asarray(versions),
        beginnings=jnp.asarray(beginnings),
        marked=jnp.asarray(said < AS_IT_LOOKS, jnp.float32),
        flattened=jnp.asarray(said > 1.0 - FLATTENED, jnp.float32),
    )


def _lined(names: Sequence[str]) -> bool:
    return bool(set(names) - COLOURED)


def load_store(
    config: Config, data: Dataset, frozen: base.Base, controlnets: Mapping[str, Params]
) -> Store:
    """Latents, wordings and maps of all pictures, computed or found in the folder `latents`.

    The last version of lines has no accidents.
    """
    folder = config.latents or config.out
    weights = {name: frozen.params[name] for name in ("text_encoder", "unet")}
    maps = load_all(folder, data, config.controlnets, versions=config.versions, seed=config.seed)
    for name in set(maps) - COLOURED:
        exact = draw_plain(name, data.take(originals_of(data)))
        maps[name] = np.concatenate([maps[name], exact[:, None]], axis=1)
    return Store(
        latents=jnp.asarray(load_or_encode(folder, frozen.vae, frozen.params["vae"], data.images)),
        images=jnp.asarray(data.images),
        input_ids=jnp.asarray(encode_wordings(frozen.tokenizer, data)[:, WORDING]),
        marks=jnp.asarray(marks.of_words(data.looks)),
        maps=jax.tree.map(jnp.asarray, maps),
        frozen=jax.tree.map(jnp.asarray, {**weights, "controlnets": controlnets}),
    )


def with_attention(vae: AutoencoderKL, params: Params) -> tuple[AutoencoderKL, Params]:
    """The autoencoder with an attention in its middle blocks that does nothing yet."""
    if vae.config.mid_block_add_attention:
        return vae, params
    config = replace(vae.config, mid_block_add_attention=True)
    fresh: dict = flatten_dict(AutoencoderKL(config).init_params(jax.random.key(0)))
    silent = {
        path: jnp.zeros_like(leaf) if "proj_attn" in path else leaf for path, leaf in fresh.items()
    }
    known: dict = flatten_dict(params)
    whole = unflatten_dict({**silent, **known})
    return AutoencoderKL(config, dtype=vae.dtype), jax.device_get(whole)


def train(config: Config) -> None:
    data = dataset.load(config.data, split="train")
    frozen = base.load(config.base)
    models, controlnets = load_controlnets(config.controlnets)
    store = load_store(config, data, frozen, controlnets)
    vae, before = with_attention(frozen.vae, frozen.params["vae"])
    held_out = train_autoencoder.shown(config.data)
    decoder = jax.tree.map(jnp.asarray, {name: before[name] for name in DECODER})
    store = store._replace(frozen={**store.frozen, "vae": decoder})

    def sample(state: TrainState) -> dict[str, float]:
        params = {**before, **jax.device_get(state.ema)}
        save_component(config.out / "vae", vae.config, params)
        sheet = config.out / f"sample-{int(state.step):06d}.png"
        return {"edge_f1": train_autoencoder.look(vae, params, held_out, sheet)}

    run_stage(
        config,
        decoder,
        make_loss(replace(frozen, vae=vae), models, config),
        functools.partial(
            get_batch, store, np.asarray(originals_of(data)), siblings(data.sources), config
        ),
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
