"""Which set's style a picture has: a small classifier, trained on real icons.

It is the judge of style words in `training.evaluate`. Its own accuracy on held-out icons is in its
folder's report.json and is reported beside what it says.
"""

import functools
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import cv2
import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int, PRNGKeyArray, UInt8

from inference.checkpoints.msgpack_file import read_msgpack, write_msgpack
from training import dataset
from training.checkpoint import Params
from training.errors import UnusableDataset, exit_code
from training.loop import Losses, run_stage
from training.options import stage_parser

SIDE = 64
"""Pictures are judged at this size, where the autoencoder's blur does not give them away."""


@dataclass(frozen=True)
class Config:
    """Train the judge of styles.

    Command: python -m training.style_judge --data icons --out runs/style-judge
    Time: a few minutes on two CPU cores.
    Result: report.json with its accuracy on held-out icons, over all and for each style.
    """

    data: Path
    out: Path
    steps: int = 1500
    minutes: float | None = None
    batch_size: int = 64
    learning_rate: float = 2e-3
    ema_decay: float = 0.99
    seed: int = 0


@dataclass(frozen=True)
class Report:
    """The judge's own accuracy on held-out icons, drawn by people."""

    accuracy: float
    styles: dict[str, float]
    count: int


class StyleNetwork(nn.Module):
    """Four convolutions that halve the size, the mean over what is left, one score a style."""

    styles: int

    @nn.compact
    def __call__(self, x: Float[Array, "B H W 3"]) -> Float[Array, "B S"]:
        for width in (16, 32, 64, 96):
            x = nn.relu(nn.GroupNorm(8)(nn.Conv(width, (3, 3), strides=2)(x)))
        return nn.Dense(self.styles)(x.mean((1, 2)))


class Batch(NamedTuple):
    """All pictures, on the device, and which of them to take, flipped or not."""

    pictures: UInt8[Array, "N H W 3"]
    styles: Int[Array, " N"]
    rows: Int[Array, " B"]


@dataclass(frozen=True)
class StyleJudge:
    """A trained judge: the style words it knows, and how good it is."""

    words: tuple[str, ...]
    params: Params
    report: Report

    def __call__(self, pictures: Sequence[UInt8[np.ndarray, "H W 3"]]) -> list[str]:
        """The style word of each picture."""
        return [self.words[i] for i in _judge(self.params, small(pictures), len(self.words))]


def small(pictures: Sequence[UInt8[np.ndarray, "H W 3"]]) -> UInt8[np.ndarray, "N S S 3"]:
    """The pictures at the size at which they are judged."""
    return np.stack([cv2.resize(p, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for p in pictures])


def network_input(pictures: UInt8[Array, "B H W 3"]) -> Float[Array, "B H W 3"]:
    return pictures.astype(jnp.float32) / 127.5 - 1.0


def make_loss(model: StyleNetwork):
    """Cross-entropy on pictures that are flipped and a little noisy."""

    def loss(params: Params, batch: Batch, key: PRNGKeyArray) -> tuple[Float[Array, ""], Losses]:
        flip_key, noise_key = jax.random.split(key)
        x = network_input(batch.pictures[batch.rows])
        flipped = jax.random.bernoulli(flip_key, shape=(len(x), 1, 1, 1))
        x = jnp.where(flipped, x[:, :, ::-1], x)
        x = x + 0.03 * jax.random.normal(noise_key, x.shape)
        scores: Array = model.apply({"params": params}, x)  # pyright: ignore[reportAssignmentType]
        wanted = batch.styles[batch.rows]
        error = optax.softmax_cross_entropy_with_integer_labels(scores, wanted).mean()
        return error, {"cross_entropy": error}

    return loss


def train(config: Config) -> Report:
    data = dataset.load(config.data, split="train")
    held_out = dataset.load(config.data, split="held_out")
    words = tuple(sorted(set(data.styles)))
    if len(words) < 2:
        raise UnusableDataset(
            f"{config.data} must have rows of several styles, got {words}; draw the icons with "
            "python -m training.icons"
        )
    model = StyleNetwork(len(words))
    pictures = jnp.asarray(small(list(data.images)))
    styles = jnp.asarray([words.index(style) for style in data.styles])
    params = model.init(jax.random.key(config.seed), jnp.zeros((1, SIDE, SIDE, 3)))["params"]

    def get_batch(step: int) -> Batch:
        rows = dataset.batch_indices(len(data), config.batch_size, seed=config.seed, step=step)
        return Batch(pictures, styles, jnp.asarray(rows))

    state = run_stage(config, params, make_loss(model), get_batch)
    said = _judge(state.ema, small(list(held_out.images)), len(words))
    right = {
        word: [said[i] == words.index(word) for i, s in enumerate(held_out.styles) if s == word]
        for word in words
    }
    report = Report(
        accuracy=float(np.mean([hit for hits in right.values() for hit in hits])),
        styles={word: float(np.mean(hits)) for word, hits in right.items() if hits},
        count=len(held_out),
    )
    write_msgpack(config.out / "judge.msgpack", jax.device_get(state.ema))
    (config.out / "report.json").write_text(
        json.dumps({"words": words, **asdict(report)}, indent=2) + "\n"
    )
    return report


def load(folder: Path) -> StyleJudge:
    """A trained judge. Raises UnusableDataset, DamagedWeights."""
    try:
        content = json.loads((folder / "report.json").read_text())
    except (OSError, ValueError) as error:
        raise UnusableDataset(
            f"{folder} must hold a judge of styles, got {error}; train one with "
            "python -m training.style_judge"
        ) from error
    words = tuple(content.pop("words"))
    return StyleJudge(words, read_msgpack(folder / "judge.msgpack"), Report(**content))


def _judge(
    params: Params, pictures: UInt8[np.ndarray, "N H W 3"], styles: int
) -> Int[np.ndarray, " N"]:
    parts = [
        np.asarray(_scores(styles, params, jnp.asarray(pictures[i : i + 256]))).argmax(-1)
        for i in range(0, len(pictures), 256)
    ]
    return np.concatenate(parts)


@functools.partial(jax.jit, static_argnums=0)
def _scores(styles: int, params: Params, pictures: UInt8[Array, "B H W 3"]) -> Float[Array, "B S"]:
    scores: Array = StyleNetwork(styles).apply({"params": params}, network_input(pictures))  # pyright: ignore[reportAssignmentType]
    return scores


def main(argv: list[str] | None = None) -> int:
    parser = stage_parser("style_judge", Config)
    config = Config(**vars(parser.parse_args(argv)))

    def command() -> None:
        report = train(config)
        print(f"accuracy on {report.count} held-out icons: {report.accuracy:.1%}")

    return exit_code(command)


if __name__ == "__main__":
    sys.exit(main())
