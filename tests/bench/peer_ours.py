"""A layer, the decoder or the guided step of Stable Diffusion 1.5, for `tests.bench.peers`."""

import sys
from collections.abc import Callable
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from inference.devices import Devices
from inference.models.attention import attend
from inference.models.build import build
from inference.models.layers import Conv, GroupNorm, Upsample
from inference.models.vae_config import VAEConfig
from tests.bench.inputs import draw_weights
from tests.bench.models import SD15, SD15_VAE
from tests.bench.ours import guided_step
from tests.bench.turns import serve


def main(work: str) -> None:
    devices = Devices(jax.devices("cpu")[:1])
    run = guided_step(SD15, devices, draw_weights) if work == "step" else small(work, devices)

    def waited() -> np.ndarray:
        jax.block_until_ready(run())
        return np.zeros(())

    serve(waited)


def small(work: str, devices: Devices) -> Callable[[], Any]:
    """One program, compiled as the engine's are, on noise."""
    if work == "decoder":
        network: Any = build(VAEConfig(**SD15_VAE))
        params = draw_weights(jax.eval_shape(network.init_params, jax.random.key(0)))
        return _program(
            devices,
            lambda p, x: network.apply({"params": p}, x, method="decode"),
            params,
            _noise(1, 64, 64, 4),
        )
    if work.endswith("attention"):
        keys = 4096 if work == "self-attention" else 77
        tokens = [_noise(2, n, 8, 40) for n in (4096, keys, keys)]
        return _program(devices, lambda _, q, k, v: attend(q, k, v), (), *tokens)
    layer: nn.Module = {
        "convolution": Conv(320),
        "upsampling": Upsample(640),
        "norm": GroupNorm(32, epsilon=1e-5),
    }[work]
    x = _noise(2, 32, 32, 640) if work == "upsampling" else _noise(2, 64, 64, 320)
    params = layer.init(jax.random.key(0), x)["params"]

    def apply(p: Any, x: jax.Array) -> Any:
        y = layer.apply({"params": p}, x)
        return nn.silu(y) if work == "norm" else y

    return _program(devices, apply, params, x)


def _noise(*shape: int) -> jax.Array:
    return jnp.asarray(np.random.default_rng(0).standard_normal(shape), jnp.float32)


def _program(
    devices: Devices, function: Callable[..., Any], params: Any, *arrays: jax.Array
) -> Callable[[], Any]:
    program = devices.program(function)
    placed = devices.replicate(params)
    arguments = [devices.replicate(array) for array in arrays]
    return lambda: program(placed, *arguments)


if __name__ == "__main__":
    main(sys.argv[1])
