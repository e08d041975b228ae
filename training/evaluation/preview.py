"""Validation samples of networks in training: sheets, and how many show what was asked for."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, UInt8

from inference.controls.canny import canny
from inference.models.controlnet import ControlNetModel
from inference.sampling import build_table
from inference.sampling.denoise import keys_of, noise, sample
from training.data import tokens
from training.data.colours import name_colours
from training.evaluation.edges import edge_f1
from training.evaluation.wishes import Wish
from training.loop.base import Base
from training.loop.checkpoint import Params
from training.loop.onednn import fast_layers


@runtime_checkable
class Asked(Protocol):
    """What a picture is made from."""

    @property
    def caption(self) -> str: ...
    @property
    def map(self) -> UInt8[np.ndarray, "H W 3"]: ...


@dataclass(frozen=True)
class Preview:
    """A model's networks, with or without a ControlNet."""

    base: Base
    controlnet: ControlNetModel | None = None

    def paint(
        self,
        params: Params,
        wishes: Sequence[Asked],
        *,
        seed: int = 0,
        sampler: str = "ddim",
        steps: int = 15,
        guidance_scale: float = 3.0,
    ) -> UInt8[np.ndarray, "N H W 3"]:
        """One picture for each wish, with the seeds from `seed` on.

        `params` has a tree for each network: text_encoder, unet, vae and, if there is one,
        controlnet.
        """
        params = jax.device_put(params)  # once, and not at each step of the sampler
        captions = [wish.caption for wish in wishes]
        ids = jnp.asarray(tokens.encode(self.base.tokenizer, [*[""] * len(captions), *captions]))
        maps = jnp.asarray(np.stack([wish.map for wish in wishes]))
        text, condition = self._prepare(params, ids, maps)
        size = maps.shape[1] // self.base.vae.config.downscale
        shape = (size, size, self.base.unet.config.in_channels)
        keys = keys_of(jnp.arange(seed, seed + len(wishes), dtype=jnp.uint32))
        start = noise(keys, jnp.zeros(len(wishes), jnp.int32), shape)
        latents = sample(
            build_table(sampler, self.base.scheduler, steps),
            lambda x, t: self._predict(params, x, t, text, condition, guidance_scale),
            start,
            keys,
        )
        return self._decode(params["vae"], latents)

    # Compiled once for a preview, however often it paints.

    @functools.cached_property
    def _prepare(self) -> Callable[..., tuple[Array, Array | None]]:
        @jax.jit
        def prepare(
            params: Params, ids: Int[Array, "B2 L"], maps: UInt8[Array, "B fH fW 3"]
        ) -> tuple[Array, Array | None]:
            with fast_layers():
                text: Any = self.base.text_encoder.apply({"params": params["text_encoder"]}, ids)
                if self.controlnet is None:
                    return text, None
                control = jnp.tile(maps.astype(jnp.float32) / 255.0, (2, 1, 1, 1))
                condition: Any = self.controlnet.apply(
                    {"params": params["controlnet"]}, control, method="embed_condition"
                )
            return text, condition

        return prepare

    @functools.cached_property
    def _predict(self) -> Callable[..., Array]:
        @jax.jit
        def predict(
            params: Params,
            latents: Float[Array, "B H W C"],
            timesteps: Float[Array, " B"],
            text: Float[Array, "B2 L D"],
            condition: Float[Array, "B2 H W C0"] | None,
            guidance_scale: float | Array,
        ) -> Float[Array, "B H W C"]:
            both, times = jnp.tile(latents, (2, 1, 1, 1)), jnp.tile(timesteps, 2)
            down, middle = None, None
            with fast_layers():
                if self.controlnet is not None:
                    down, middle = self.controlnet.apply(
                        {"params": params["controlnet"]}, both, times, text, condition
                    )
                output: Any = self.base.unet.apply(
                    {"params": params["unet"]}, both, times, text, down, middle
                )
            plain, prompted = jnp.split(output.astype(jnp.float32), 2)
            return plain + guidance_scale * (prompted - plain)

        return predict

    @functools.cached_property
    def _pixels(self) -> Callable[..., Array]:
        return jax.jit(lambda p, x: self.base.vae.apply({"params": p}, x, method="decode"))

    def _decode(
        self, params: Params, latents: Float[Array, "B H W C"]
    ) -> UInt8[np.ndarray, "B fH fW 3"]:
        config = self.base.vae.config
        scaled = latents / config.scaling_factor + config.shift
        with fast_layers():
            pixels = self._pixels(params, scaled)
        rounded = np.rint((np.asarray(pixels, np.float32) + 1.0) * 127.5)
        return np.clip(rounded, 0, 255).astype(np.uint8)


def scores(wishes: Sequence[Wish], pictures: UInt8[np.ndarray, "N H W 3"]) -> dict[str, float]:
    """The share of pictures of the wished colour, and the mean F1 of their edges."""
    pairs = list(zip(wishes, pictures, strict=True))
    return {
        "colour_right": float(np.mean([name_colours(p).dominant == w.colour for w, p in pairs])),
        "edge_f1": float(np.mean([edge_f1(w.edges, canny(p)[..., 0]) for w, p in pairs])),
    }
