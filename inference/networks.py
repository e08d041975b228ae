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
from jaxtyping import Array, Bool, Float, Int, Shaped, UInt8

from inference.checkpoints import Bundle, ControlNet
from inference.devices import Devices, Tree
from inference.models.blocks import TextRead
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
"""What ControlNets add to the UNet's skip connections and middle, [D, B, G, ...]; None where there
are none."""


class Text(NamedTuple):
    """What the text encoder says, and what the UNet reads in it at every step. A pytree."""

    states: Float[Any, "D B G L C"]
    read: TextRead  # leaves [D, B, G, L, ...]


class Condition(NamedTuple):
    """What a ControlNet needs of a map and of the text at every step. A pytree."""

    embedding: Float[Any, "D B H W C0"]
    read: TextRead  # leaves [D, B, G, L, ...]


class Place(NamedTuple):
    """Where each slot is: its table, its row, and whether it is there at all. A pytree."""

    tables: Rows  # [D, B, N, ...]
    row: Int[Any, "D B"]
    occupied: Bool[Any, "D B"]


class Pixels(NamedTuple):
    """Pictures, and whether they and the latents that they came from are finite. A pytree."""

    values: UInt8[Any, "D B fH fW 3"]
    is_finite: Bool[Any, "D B"]


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
        self._read_text = devices.program(self._read)
        self._encode_image = devices.program(self._latents)
        self._begin = devices.program(_begin)
        self._tick = devices.program(self._denoise)
        self._decode = devices.program(self._pixels)
        self._preview = devices.program(self._small_pixels)
        self._controlnets = {name: _ControlNet(net, devices) for name, net in controlnets.items()}
        self._zeros: dict[tuple[int, ...], Residuals] = {}

    # What a pipeline calls; every array is [D, B, ...].

    def encode_text(self, ids: Int[np.ndarray, "D B G L"]) -> Text:
        return self.read_text(self._encode_text(self._text_params, ids))

    def read_text(self, states: Float[Any, "D B G L C"]) -> Text:
        return Text(states, self._read_text(self._unet_params, states))

    def encode_image(self, images: UInt8[np.ndarray, "D B fH fW 3"]) -> Float[Array, "D B H W Z"]:
        """The mean of the latents, scaled as the UNet sees them."""
        return self._encode_image(self._vae_params, images)

    def begin(
        self,
        keys: Shaped[np.ndarray, "D B *key"],
        clean: Float[Any, "D B H W Z"],
        scales: Float[np.ndarray, "D B 2"],
    ) -> State:
        """The state before the first evaluation: scales[0]·clean + scales[1]·noise."""
        return self._begin((), keys, clean, scales)

    def condition(self, name: str, maps: UInt8[np.ndarray, "D B fH fW 3"], text: Text) -> Condition:
        net = self._controlnets[name]
        return net.prepare(net.params, maps, text.states)

    def no_residuals(self, state: State, text: Text) -> Residuals:
        """Zeros in the shapes of the residuals, made once for each batch size and picture size."""
        if not self._controlnets:
            return None
        B, H, W = state.x.shape[1:4]
        G, _, C = text.states.shape[2:]
        key = (B, G, H, W)
        if key not in self._zeros:
            net = next(iter(self._controlnets.values()))
            shapes = net.residual_shapes(*key, C)
            self._zeros[key] = self._devices.replicate(
                jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), shapes)
            )
        return self._zeros[key]

    def control(
        self,
        name: str,
        state: State,
        place: Place,
        condition: Condition,
        scale: Float[np.ndarray, "D B"],
        residuals: Residuals,
    ) -> Residuals:
        """`residuals` plus those of one ControlNet, times each slot's strength."""
        net = self._controlnets[name]
        return net.add(net.params, state, place, condition, scale, residuals)

    def tick(
        self,
        state: State,
        place: Place,
        text: Text,
        guidance_scale: Float[np.ndarray, "D B"],
        keys: Shaped[np.ndarray, "D B *key"],
        residuals: Residuals,
    ) -> State:
        """Every live slot, one evaluation further."""
        return self._tick(self._unet_params, state, place, text, guidance_scale, keys, residuals)

    def decode(self, latents: Float[Array, "D B H W Z"]) -> Pixels:
        """Pictures, f pixels to a latent cell."""
        return self._decode(self._vae_params, latents)

    def preview(self, latents: Float[Array, "D B H W Z"]) -> Pixels:
        """Small pictures, of at most `PREVIEW_CELLS` a side."""
        return self._preview(self._vae_params, latents)

    # What a device computes; D is gone.

    def _text(self, params: Any, ids: Int[Array, "B G L"]) -> Float[Array, "B G L C"]:
        states: Any = self._text_encoder.apply(
            {"params": params}, _merged(ids), skip_layers=self._skip_layers
        )
        return _apart(states, ids.shape[1])

    def _read(self, params: Any, states: Float[Array, "B G L C"]) -> TextRead:
        read: Any = self._unet.apply({"params": params}, _merged(states), method="read_text")
        return _apart(read, states.shape[1])

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
        text: Text,
        guidance_scale: Float[Array, "B"],
        keys: Array,
        residuals: Residuals,
    ) -> State:
        rows = rows_at(*place)
        G = text.states.shape[1]
        down, mid = _merged(residuals) or (None, None)
        out: Any = self._unet.apply(
            {"params": params}, *_inputs(state, rows, G), _merged(text.read), down, mid
        )
        branches = _apart(out, G)
        guided = guide(branches[:, 0], branches[:, -1], guidance_scale)
        xi = noise(jax.random.wrap_key_data(keys), place.row + 1, state.x.shape[1:])
        return advance(rows, state, guided, xi)

    def _pixels(self, params: Any, latents: Float[Array, "B H W Z"]) -> Pixels:
        unscaled = latents / self._vae_config.scaling_factor + self._vae_config.shift
        pixels: Any = self._vae.apply({"params": params}, unscaled, method="decode")
        values = jnp.round(pixels.astype(jnp.float32) * 127.5 + 127.5)
        # Found out here, where everything is on the device, and read with the picture itself.
        is_finite = jnp.isfinite(latents).all((1, 2, 3)) & jnp.isfinite(values).all((1, 2, 3))
        return Pixels(jnp.clip(values, 0, 255).astype(jnp.uint8), is_finite)

    def _small_pixels(self, params: Any, latents: Float[Array, "B H W Z"]) -> Pixels:
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
        self.prepare = devices.program(self._prepare)
        self.add = devices.program(self._add)

    def residual_shapes(self, B: int, G: int, H: int, W: int, C: int) -> Any:
        """The shapes of the residuals [B, G, ...] for latents [B, H, W] and C channels of text."""
        config = self._model.config

        def run(params: Any) -> Any:
            sample = jnp.zeros((B * G, H, W, config.in_channels))
            text = jnp.zeros((B * G, 1, C))
            embedding = jnp.zeros((B * G, H, W, config.block_out_channels[0]))
            variables = {"params": jax.tree.map(lambda leaf: leaf[0], params)}
            added = self._model.apply(variables, sample, jnp.zeros(B * G), text, embedding)
            return _apart(added, G)

        return jax.eval_shape(run, self.params)

    def _prepare(
        self, params: Any, maps: UInt8[Array, "B fH fW 3"], states: Float[Array, "B G L C"]
    ) -> Condition:
        variables = {"params": params}
        pixels = maps.astype(jnp.float32) / 255.0
        embedding: Any = self._model.apply(variables, pixels, method="embed_condition")
        read: Any = self._model.apply(variables, _merged(states), method="read_text")
        return Condition(embedding, _apart(read, states.shape[1]))

    def _add(
        self,
        params: Any,
        state: State,
        place: Place,
        condition: Condition,
        scale: Float[Array, "B"],
        residuals: Residuals,
    ) -> Residuals:
        G = jax.tree.leaves(residuals)[0].shape[1]
        embedding = jnp.repeat(condition.embedding, G, axis=0)
        more: Any = self._model.apply(
            {"params": params},
            *_inputs(state, rows_at(*place), G),
            _merged(condition.read),
            embedding,
        )
        strength = scale[:, None, None, None, None]
        # Chosen, not multiplied by 0: what a damaged ControlNet says may be infinite or NaN, and is
        # none of the business of a slot that did not ask for it.
        return jax.tree.map(
            lambda sum_, leaf: jnp.where(
                strength == 0.0, sum_, sum_ + leaf * strength.astype(leaf.dtype)
            ),
            residuals,
            _apart(more, G),
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


def _inputs(state: State, rows: Rows, G: int) -> tuple[Array, Array]:
    """A network's sample and timesteps, [B*G, ...]: each slot once for each branch."""
    sample, timestep = network_input(rows, state)
    return jnp.repeat(sample, G, axis=0), jnp.repeat(timestep, G, axis=0)


def _merged(tree: Tree) -> Tree:
    """Leaves [B, G, ...] as [B*G, ...], which is how a network takes them."""
    return jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[2:]), tree)


def _apart(tree: Tree, G: int) -> Tree:
    """Leaves [B*G, ...] as [B, G, ...]."""
    return jax.tree.map(lambda leaf: leaf.reshape(-1, G, *leaf.shape[1:]), tree)
