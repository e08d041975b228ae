"""A model's networks on its devices: small programs, each compiled once for a batch size.

Legend: D devices (leading axis of every array outside, gone inside a program), B slots, G guidance
branches (2: negative and positive prompt; 1 where nothing is guided), L tokens, C channels of the
text, H W Z the latent grid and its channels, f pixels to a latent cell.

Sampler, steps, guidance, strength and seeds are arrays, so none of them ever compiles anything.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, UInt8

from inference.checkpoints import Bundle, ControlNet
from inference.devices import Devices
from inference.models.controlnet import ControlNetModel
from inference.models.text_encoder import CLIPTextModel
from inference.models.unet import UNet2DConditionModel
from inference.models.vae import AutoencoderKL
from inference.sampling.denoise import (
    State,
    advance,
    fresh,
    guide,
    network_input,
    noise,
    rows_at,
    starting_latents,
)
from inference.sampling.table import Rows

PREVIEW_CELLS = 32
"""Previews decode at most this many latent cells a side; larger grids are averaged down first."""

Residuals = tuple[tuple[Array, ...], Array] | None
"""What ControlNets add to the UNet's skip connections and middle; None where there are none."""


class Place(NamedTuple):
    """Where each slot is: its table, its row, and whether it is there at all. A pytree."""

    tables: Rows  # [D, B, N, ...]
    row: Any  # [D, B] int32
    occupied: Any  # [D, B] bool


