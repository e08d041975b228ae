"""Parameter trees in Flax's msgpack format, as diffusers and transformers wrote them."""

from pathlib import Path
from typing import Any

import numpy as np

from inference.checkpoints.bundle import Tree
from inference.errors import DamagedWeights


def read_msgpack(path: Path) -> Tree:
    """The tree in the file, in its order and dtypes. Raises DamagedWeights."""
    import msgpack
    from flax.serialization import msgpack_restore

    try:
        tree: Any = msgpack_restore(path.read_bytes())
        _require_arrays(tree)
    except (
        msgpack.UnpackException,
        ArithmeticError,
        AttributeError,
        LookupError,
        MemoryError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        raise DamagedWeights(
            f"{path} must be a Flax msgpack of arrays, got {_kind(error)} after "
            f"{path.stat().st_size} bytes; download or save it again"
        ) from error
    return tree


def write_msgpack(path: Path, tree: Any) -> None:
    """Writes a tree of NumPy or JAX arrays; an interruption leaves the old file whole."""
    from flax.serialization import msgpack_serialize

    temporary = path.with_name(f"{path.name}.partial")
    # In place, on a copy of the dicts: the other way sorts their keys.
    temporary.write_bytes(msgpack_serialize(_copied(tree), in_place=True))
    temporary.replace(path)


def _copied(tree: Any) -> Any:
    return {k: _copied(v) for k, v in tree.items()} if isinstance(tree, dict) else tree


def _require_arrays(tree: Any) -> None:
    if not isinstance(tree, dict):
        raise TypeError(f"a {type(tree).__name__} in place of a tree")
    for name, child in tree.items():
        if not isinstance(name, str):
            raise TypeError(f"the name {name!r}")
        if not isinstance(child, np.ndarray):
            _require_arrays(child)


def _kind(error: BaseException) -> str:
    said = str(error).splitlines()
    return said[0][:120] if said else type(error).__name__
