"""The base model's networks on its devices: small programs, compiled once for a number of rows.

Legend: D devices (leading axis of every array outside, gone inside a program), B slots, R rows of
the UNet, n texts or pictures, L tokens, C channels of the text, H W Z the latent grid and its
channels, f pixels to a latent cell.

Sampler, steps, guidance, strength and seeds are arrays, so none of them ever compiles anything.
"""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, UInt8

from inference.batch import Guidance, Reading, Tick
from inference.checkpoints import Bundle
from inference.devices import Devices, Tree
from inference.models.blocks import TextRead, encoded_shapes
from inference.models.text_encoder import CLIPTextModel
from inference.models.unet import UNet2DConditionModel
from inference.models.vae import AutoencoderKL
from inference.sampling.denoise import Known, State, advance, guide, network_input, noise
from inference.sampling.table import Rows

PREVIEW_CELLS = 32
"""Previews decode at most this many latent cells a side; larger grids are averaged down first."""

Residuals = tuple[tuple[Array, ...], Array]
"""What ControlNets add to the UNet's skip connections and middle, [D, R, ...]."""


class Pixels(NamedTuple):
    """Pictures, and whether they and the latents that they came from are finite. A pytree."""

    values: UInt8[Any, "D n fH fW 3"]
    is_finite: Bool[Any, "D n"]