class Networks:
    """Text encoder, UNet, autoencoder and ControlNets, replicated over the devices."""

    def __init__(
        self,
        bundle: Bundle,
        controlnets: Mapping[str, ControlNet],
        devices: Devices,
        *,
        skip_layers: int = 0,
    ) -> None:
        dtype = devices.dtype
        self._devices = devices
        self._skip_layers = skip_layers
        self._vae_config = bundle.vae.config
        self._text_encoder = CLIPTextModel(bundle.text_encoder.config, dtype)
        self._unet = UNet2DConditionModel(bundle.unet.config, dtype)
        self._vae = AutoencoderKL(bundle.vae.config, dtype)
        self._text_params = devices.replicate(bundle.text_encoder.params)
        self._unet_params = devices.replicate(bundle.unet.params)
        self._vae_params = devices.replicate(bundle.vae.params)
        self._encode_text = devices.program(self._text)
        self._encode_image = devices.program(self._latents)
        self._begin = devices.program(_begin)
        self._tick = devices.program(self._denoise)
        self._decode = devices.program(self._pixels)
        self._preview = devices.program(self._small_pixels)
        self._controlnets = {name: _ControlNet(net, devices) for name, net in controlnets.items()}
        self._zeros: dict[tuple[int, ...], Residuals] = {}

    # What a pipeline calls; every array is [D, B, ...].

    def encode_text(self, ids: Int[np.ndarray, "D B G L"]) -> Float[Array, "D B G L C"]:
        return self._encode_text(self._text_params, ids)

    def encode_image(self, images: UInt8[np.ndarray, "D B fH fW 3"]) -> Float[Array, "D B H W Z"]:
        """The mean of the latents, scaled as the UNet sees them."""
        return self._encode_image(self._vae_params, images)

    def begin(self, keys: np.ndarray, clean: Any, scales: Float[np.ndarray, "D B 2"]) -> State:
        """The state before the first evaluation: scales[0]·clean + scales[1]·noise."""
        return self._begin((), keys, clean, scales)

    def embed_condition(
        self, name: str, maps: UInt8[np.ndarray, "D B fH fW 3"]
    ) -> Float[Array, "D B H W C0"]:
        net = self._controlnets[name]
        return net.embed(net.params, maps)

    def no_residuals(self, state: State, text: Array) -> Residuals:
        """Zeros in the shapes of the residuals, made once for each batch size and picture size."""
        if not self._controlnets:
            return None
        B, H, W = state.x.shape[1:4]
        key = (B * text.shape[2], H, W)
        if key not in self._zeros:
            net = next(iter(self._controlnets.values()))
            shapes = net.residual_shapes(*key, text.shape[-1])
            self._zeros[key] = self._devices.replicate(
                jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), shapes)
            )
        return self._zeros[key]

    def control(
        self,
        name: str,
        state: State,
        place: Place,
        text: Array,
        embedding: Array,
        scale: Float[np.ndarray, "D B"],
        residuals: Residuals,
    ) -> Residuals:
        """`residuals` plus those of one ControlNet, times each slot's strength."""
        net = self._controlnets[name]
        return net.add(net.params, state, place, text, embedding, scale, residuals)

    def tick(
        self,
        state: State,
        place: Place,
        text: Array,
        guidance_scale: Float[np.ndarray, "D B"],
        keys: np.ndarray,
        residuals: Residuals,
    ) -> State:
        """Every live slot, one evaluation further."""
        return self._tick(self._unet_params, state, place, text, guidance_scale, keys, residuals)

    def decode(self, latents: Array) -> UInt8[Array, "D B fH fW 3"]:
        return self._decode(self._vae_params, latents)

    def preview(self, latents: Array) -> UInt8[Array, "D B h w 3"]:
        return self._preview(self._vae_params, latents)

    # What a device computes; D is gone.

    def _text(self, params: Any, ids: Int[Array, "B G L"]) -> Float[Array, "B G L C"]:
        flat = ids.reshape(-1, ids.shape[-1])
        text: Any = self._text_encoder.apply(
            {"params": params}, flat, skip_layers=self._skip_layers
        )
        return text.reshape(*ids.shape, -1)

    def _latents(self, params: Any, images: UInt8[Array, "B fH fW 3"]) -> Float[Array, "B H W Z"]:
        pixels = images.astype(jnp.float32) / 127.5 - 1.0
        moments: Any = self._vae.apply({"params": params}, pixels, method="encode")
        mean = moments[0].astype(jnp.float32)
        return (mean - self._vae_config.shift) * self._vae_config.scaling_factor

    def _denoise(
        self,
        params: Any,
        state: State,
        place: Place,
        text: Float[Array, "B G L C"],
        guidance_scale: Float[Array, "B"],
        keys: Array,
        residuals: Residuals,
    ) -> State:
        rows = rows_at(*place)
        down, mid = residuals or (None, None)
        out: Any = self._unet.apply({"params": params}, *_branches(state, rows, text), down, mid)
        branches = out.reshape(*text.shape[:2], *out.shape[1:])
        guided = guide(branches[:, 0], branches[:, -1], guidance_scale)
        xi = noise(jax.random.wrap_key_data(keys), place.row + 1, state.x.shape[1:])
        return advance(rows, state, guided, xi)

    def _pixels(self, params: Any, latents: Float[Array, "B H W Z"]) -> UInt8[Array, "B fH fW 3"]:
        unscaled = latents / self._vae_config.scaling_factor + self._vae_config.shift
        pixels: Any = self._vae.apply({"params": params}, unscaled, method="decode")
        bytes_ = jnp.round(pixels.astype(jnp.float32) * 127.5 + 127.5)
        return jnp.clip(bytes_, 0, 255).astype(jnp.uint8)

    def _small_pixels(
        self, params: Any, latents: Float[Array, "B H W Z"]
    ) -> UInt8[Array, "B h w 3"]:
        B, H, W, Z = latents.shape
        step = -(-max(H, W) // PREVIEW_CELLS)
        cropped = latents[:, : H // step * step, : W // step * step]
        small = cropped.reshape(B, H // step, step, W // step, step, Z).mean((2, 4))
        return self._pixels(params, small)


class _ControlNet:
    """One ControlNet's parameters and its two programs."""

    def __init__(self, net: ControlNet, devices: Devices) -> None:
        self._model = ControlNetModel(net.config, devices.dtype)
        self.params = devices.replicate(net.params)
        self.embed = devices.program(self._embed)
        self.add = devices.program(self._add)

    def residual_shapes(self, branches: int, height: int, width: int, text_width: int) -> Any:
        """The shapes of the residuals for [branches, height, width] latents."""
        config = self._model.config

        def run(params: Any) -> Any:
            sample = jnp.zeros((branches, height, width, config.in_channels))
            text = jnp.zeros((branches, 1, text_width))
            embedding = jnp.zeros((branches, height, width, config.block_out_channels[0]))
            variables = {"params": jax.tree.map(lambda leaf: leaf[0], params)}
            return self._model.apply(variables, sample, jnp.zeros(branches), text, embedding)

        return jax.eval_shape(run, self.params)

    def _embed(self, params: Any, maps: UInt8[Array, "B fH fW 3"]) -> Float[Array, "B H W C0"]:
        pixels = maps.astype(jnp.float32) / 255.0
        embedding: Any = self._model.apply({"params": params}, pixels, method="embed_condition")
        return embedding

    def _add(
        self,
        params: Any,
        state: State,
        place: Place,
        text: Float[Array, "B G L C"],
        embedding: Float[Array, "B H W C0"],
        scale: Float[Array, "B"],
        residuals: Residuals,
    ) -> Residuals:
        G = text.shape[1]
        inputs = _branches(state, rows_at(*place), text)
        more: Any = self._model.apply({"params": params}, *inputs, jnp.repeat(embedding, G, axis=0))
        strength = jnp.repeat(scale, G)[:, None, None, None]
        return jax.tree.map(
            lambda sum_, leaf: sum_ + leaf * strength.astype(leaf.dtype), residuals, more
        )


def _begin(
    _params: tuple[()],
    keys: Array,
    clean: Float[Array, "B H W Z"],
    scales: Float[Array, "B 2"],
) -> State:
    draw = jnp.zeros(keys.shape[0], jnp.int32)
    xi = noise(jax.random.wrap_key_data(keys), draw, clean.shape[1:])
    return fresh(starting_latents(scales, clean, xi))


def _branches(
    state: State, rows: Rows, text: Float[Array, "B G L C"]
) -> tuple[Array, Array, Array]:
    """A network's sample, timesteps and text, [B*G, ...]: each slot once for each branch."""
    B, G = text.shape[:2]
    sample, timestep = network_input(rows, state)
    return (
        jnp.repeat(sample, G, axis=0),
        jnp.repeat(timestep, G, axis=0),
        text.reshape(B * G, *text.shape[2:]),
    )
