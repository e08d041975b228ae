"""One network's folder in the diffusers layout: config.json and a Flax msgpack."""

import json
from pathlib import Path
from typing import Any, Protocol

import flax.serialization
import jax
import numpy as np

from training.checkpoint import Params


class _Config(Protocol):
    def to_dict(self) -> dict[str, Any]: ...


def write_component(
    folder: Path,
    config: _Config,
    params: Params,
    *,
    file: str = "diffusion_flax_model.msgpack",
    dtype: str = "float32",
) -> None:
    """Write a network; `dtype` is what its weights are stored as."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config.to_dict(), indent=2) + "\n")
    stored = jax.tree.map(lambda leaf: np.asarray(leaf).astype(dtype), jax.device_get(params))
    temporary = folder / f"{file}.partial"
    temporary.write_bytes(flax.serialization.to_bytes(stored))
    temporary.replace(folder / file)


def read_component(
    folder: Path, *, file: str = "diffusion_flax_model.msgpack"
) -> tuple[dict[str, Any], Params]:
    """The config.json, and the weights in float32."""
    values = json.loads((folder / "config.json").read_text())
    stored = flax.serialization.msgpack_restore((folder / file).read_bytes())
    return values, jax.tree.map(lambda leaf: np.asarray(leaf, np.float32), stored)
