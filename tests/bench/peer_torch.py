"""The same of PyTorch and diffusers, in one type, channels last. Run by `tests.bench.peers`."""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from tests.bench.models import SD15, SD15_VAE
from tests.bench.turns import serve


def main(work: str, kind: str) -> None:
    run = made(work, getattr(torch, kind))

    def without_gradients() -> np.ndarray:
        with torch.inference_mode():
            run()
        return np.zeros(())

    serve(without_gradients)


def made(work: str, dtype: torch.dtype) -> Callable[[], Any]:
    """What to run, on noise."""

    def grid(B: int, C: int, H: int) -> torch.Tensor:
        return torch.randn(B, C, H, H, dtype=dtype).to(memory_format=torch.channels_last)

    def placed(module: torch.nn.Module) -> Any:
        return module.eval().to(dtype=dtype, memory_format=torch.channels_last)

    if work == "step":
        return _step(grid, placed)
    if work == "decoder":
        from diffusers import AutoencoderKL

        network, latents = placed(AutoencoderKL(**SD15_VAE)), grid(1, 4, 64)
        return lambda: network.decode(latents)
    if work.endswith("attention"):
        keys = 4096 if work == "self-attention" else 77
        tokens = [torch.randn(2, n, 8, 40, dtype=dtype) for n in (4096, keys, keys)]
        return lambda: F.scaled_dot_product_attention(*(t.transpose(1, 2) for t in tokens))
    if work == "norm":
        norm, x = placed(torch.nn.GroupNorm(32, 320)), grid(2, 320, 64)
        return lambda: F.silu(norm(x))
    C, H = (640, 32) if work == "upsampling" else (320, 64)
    convolution, x = placed(torch.nn.Conv2d(C, C, 3, padding=1)), grid(2, C, H)
    if work == "upsampling":
        return lambda: convolution(F.interpolate(x, scale_factor=2.0, mode="nearest"))
    return lambda: convolution(x)


def _step(
    grid: Callable[[int, int, int], torch.Tensor], placed: Callable[[Any], Any]
) -> Callable[[], Any]:
    """As diffusers' pipeline runs it: both halves of the guidance in one batch."""
    from diffusers import ControlNetModel, UNet2DConditionModel

    unet = placed(UNet2DConditionModel(**SD15.unet))
    controlnet = placed(ControlNetModel(**SD15.controlnet))
    sample, picture = grid(2, 4, SD15.latents), grid(2, 3, SD15.latents * SD15.downscale)
    text = torch.randn(2, SD15.tokens, SD15.shared["cross_attention_dim"], dtype=sample.dtype)

    def step() -> torch.Tensor:
        down, mid = controlnet(sample, 500, text, picture, return_dict=False)
        out = unet(
            sample,
            500,
            text,
            down_block_additional_residuals=down,
            mid_block_additional_residual=mid,
        ).sample
        negative, positive = out.chunk(2)
        return negative + 7.5 * (positive - negative)

    return step


if __name__ == "__main__":
    main(*sys.argv[1:])
