"""Whether a parameter tree is that of its network, leaf by leaf."""

import functools
import json
from collections.abc import Iterator
from typing import Any

from inference.disk_cache import DISK, name_of
from inference.errors import MismatchedWeights
from inference.models.json_config import JsonConfig


def leaves(tree: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every array of a nested dict, with its path joined by `/`."""
    for name, child in tree.items():
        if isinstance(child, dict):
            yield from leaves(child, f"{prefix}{name}/")
        else:
            yield prefix + name, child


def require_leaves(tree: Any, config: JsonConfig, *, where: str) -> None:
    """Raises MismatchedWeights with all missing, extra and mis-shaped leaves."""
    got = {name: tuple(leaf.shape) for name, leaf in leaves(tree)}
    expected = _shapes(config)
    missing = [name for name in expected if name not in got]
    extra = [name for name in got if name not in expected]
    misshaped = [
        f"{name}: expected {list(shape)}, got {list(got[name])}"
        for name, shape in expected.items()
        if name in got and got[name] != shape
    ]
    if missing or extra or misshaped:
        raise MismatchedWeights(where, missing=missing, extra=extra, misshaped=misshaped)


@functools.lru_cache(maxsize=16)
def _shapes(config: JsonConfig) -> dict[str, tuple[int, ...]]:
    """Of a network's leaves. To trace what makes them takes longer than to read the weights."""
    name = name_of("shapes", config)
    kept = DISK.read(name)
    if kept is not None:
        return {path: tuple(shape) for path, shape in json.loads(kept).items()}
    import jax

    from inference.models.build import build

    tree = jax.eval_shape(build(config).init_params, jax.random.key(0))
    shapes = {path: tuple(leaf.shape) for path, leaf in leaves(tree)}
    DISK.write(name, json.dumps(shapes).encode())
    return shapes
