"""ControlNets on the devices: parameters by name, and programs that all of one shape share.

Legend: as in `inference.networks`; M places for a slot's controls. A ControlNet's residuals are
computed for its own rows, and added to those of the UNet's rows that asked for them.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, UInt8

from inference.batch import ControlCall
from inference.checkpoints import ControlNet
from inference.devices import Devices
from inference.models.blocks import TextRead
from inference.models.controlnet import ControlNetModel
from inference.networks import Residuals, rows_read
from inference.sampling.denoise import State
from inference.sampling.table import Rows


class Conditioned(NamedTuple):
    """What the slots' controls need of map and text at every step. A pytree."""

    embedding: Float[Any, "D B M H W C0"]
    text: TextRead  # leaves [D, B, M, 2, L, ...]


class ControlNets:
    """Those that are on the devices now."""

    def __init__(
        self,
        devices: Devices,
        controlnets: Mapping[str, ControlNet] = {},
        *,
        are_to_come: bool = False,
    ) -> None:
        """With some that are to come, the UNet is compiled for residuals from the beginning."""
        self._devices = devices
        self._are_to_come = are_to_come
        self._shapes: dict[Any, _Programs] = {}
        self._loaded: dict[str, Placed] = {}
        self._begin = devices.program(_begun, of=())
        self._add = devices.program(_added, of=(), consumes=(1,))
        for name, net in controlnets.items():
            self.load(name, net)

    def load(self, name: str, net: ControlNet) -> None:
        """A copy on every device."""
        self.put(name, self.placed(net))

    def placed(self, net: ControlNet) -> "Placed":
        """A copy on every device that nobody can ask for before it is `put`; on any thread."""
        if net.config not in self._shapes:
            model = ControlNetModel(net.config, self._devices.dtype)
            self._shapes.setdefault(net.config, _Programs(model, self._devices))
        params, programs = self._devices.replicate(net.params), self._shapes[net.config]
        programs.params = jax.tree.map(_shape, params)
        return Placed(params, programs)

    def put(self, name: str, placed: "Placed") -> None:
        self._loaded[name] = placed

    def unload(self, name: str) -> None:
        """Gives its memory back once what is running with it is done."""
        del self._loaded[name]

    def __contains__(self, name: object) -> bool:
        return name in self._loaded

    def __bool__(self) -> bool:
        """Whether there are any, or are to come."""
        return bool(self._loaded) or self._are_to_come

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._loaded)

    def bytes(self, name: str) -> int:
        """On each device."""
        leaves = jax.tree.leaves(self._loaded[name].params)
        return sum(leaf.nbytes for leaf in leaves) // self._devices.count

    def embed(
        self, name: str, maps: UInt8[np.ndarray, "D n fH fW 3"]
    ) -> Float[Array, "D n H W C0"]:
        """A control map on the latent grid."""
        params, programs = self._loaded[name]
        return programs.embed(params, maps)

    def read_text(self, name: str, states: Float[Array, "D n L C"]) -> TextRead:
        """What it reads in a text at every step: leaves [D, n, L, ...]."""
        params, programs = self._loaded[name]
        return programs.read(params, states)

    def residuals(
        self, name: str, state: State, conditioned: Conditioned, rows: Rows, call: ControlCall
    ) -> Residuals:
        """Times each row's strength, for the rows of the call."""
        params, programs = self._loaded[name]
        return programs.run(params, state, conditioned, rows, call)

    def added(
        self, total: Residuals | None, more: Residuals, call: ControlCall, size: int
    ) -> Residuals:
        """The residuals of `size` rows of the UNet, with those of a call. Consumes `total`."""
        if total is None:
            return self._begin((), more, call.target, np.zeros((self._devices.count, size), bool))
        return self._add((), total, more, call.target)

    def prepare(
        self, state: State, conditioned: Conditioned, rows: Rows, call: ControlCall
    ) -> None:
        """Compiles `residuals` for arguments of these shapes, for every shape of ControlNet."""
        for programs in list(self._shapes.values()):
            programs.run.prepare(programs.params, state, conditioned, rows, call)

    def sample(
        self, placed: "Placed", maps: UInt8[np.ndarray, "D n fH fW 3"], states: Any
    ) -> tuple[Array, TextRead]:
        """Compiles what reads map and text, and what that gives; on any thread."""
        params, programs = placed
        programs.embed.prepare(params, maps)
        programs.read.prepare(params, states)
        return programs.embed(params, maps), programs.read(params, states)

    def prepare_sum(self, more: Residuals, call: ControlCall, total: Residuals) -> None:
        """Compiles `added` for arguments of these shapes."""
        size = total[1].shape[1]
        blank = np.zeros((self._devices.count, size), bool)
        self._begin.prepare((), more, call.target, blank)
        self._add.prepare((), total, more, call.target)


class _Programs:
    """What ControlNets of one configuration share: their parameters are data."""

    def __init__(self, model: ControlNetModel, devices: Devices) -> None:
        self._model = model
        self.params: Any = None
        """Their shapes [D, ...], once one of them was placed."""
        self.embed = devices.program(self._embed, of=model.config)
        self.read = devices.program(self._read, of=model.config)
        self.run = devices.program(self._run, of=model.config)

    def _embed(self, params: Any, maps: UInt8[Array, "n fH fW 3"]) -> Float[Array, "n H W C0"]:
        pixels = maps.astype(jnp.float32) / 255.0
        embedding: Any = self._model.apply({"params": params}, pixels, method="embed_condition")
        return embedding

    def _read(self, params: Any, states: Float[Array, "n L C"]) -> TextRead:
        read: Any = self._model.apply({"params": params}, states, method="read_text")
        return read

    def _run(
        self, params: Any, state: State, conditioned: Conditioned, rows: Rows, call: ControlCall
    ) -> Residuals:
        slot, place = call.reading.slot, call.place
        text = jax.tree.map(lambda leaf: leaf[slot, place, call.reading.branch], conditioned.text)
        more: Any = self._model.apply(
            {"params": params},
            *rows_read(state, rows, call.reading),
            text,
            conditioned.embedding[slot, place],
        )
        scale = jnp.asarray(call.scale)[:, None, None, None]
        return jax.tree.map(lambda leaf: leaf * scale.astype(leaf.dtype), more)


class Placed(NamedTuple):
    """A ControlNet on every device, and the programs of its shape."""

    params: Any
    programs: _Programs


def _shape(leaf: Any) -> Any:
    return jax.ShapeDtypeStruct(leaf.shape, leaf.dtype)


def _begun(_params: tuple[()], more: Residuals, target: Int[Array, "n"], blank: Any) -> Residuals:
    # A row that is only there to fill aims behind the last, and is dropped: what it says may be
    # infinite or NaN.
    def begun(leaf: Array) -> Array:
        zeros = jnp.zeros((blank.shape[0], *leaf.shape[1:]), leaf.dtype)
        return zeros.at[target].set(leaf, mode="drop")

    return jax.tree.map(begun, more)


def _added(
    _params: tuple[()], total: Residuals, more: Residuals, target: Int[Array, "n"]
) -> Residuals:
    return jax.tree.map(lambda sum_, leaf: sum_.at[target].add(leaf, mode="drop"), total, more)
