"""Training an upscaler behind a model's decoder: small pictures to large ones with crisp edges.

    python -m training.train_upscaler --data icons --out runs/upscaler --minutes 90

The network is Real-ESRGAN's compact one (`inference.models.upscaler`). What it sees are small crops
of what the model makes of drawings (`training.enlarging.pairs`), and what is to come of them are
the same drawings, drawn large. The loss is L1, which would rather put an edge somewhere than
everywhere a little, of pixels and of the differences between neighbours; and colours are to stay
what they are, on average over a few pixels.
"""

import functools
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, PRNGKeyArray, UInt8
from PIL import Image

from inference.checkpoints import save_component
from inference.models.upscaler import SRVGGNetCompact
from inference.models.upscaler_config import UpscalerConfig
from training.data import dataset
from training.enlarging import pairs
from training.enlarging.figures import lanczos
from training.enlarging.pairs import Pairs, recoloured
from training.errors import exit_code
from training.evaluation.contact_sheet import contact_sheet
from training.loop.checkpoint import Params, TrainState
from training.loop.options import stage_parser
from training.loop.precision import compute_dtype
from training.loop.run import Rhythm, run_stage
from training.loop.update import Losses

PAINTED = 0.4
"""The share of crops that are of painted pictures."""
AT_EDGES = 0.75
"""The share of crops around an edge of the drawing; the others are from anywhere."""
MARGIN = 4
"""Pixels, small, that do not count at a side where a crop was cut: what is beyond cannot be seen
there. Where the picture itself ends they do count."""
FAINT = 0.02
"""Of 1: what is less off than that hardly counts."""
AREA = 4
"""Colours are to stay on average over so many pixels, small, in a row and column."""


@dataclass(frozen=True)
class Config:
    """Train an upscaler behind a model's decoder.

    Command: python -m training.train_upscaler --data icons --out runs/upscaler --minutes 90
    Time: an hour or two on two CPU cores, minutes on a GPU.
    Result: runs/upscaler/upscaler, to be packaged with the model
    (`python -m training.embedded.package --upscaler`).
    """

    data: Path
    out: Path
    model: str = "embedded"
    count: int = 2000
    num_feat: int = 32
    num_conv: int = 6
    steps: int = 40000
    minutes: float | None = None
    batch_size: int = 12
    crop: int = 44
    learning_rate: float = 1e-3
    ema_decay: float = 0.998
    sample_every: int = 500
    seed: int = 0


class Batch(NamedTuple):
    """Crops, 0 to 1, and where they count: where both show the same, away from where they were
    cut."""

    small: Float[Array, "B h w 3"]
    large: Float[Array, "B sh sw 3"]
    counts: Float[Array, "B h w"]


