"""Which platform computes what in a way of its own, and what that was measured to give.

Decided when a program is lowered, as it may be compiled for a TPU where there is none.
"""

from collections.abc import Callable, Mapping
from typing import Any

import jax

WAYS: Mapping[str, tuple[str, ...]] = {
    # TPU: the splash kernel takes no memory for scores, a gibibyte at 4096 tokens. CPU: blocks of
    # queries take 0.18 of the time of XLA's own attention at 4096 tokens, 0.3 at 1024.
    "attention": ("tpu", "cpu"),
    # CPU: phases take half of the time of enlarging first. A v4's compiler reckons twice as long
    # for them (1.5 ms for 0.7 at 32×32×640): what they save goes into putting them in order.
    "upsampling": ("cpu",),
}
"""`docs/benchmarks.md` tells how each was measured."""


def by_platform(
    what: str, *arrays: Any, default: Callable[..., Any], **ways: Callable[..., Any]
) -> Any:
    """`default(*arrays)`, or the way of the platform where `WAYS` has one for it.

    `ways` may lack a platform's, where its own does not suit the shapes.
    """
    chosen = {platform: way for platform, way in ways.items() if platform in WAYS[what]}
    if not chosen:
        return default(*arrays)
    return jax.lax.platform_dependent(*arrays, default=default, **chosen)
