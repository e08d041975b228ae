"""Encoding: pictures as latent distributions, captions as hidden states, each once."""

import hashlib
from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, UInt8

from inference.tokenizer import Tokenizer
from training.loop.base import Base
from training.loop.sharding import Placement


class Encoded(NamedTuple):
    """The pictures of a batch: their latents' distribution, and what is said of them.

    `position` is a picture's place in the whole batch: all chance is drawn by it, so neither parts
    nor devices change what is trained on.
    """

    mean: Float[Array, "B h w Z"]
    deviation: Float[Array, "B h w Z"]
    text: Float[Array, "B L D"]
    position: Int[Array, " B"]


class Encoder:
    """The frozen autoencoder and text encoder, and what they made of the data so far.

    What was encoded is kept in host memory until `budget` bytes are full; what came later is
    encoded anew each time, and comes out the same to the bit: a run that goes on does so with an
    empty memory. Nothing makes room for others: in a shuffled epoch each is as likely to
    be next.
    """

    def __init__(self, base: Base, *, budget: int, placement: Placement) -> None:
        self._base = base
        self._placement = placement
        config = base.text_encoder.config
        self._tokenizer = Tokenizer(
            base.tokenizer, positions=config.max_position_embeddings, vocab_size=config.vocab_size
        )
        self._left = budget
        self._kept: dict[Hashable, Any] = {}
        self._vae = placement.put(base.params["vae"])
        self._text = placement.put(base.params["text_encoder"])
        self._moments = placement.row_by_row(self._encode_pictures)
        self._states = placement.row_by_row(self._encode_texts)

    @property
    def kept_bytes(self) -> int:
        return sum(array.nbytes for kept in self._kept.values() for array in kept)

    def batch(self, images: UInt8[np.ndarray, "B H W 3"], captions: Sequence[str]) -> Encoded:
        """Arrays of NumPy, to be put on devices; of several hosts, each has its own pictures."""
        mean, deviation = self.latents(images)
        text = self.texts(captions)
        position = jax.process_index() * len(text) + np.arange(len(text), dtype=np.int32)
        own: Any = (mean, deviation, text, position)
        return Encoded(*own)

    def latents(
        self, images: UInt8[np.ndarray, "B H W 3"]
    ) -> tuple[Float[np.ndarray, "B h w Z"], Float[np.ndarray, "B h w Z"]]:
        """Mean and standard deviation of each picture's latents, scaled for the denoiser."""
        digests = [hashlib.blake2b(image.data, digest_size=16).digest() for image in images]

        def encode(missing: list[int]) -> list[tuple[np.ndarray, ...]]:
            arrays = self._moments(self._vae, self._rows(images, missing))
            return list(zip(*map(np.asarray, arrays), strict=True))

        means, deviations = zip(*self._each(digests, encode), strict=True)
        return np.stack(means), np.stack(deviations)

    def texts(self, captions: Sequence[str]) -> Float[np.ndarray, "B L D"]:
        """Hidden states of the text encoder."""

        def encode(missing: list[int]) -> list[tuple[np.ndarray, ...]]:
            ids = np.stack([self._tokenizer(caption).ids for caption in captions])
            return [
                (row,) for row in np.asarray(self._states(self._text, self._rows(ids, missing)))
            ]

        return np.stack([state for (state,) in self._each(list(captions), encode)])

    def _each(self, keys: list[Any], encode: Any) -> list[tuple[np.ndarray, ...]]:
        missing = [at for at, key in enumerate(keys) if key not in self._kept]
        made = dict(zip(missing, encode(missing), strict=False)) if missing else {}
        found = [made[at] if at in made else self._kept[keys[at]] for at in range(len(keys))]
        for at, arrays in made.items():
            size = sum(array.nbytes for array in arrays)
            if size <= self._left and keys[at] not in self._kept:
                self._kept[keys[at]] = arrays
                self._left -= size
        return found

    def _rows(self, array: np.ndarray, missing: list[int]) -> Array:
        """The missing rows, filled up to a whole batch: one compiled program for any number."""
        whole = -(-len(array) // self._placement.count) * self._placement.count
        return self._placement.put_rows(array[np.resize(np.asarray(missing), whole)])

    def _encode_pictures(
        self, params: Any, images: UInt8[Array, "B H W 3"]
    ) -> tuple[Float[Array, "B h w Z"], Float[Array, "B h w Z"]]:
        config = self._base.vae.config
        pixels = images.astype(jnp.float32) / 127.5 - 1.0
        moments: Any = self._base.vae.apply({"params": params}, pixels, method="encode")
        mean, logvar = (moment.astype(jnp.float32) for moment in moments)
        deviation = jnp.exp(0.5 * logvar)
        return (mean - config.shift) * config.scaling_factor, deviation * config.scaling_factor

    def _encode_texts(self, params: Any, ids: Int[Array, "B L"]) -> Float[Array, "B L D"]:
        states: Any = self._base.text_encoder.apply({"params": params}, ids)
        return states.astype(jnp.float32)