class Networks:
    """Text encoder, UNet and autoencoder, replicated over the devices."""

    def __init__(self, bundle: Bundle, devices: Devices, *, skip_layers: int = 0) -> None:
        dtype = devices.dtype
        self._skip_layers = skip_layers
        self._vae_config = bundle.vae.config
        self.inpaints = bundle.inpaints
        self._text_encoder = CLIPTextModel(bundle.text_encoder.config, dtype)
        self._unet = UNet2DConditionModel(bundle.unet.config, dtype)
        self._vae = AutoencoderKL(bundle.vae.config, dtype)
        self._text_params = devices.replicate(bundle.text_encoder.params)
        self._unet_params = devices.replicate(bundle.unet.params)
        self._vae_params = devices.replicate(bundle.vae.params)
        text, unet, vae = bundle.text_encoder.config, bundle.unet.config, bundle.vae.config
        self._encode_text = devices.program(self._text, of=(text, skip_layers))
        self._read_text = devices.program(self._read, of=unet)
        self._encode_image = devices.program(self._latents, of=vae)
        self._tick = devices.program(self._denoise, of=unet, consumes=(1,))
        self._decode = devices.program(self._pixels, of=vae)
        self._preview = devices.program(self._small_pixels, of=vae)

    # What is called from outside; every array is [D, ...].

    def encode_text(self, ids: Int[np.ndarray, "D n L"]) -> Float[Array, "D n L C"]:
        return self._encode_text(self._text_params, ids)

    def read_text(self, states: Float[Any, "D n L C"]) -> TextRead:
        """What the UNet reads in a text at every step: leaves [D, n, L, ...]."""
        return self._read_text(self._unet_params, states)

    def encode_image(
        self, images: UInt8[np.ndarray, "D n fH fW 3"], hidden: Bool[np.ndarray, "D n fH fW"]
    ) -> Float[Array, "D n H W Z"]:
        """The mean of the latents, scaled as the UNet sees them, of pictures whose `hidden` pixels
        are grey."""
        return self._encode_image(self._vae_params, images, hidden)

    def tick(
        self,
        state: State,
        known: Known,
        text: TextRead,
        tick: Tick,
        residuals: Residuals | None,
    ) -> State:
        """One evaluation further for each slot whose row is live. Consumes `state`.

        `text` has leaves [D, B, 2, L, ...]: each slot's positive and negative prompt.
        """
        return self._tick(self._unet_params, state, known, text, tick, residuals)

    def decode(self, latents: Float[Array, "D B H W Z"], which: Int[np.ndarray, "D n"]) -> Pixels:
        """The pictures of some slots, f pixels to a latent cell."""
        return self._decode(self._vae_params, latents, which)

    def preview(self, latents: Float[Array, "D B H W Z"], which: Int[np.ndarray, "D n"]) -> Pixels:
        """Small pictures, of at most `PREVIEW_CELLS` a side."""
        return self._preview(self._vae_params, latents, which)

    def prepare(
        self,
        state: State,
        known: Known,
        text: TextRead,
        tick: Tick,
        residuals: Residuals | None,
    ) -> None:
        """Compiles `tick` for arguments of these shapes."""
        self._tick.prepare(self._unet_params, state, known, text, tick, residuals)

    def prepare_pictures(self, latents: Any, which: Int[np.ndarray, "D n"]) -> None:
        """Compiles `decode` and `preview` for arguments of these shapes."""
        for program in (self._decode, self._preview):
            program.prepare(self._vae_params, latents, which)

    def residual_shapes(self, R: int, H: int, W: int) -> Any:
        """Of what ControlNets add to R rows on one device, [R, ...]."""
        skips, middle = encoded_shapes(self._unet.config, H, W)
        shape = partial(jax.ShapeDtypeStruct, dtype=self._unet.dtype)
        return tuple(shape((R, *skip)) for skip in skips), shape((R, *middle))

    # What a device computes; D is gone.

    def _text(self, params: Any, ids: Int[Array, "n L"]) -> Float[Array, "n L C"]:
        states: Any = self._text_encoder.apply(
            {"params": params}, ids, skip_layers=self._skip_layers
        )
        return states

    def _read(self, params: Any, states: Float[Array, "n L C"]) -> TextRead:
        read: Any = self._unet.apply({"params": params}, states, method="read_text")
        return read

    def _latents(
        self, params: Any, images: UInt8[Array, "n fH fW 3"], hidden: Bool[Array, "n fH fW"]
    ) -> Float[Array, "n H W Z"]:
        pixels = images.astype(jnp.float32) / 127.5 - 1.0
        pixels = jnp.where(hidden[..., None], 0.0, pixels)
        moments: Any = self._vae.apply({"params": params}, pixels, method="encode")
        mean = moments[0].astype(jnp.float32)
        return (mean - self._vae_config.shift) * self._vae_config.scaling_factor

    def _denoise(
        self,
        params: Any,
        state: State,
        known: Known,
        text: TextRead,
        tick: Tick,
        residuals: Residuals | None,
    ) -> State:
        down, mid = residuals or (None, None)
        sample, timestep = rows_read(state, tick.rows, tick.reading)
        if known.beside is not None:
            sample = jnp.concatenate([sample, known.beside[tick.reading.slot]], axis=-1)
        out: Any = self._unet.apply(
            {"params": params},
            sample,
            timestep,
            read_by(text, tick.reading),
            down,
            mid,
        )
        keys = jax.random.wrap_key_data(jnp.asarray(tick.keys))
        xi = noise(keys, jnp.asarray(tick.draw), state.x.shape[1:])
        return advance(tick.rows, state, _guided(out, tick.guidance), xi, known)

    def _pixels(
        self, params: Any, latents: Float[Array, "B H W Z"], which: Int[Array, "n"]
    ) -> Pixels:
        return self._shown(params, latents[which])

    def _small_pixels(
        self, params: Any, latents: Float[Array, "B H W Z"], which: Int[Array, "n"]
    ) -> Pixels:
        latents = latents[which]
        n, H, W, Z = latents.shape
        step = -(-max(H, W) // PREVIEW_CELLS)
        cropped = latents[:, : H // step * step, : W // step * step]
        small = cropped.reshape(n, H // step, step, W // step, step, Z).mean((2, 4))
        return self._shown(params, small)

    def _shown(self, params: Any, latents: Float[Array, "n H W Z"]) -> Pixels:
        unscaled = latents / self._vae_config.scaling_factor + self._vae_config.shift
        pixels: Any = self._vae.apply({"params": params}, unscaled, method="decode")
        values = jnp.round(pixels.astype(jnp.float32) * 127.5 + 127.5)
        # Found out here, where everything is on the device, and read with the picture itself.
        is_finite = jnp.isfinite(latents).all((1, 2, 3)) & jnp.isfinite(values).all((1, 2, 3))
        return Pixels(jnp.clip(values, 0, 255).astype(jnp.uint8), is_finite)


def rows_read(state: State, rows: Rows, reading: Reading) -> tuple[Array, Array]:
    """A network's samples and timesteps, [R, ...]."""
    sample, timestep = network_input(rows, state)
    return sample[reading.slot], timestep[reading.slot]


def read_by(text: Tree, reading: Reading) -> Tree:
    """Leaves [B, 2, ...] as [R, ...]: what each row reads."""
    return jax.tree.map(lambda leaf: leaf[reading.slot, reading.branch], text)


def _guided(out: Float[Array, "R H W Z"], guidance: Guidance) -> Float[Array, "B H W Z"]:
    return guide(out[guidance.negative], out[guidance.positive], jnp.asarray(guidance.scale))
