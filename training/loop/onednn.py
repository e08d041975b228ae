"""Convolutions and dense layers on a CPU's bfloat16 units, while training.

XLA's CPU backend does not use them; PyTorch's oneDNN does, and is several times faster with AMX
(`python -m training.loop.onednn` prints the ratio on the machine at hand). `with fast_layers():`
reroutes every convolution and dense layer that is traced inside it through PyTorch, forward and
backward. The parameters, the optimizer and everything else stay JAX's. On other hardware there is
nothing to gain, and `fast_layers` changes nothing.
"""

import contextlib
import functools
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import torch
from jax.core import ShapedArray
from jax.extend.core import Primitive
from jax.interpreters import mlir, xla

from inference.models.layers import Conv

_Padding = tuple[tuple[int, int], tuple[int, int]]


def available() -> bool:
    """Whether JAX runs on a CPU that multiplies in bfloat16, by AMX or by AVX-512."""
    cpuinfo = Path("/proc/cpuinfo")
    if jax.default_backend() != "cpu" or not cpuinfo.exists():
        return False
    return any(unit in cpuinfo.read_text() for unit in ("amx_bf16", "avx512_bf16"))


@contextlib.contextmanager
def fast_layers() -> Iterator[None]:
    """Traces convolutions and dense layers to oneDNN where that is available."""
    if not available():
        yield
        return
    # XLA already runs what is independent side by side; a second pool of threads would fight it.
    torch.set_num_threads(1)
    # JAX hands its buffers over read-only, and the functions below only read them.
    warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
    with nn.intercept_methods(_reroute):
        yield


def _reroute(
    call: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    context: nn.module.InterceptorContext,
) -> Any:
    module = context.module
    if context.method_name != "__call__" or module.is_initializing():
        return call(*args, **kwargs)
    if isinstance(module, Conv):
        kernel, bias = _parameters(module)
        side = module.padding
        padding = ((side, side), (side, side)) if isinstance(side, int) else side
        if module.kernel_size == 1:
            return _dense(args[0], kernel[0, 0]) + bias
        convolved: Any = _conv(args[0].astype(jnp.bfloat16), kernel, module.stride, padding)
        return (convolved + bias).astype(module.dtype)
    if isinstance(module, nn.Dense):
        kernel, bias = _parameters(module)
        return _dense(args[0], kernel) + bias
    return call(*args, **kwargs)


def _parameters(module: nn.Module) -> tuple[jax.Array, jax.Array]:
    kernel = jnp.asarray(module.get_variable("params", "kernel"), jnp.bfloat16)
    bias = module.get_variable("params", "bias")
    if bias is None:
        return kernel, jnp.zeros(kernel.shape[-1], jnp.bfloat16)
    return kernel, jnp.asarray(bias, jnp.bfloat16)


def _dense(inputs: jax.Array, kernel: jax.Array) -> Any:
    rows = inputs.astype(jnp.bfloat16).reshape(-1, inputs.shape[-1])
    return _matmul(rows, kernel).reshape(*inputs.shape[:-1], -1)


def _to_torch(array: Any) -> torch.Tensor:
    # NumPy has no bfloat16 that torch knows, so the bits travel as int16, without a copy.
    return torch.from_numpy(np.asarray(array).view(np.int16)).view(torch.bfloat16)


def _to_numpy(tensor: torch.Tensor) -> np.ndarray:
    return tensor.contiguous().view(torch.int16).numpy().view(ml_dtypes.bfloat16)


def _images(array: Any, padding: _Padding) -> torch.Tensor:
    """[B, H, W, C] to a channels-last [B, C, H, W], with what is uneven in the padding applied."""
    tensor = _to_torch(array).permute(0, 3, 1, 2)
    (top, bottom), (left, right) = padding
    if top == bottom and left == right:
        return tensor
    return torch.nn.functional.pad(tensor, (left, right, top, bottom)).contiguous(
        memory_format=torch.channels_last
    )


def _even(padding: _Padding) -> list[int]:
    (top, bottom), (left, right) = padding
    return [top, left] if top == bottom and left == right else [0, 0]


def _kernel(array: Any) -> torch.Tensor:
    return _to_torch(array).permute(3, 2, 0, 1).contiguous(memory_format=torch.channels_last)


def _conv_host(stride: int, padding: _Padding, images: Any, kernel: Any) -> np.ndarray:
    out = torch.nn.functional.conv2d(
        _images(images, padding), _kernel(kernel), stride=stride, padding=_even(padding)
    )
    return _to_numpy(out.permute(0, 2, 3, 1))


def _conv_gradient_host(
    wanted: int, stride: int, padding: _Padding, images: Any, kernel: Any, gradient: Any
) -> np.ndarray:
    """The gradient of the images (`wanted` 0) or of the kernel (1)."""
    gradients = torch.ops.aten.convolution_backward(
        _to_torch(gradient).permute(0, 3, 1, 2),
        _images(images, padding),
        _kernel(kernel),
        None,
        [stride, stride],
        _even(padding),
        [1, 1],
        False,
        [0, 0],
        1,
        [wanted == 0, wanted == 1, False],
    )
    if wanted == 1:
        return _to_numpy(gradients[1].permute(2, 3, 1, 0))
    (top, bottom), (left, right) = padding
    height, width = np.shape(images)[1:3]
    uneven = top != bottom or left != right
    rows, columns = (top, left) if uneven else (0, 0)
    return _to_numpy(
        gradients[0][:, :, rows : rows + height, columns : columns + width].permute(0, 2, 3, 1)
    )