def robust(off: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """L1 that is quadratic where next to nothing is off (Charbonnier): most of a drawing is even,
    and what is right there already must not outweigh its edges."""
    return jnp.sqrt(jnp.square(off) + FAINT**2) - FAINT


def make_loss(model: SRVGGNetCompact):
    """L1 of pixels, and of differences between neighbours, and of areas' colours."""
    s = model.config.upscale

    def loss(params: Params, batch: Batch, key: PRNGKeyArray) -> tuple[Float[Array, ""], Losses]:
        del key
        made: Any = model.apply({"params": params}, batch.small)
        counts = batch.counts.repeat(s, axis=1).repeat(s, axis=2)[..., None]
        off = made - batch.large
        pixels = (counts * robust(off)).mean()
        slopes = (counts[:, 1:] * robust(off[:, 1:] - off[:, :-1])).mean() + (
            counts[:, :, 1:] * robust(off[:, :, 1:] - off[:, :, :-1])
        ).mean()
        shown = nn.avg_pool(made, (s * AREA,) * 2, (s * AREA,) * 2)
        meant = nn.avg_pool(batch.small, (AREA,) * 2, (AREA,) * 2)
        colours = jnp.abs(shown - meant).mean()
        total = pixels + slopes + 0.5 * colours
        return total, {"pixels": pixels, "slopes": slopes, "colours": colours}

    return loss


def get_batch(found: Pairs, maps: UInt8[np.ndarray, "N H W"], config: Config, step: int) -> Batch:
    """The crops of this step, turned, mirrored, and with their colours changed for one another."""
    rng = np.random.default_rng([config.seed, step])
    rows = dataset.batch_indices(len(maps), config.batch_size, seed=config.seed, step=step)
    crops = [_crop(found, maps, int(row), config.crop, rng) for row in rows]
    small, large, counts = (np.stack(parts) for parts in zip(*crops, strict=True))
    return Batch(
        small=jnp.asarray(small, jnp.float32) / 255.0,
        large=jnp.asarray(large, jnp.float32) / 255.0,
        counts=jnp.asarray(counts, jnp.float32),
    )


def _crop(
    found: Pairs,
    maps: UInt8[np.ndarray, "N H W"],
    row: int,
    side: int,
    rng: np.random.Generator,
) -> tuple[UInt8[np.ndarray, "h w 3"], UInt8[np.ndarray, "sh sw 3"], Bool[np.ndarray, "h w"]]:
    s, (height, width) = found.times, maps.shape[1:]
    room = np.array([height - side, width - side])
    edges = np.argwhere(maps[row] > 127)
    if len(edges) and rng.random() < AT_EDGES:
        corner = edges[rng.integers(len(edges))] - rng.integers(side, size=2)
    else:
        corner = rng.integers(room + 1)
    top, left = (int(c) for c in np.clip(corner, 0, room))
    here = slice(top, top + side), slice(left, left + side)
    there = slice(s * top, s * (top + side)), slice(s * left, s * (left + side))
    i = row + len(maps) * (rng.random() < PAINTED)
    large = recoloured(found.large[row][there], found.off[i][here])
    counts = found.alike[i][here] & away_from_cuts(top, side, height)[:, None]
    counts &= away_from_cuts(left, side, width)
    turns, mirrored, colours = rng.integers(4), rng.random() < 0.5, rng.permutation(3)

    def turned(x: np.ndarray) -> np.ndarray:
        x = np.rot90(x, int(turns))
        return x[:, ::-1] if mirrored else x

    return (
        turned(found.small[i][here])[..., colours],
        turned(large)[..., colours],
        turned(counts),
    )


def away_from_cuts(start: int, side: int, whole: int) -> Bool[np.ndarray, " side"]:
    """Along one side of a crop: what lies so far inside that its surroundings are seen."""
    at = np.arange(start, start + side)
    first, last = (0 if start == 0 else MARGIN), (0 if start + side == whole else MARGIN)
    return (at >= start + first) & (at < start + side - last)


def enlarge(
    model: SRVGGNetCompact, params: Params, pictures: UInt8[np.ndarray, "N H W 3"]
) -> UInt8[np.ndarray, "N sH sW 3"]:
    """The pictures, one at a time."""

    @jax.jit
    def one(params: Params, picture: UInt8[Array, "H W 3"]) -> UInt8[Array, "sH sW 3"]:
        made: Any = model.apply({"params": params}, picture[None].astype(jnp.float32) / 255.0)
        return jnp.clip(jnp.rint(made[0] * 255.0), 0, 255).astype(jnp.uint8)

    return np.stack([np.asarray(one(params, picture)) for picture in pictures])


def train(config: Config) -> None:
    data = pairs.originals(dataset.load(config.data, split="train"), count=config.count)
    found = pairs.make(config.data, data, model=config.model, kept=config.out)
    model = SRVGGNetCompact(
        UpscalerConfig(num_feat=config.num_feat, num_conv=config.num_conv, upscale=found.times),
        dtype=compute_dtype(),
    )
    looked_at = found.small[:: max(1, len(found.small) // 12)][:12]

    def sample(state: TrainState) -> dict[str, float]:
        params = jax.device_get(state.ema)
        save_component(config.out / "upscaler", model.config, params)
        before = [lanczos(picture, found.times) for picture in looked_at]
        after = enlarge(model, params, looked_at)
        cells = [np.concatenate(both) for both in zip(before, after, strict=True)]
        Image.fromarray(contact_sheet(cells, columns=6)).save(
            config.out / f"sample-{int(state.step):06d}.png"
        )
        return {}

    run_stage(
        config,
        quiet(model.init_params(jax.random.key(config.seed))),
        make_loss(model),
        functools.partial(get_batch, found, data.maps, config),
        rhythm=Rhythm(sample=config.sample_every),
        sample=sample,
    )


def quiet(params: Params) -> Params:
    """The last convolution adds next to nothing yet: training begins with nearest neighbours."""
    last = max(params, key=lambda name: int(name.removeprefix("body_")))
    return {**params, last: jax.tree.map(lambda leaf: 0.01 * leaf, params[last])}


def main(argv: list[str] | None = None) -> int:
    parser = stage_parser("train_upscaler", Config)
    parser.add_argument("--model", default=Config.model, help="whose pictures it is to enlarge")
    parser.add_argument("--count", type=int, default=Config.count, help="drawings to learn from")
    parser.add_argument("--num-feat", type=int, default=Config.num_feat, help="channels")
    parser.add_argument("--num-conv", type=int, default=Config.num_conv, help="convolutions")
    parser.add_argument("--crop", type=int, default=Config.crop, help="pixels a side, small")
    config = Config(**vars(parser.parse_args(argv)))
    return exit_code(lambda: train(config))


if __name__ == "__main__":
    sys.exit(main())
