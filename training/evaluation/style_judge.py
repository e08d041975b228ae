"""Style classifier, flat or shaded, judging as one would: do colours change inside areas?

It is the judge of style words in `training.evaluate`: a logistic regression on how steep colours
are, fitted to the icons of the two sets that are called flat and shaded. It sees them through the
model's own autoencoder, with the mark of their style (`data.marks`): as one would paint them
who made no mistake, so that what the autoencoder does to every picture is not taken for shading.
How often it is right about held-out icons as they were drawn is reported beside what it says.
"""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, UInt8

from inference.checkpoints import Bundle
from inference.models.vae import AutoencoderKL
from training.data import marks
from training.data.dataset import Dataset, originals_of
from training.data.styles import FLAT, LOOKS, SHADED, steepness

Pictures = Sequence[UInt8[np.ndarray, "H W 3"]]
Through = Callable[[Pictures, Sequence[str]], Pictures]
"""What happens to pictures of these styles before they are judged."""

_BLURS = (1.0, 2.5)
_EDGE = 3.0
_STEPS = np.geomspace(0.02, 20.0, 15)
_RIDGE = 1e-3


@dataclass(frozen=True)
class StyleJudge:
    """A fitted judge, and how often it is right about icons as drawn, both styles alike."""

    mean: Float[np.ndarray, " F"]
    weights: Float[np.ndarray, " F"]
    bias: float
    accuracy: float

    def __call__(self, pictures: Pictures) -> list[str]:
        """The style word of each picture."""
        shaded = self.shaded(np.stack([features(picture) for picture in pictures]))
        return [SHADED if one else FLAT for one in shaded]

    def shaded(self, seen: Float[np.ndarray, "N F"]) -> Bool[np.ndarray, " N"]:
        """Which of the pictures with these `features` are shaded."""
        return (seen - self.mean) @ self.weights + self.bias > 0.0


def features(picture: UInt8[np.ndarray, "H W 3"]) -> Float[np.ndarray, " F"]:
    """Which shares of what is drawn are less steep than so much, and the same far from edges."""
    drawn = cv2.erode((picture.min(axis=-1) < 250).astype(np.uint8), np.ones((3, 3))) > 0
    fine = steepness(picture, blur=_BLURS[0])
    far = cv2.erode((drawn & (fine < _EDGE)).astype(np.uint8), np.ones((5, 5))) > 0
    return np.concatenate(
        [
            np.searchsorted(np.sort(steepness(picture, blur=blur)[area]), _STEPS)
            / max(area.sum(), 1)
            for blur in _BLURS
            for area in (drawn, far)
        ]
    )


def fit(train: Dataset, held_out: Dataset, through: Through) -> StyleJudge:
    """The judge, who sees all pictures `through` what they come from."""
    seen, shaded = _features_of_both(train, through)
    # As they were drawn: the mark would give away what is to be told.
    unseen, truly = _features_of_both(held_out, lambda pictures, _: pictures)
    mean = seen.mean(axis=0)
    weights = logistic(np.c_[seen - mean, np.ones(len(seen))], shaded)
    judge = StyleJudge(mean, weights[:-1], float(weights[-1]), accuracy=0.0)
    right = judge.shaded(unseen) == truly
    shares = [right[truly == style].mean() for style in (False, True)]
    return dataclasses.replace(judge, accuracy=float(np.mean(shares)))


def logistic(x: Float[np.ndarray, "N F"], y: Bool[np.ndarray, " N"]) -> Float[np.ndarray, " F"]:
    """The weights of a logistic regression with a little ridge, by Newton's method."""
    weights = np.zeros(x.shape[1])
    for _ in range(25):
        p = 1.0 / (1.0 + np.exp(-np.clip(x @ weights, -30.0, 30.0)))
        gradient = x.T @ (p - y) / len(x) + _RIDGE * weights
        curvature = (x * (p * (1.0 - p))[:, None]).T @ x / len(x) + _RIDGE * np.eye(x.shape[1])
        weights = weights - np.linalg.solve(curvature, gradient)
    return weights


def autoencoded(
    bundle: Bundle, pictures: Pictures, styles: Sequence[str], *, batch_size: int = 32
) -> Pictures:
    """The pictures as the model's autoencoder gives them back, marked as being of these styles."""
    config = bundle.vae.config
    vae = AutoencoderKL(config)

    @jax.jit
    def rebuild(params: dict, pixels: Array, marks_of_all: Array) -> Array:
        mean, _ = vae.apply({"params": params}, pixels / 127.5 - 1.0, method="encode")
        latents = marks.marked((mean - config.shift) * config.scaling_factor, marks_of_all)
        latents = latents / config.scaling_factor + config.shift
        rebuilt: Array = vae.apply({"params": params}, latents, method="decode")  # pyright: ignore
        return jnp.clip(jnp.rint((rebuilt + 1.0) * 127.5), 0, 255).astype(jnp.uint8)

    params = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float32), bundle.vae.params)
    rebuilt = []
    for start in range(0, len(pictures), batch_size):
        batch = np.stack(pictures[start : start + batch_size]).astype(np.float32)
        filled = np.resize(batch, (batch_size, *batch.shape[1:]))
        of_styles = np.resize(marks.of_words(styles[start : start + batch_size]), batch_size)
        rebuilt.extend(np.asarray(rebuild(params, filled, of_styles))[: len(batch)])
    return rebuilt


def _features_of_both(
    data: Dataset, through: Through
) -> tuple[Float[np.ndarray, "N F"], Bool[np.ndarray, " N"]]:
    """Of the drawings of both sets, copies left out, and which of them are of the shaded set."""
    rows = [row for row in originals_of(data) if data.styles[row] in LOOKS]
    pictures = through([data.images[row] for row in rows], [data.styles[row] for row in rows])
    seen = np.stack([features(picture) for picture in pictures])
    return seen, np.asarray([data.styles[row] == SHADED for row in rows])