def _matmul_host(left: Any, right: Any) -> np.ndarray:
    return _to_numpy(_to_torch(left) @ _to_torch(right))


def _matmul_left_gradient_host(right: Any, gradient: Any) -> np.ndarray:
    return _to_numpy(_to_torch(gradient) @ _to_torch(right).T)


def _matmul_right_gradient_host(left: Any, gradient: Any) -> np.ndarray:
    return _to_numpy(_to_torch(left).T @ _to_torch(gradient))


# `jax.pure_callback` puts every argument on a device before the function sees it, which costs as
# much as a small convolution does. This primitive hands NumPy views of JAX's own buffers over.
_host_p = Primitive("onednn")
_host_p.def_impl(functools.partial(xla.apply_primitive, _host_p))
_host_p.def_abstract_eval(lambda *_, shape, function: ShapedArray(shape, jnp.bfloat16))


def _lower_host_call(
    context: mlir.LoweringRuleContext, *args: Any, shape: tuple[int, ...], function: Any
) -> Any:
    del shape
    results, _, _ = mlir.emit_python_callback(
        context,
        lambda *arrays: (function(*arrays),),
        None,
        list(args),
        context.avals_in,  # pyright: ignore[reportArgumentType]
        context.avals_out,  # pyright: ignore[reportArgumentType]
        has_side_effect=False,
        returns_token=False,
    )
    return results


mlir.register_lowering(_host_p, _lower_host_call, platform="cpu")


def _on_host(
    function: Callable[..., np.ndarray], shape: tuple[int, ...], *args: jax.Array
) -> jax.Array:
    return _host_p.bind(*args, shape=shape, function=function)


@functools.partial(jax.custom_vjp, nondiff_argnums=(2, 3))
def _conv(images: jax.Array, kernel: jax.Array, stride: int, padding: _Padding) -> jax.Array:
    size = [
        (length + sum(sides) - window) // stride + 1
        for length, sides, window in zip(images.shape[1:3], padding, kernel.shape[:2], strict=True)
    ]
    shape = (images.shape[0], *size, kernel.shape[-1])
    return _on_host(functools.partial(_conv_host, stride, padding), shape, images, kernel)


def _conv_forward(
    images: jax.Array, kernel: jax.Array, stride: int, padding: _Padding
) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
    return _conv(images, kernel, stride, padding), (images, kernel)


def _conv_backward(
    stride: int, padding: _Padding, saved: tuple[jax.Array, jax.Array], gradient: jax.Array
) -> tuple[jax.Array, ...]:
    # One call each, so that the gradient of a frozen kernel, or of a picture, is never computed.
    images, kernel = saved
    return tuple(
        _on_host(
            functools.partial(_conv_gradient_host, wanted, stride, padding),
            saved[wanted].shape,
            images,
            kernel,
            gradient.astype(jnp.bfloat16),
        )
        for wanted in (0, 1)
    )


_conv.defvjp(_conv_forward, _conv_backward)


@jax.custom_vjp
def _matmul(left: jax.Array, right: jax.Array) -> jax.Array:
    shape = (left.shape[0], right.shape[1])
    return _on_host(_matmul_host, shape, left, right)


def _matmul_forward(
    left: jax.Array, right: jax.Array
) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
    return _matmul(left, right), (left, right)


def _matmul_backward(
    saved: tuple[jax.Array, jax.Array], gradient: jax.Array
) -> tuple[jax.Array, jax.Array]:
    left, right = saved
    gradient = gradient.astype(jnp.bfloat16)
    return (
        _on_host(_matmul_left_gradient_host, left.shape, right, gradient),
        _on_host(_matmul_right_gradient_host, right.shape, left, gradient),
    )


_matmul.defvjp(_matmul_forward, _matmul_backward)


def _time_step(apply: Callable[..., Any], *args: Any) -> float:
    step = jax.jit(jax.grad(apply))
    jax.block_until_ready(step(*args))
    seconds = []
    for _ in range(10):
        start = time.perf_counter()
        jax.block_until_ready(step(*args))
        seconds.append(time.perf_counter() - start)
    return sorted(seconds)[len(seconds) // 2]


def main() -> None:
    """Prints forward plus backward of a 3x3 convolution, XLA beside oneDNN."""
    for size, channels in ((64, 48), (16, 128), (8, 192)):
        conv = Conv(channels)
        images = jnp.ones((32, size, size, channels))
        params = conv.init(jax.random.key(0), images)

        def loss(params: Any, images: jax.Array, conv: Conv = conv) -> jax.Array:
            return jnp.square(conv.apply(params, images).astype(jnp.float32)).mean()  # pyright: ignore

        plain = _time_step(loss, params, images)
        with fast_layers():
            fast = _time_step(lambda *args, loss=loss: loss(*args), params, images)
        print(
            f"3x3, {channels} channels at {size}x{size}, batch 32: "
            f"XLA {plain * 1e3:.1f} ms, oneDNN {fast * 1e3:.1f} ms, {plain / fast:.1f} times faster"
        )


if __name__ == "__main__":
    main()
