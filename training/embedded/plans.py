"""Training budgets of the embedded model: how much of everything, on a GPU, on two CPU cores."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

SHARES: Mapping[str, float] = MappingProxyType(
    {
        "autoencoder": 0.10,
        "base": 0.15,
        "canny": 0.25,
        "scribble": 0.03,
        "palette": 0.08,
        "together": 0.30,
        "decoder": 0.09,
    }
)
"""How the minutes of training are divided."""

STRENGTHS: Mapping[str, float] = MappingProxyType({"canny": 3.2, "scribble": 1.5, "palette": 1.5})
"""What was found by `evaluation.strength`: by how much more ControlNets are to act than trained."""


@dataclass(frozen=True)
class Plan:
    """How much of everything there is to be.

    `minutes` are those of training in all; drawing, latents, compilation outside of it, packaging
    and evaluation come on top (`overhead` says how many minutes, as an estimate). `versions` of
    each control map are drawn. `sample_every` steps, a stage paints a sheet.
    """

    minutes: float
    overhead: float
    batch_size: int
    autoencoder_batch_size: int
    autoencoder_crop: int
    together_batch_size: int
    decoder_batch_size: int
    learning_rate: float
    controlnet_learning_rate: float
    ema_decay: float
    versions: int
    sample_every: int
    evaluated: int
    common: int = 200
    timed: int = 5
    size: int = 128
    copies: int = 5
    pairs: int = 3
    autoencoder_widths: tuple[int, ...] = (24, 48, 96, 128)
    latent_channels: int = 8
    widths: tuple[int, ...] = (64, 128, 192)
    merges: int = 2000
    text_length: int = 32


PLANS: Mapping[str, Plan] = MappingProxyType(
    {
        # bfloat16 in large batches; all data stays in the GPU's memory (about 5 GB).
        "gpu": Plan(
            minutes=18.0,
            overhead=6.0,
            batch_size=512,
            autoencoder_batch_size=256,
            autoencoder_crop=64,
            together_batch_size=512,
            decoder_batch_size=64,
            learning_rate=1.5e-3,
            controlnet_learning_rate=1e-3,
            ema_decay=0.9995,
            versions=4,
            sample_every=4000,
            evaluated=192,
        ),
        # Small batches, float32 (bfloat16 inside convolutions where the CPU has units for it).
        "cpu": Plan(
            minutes=24 * 60.0,
            overhead=60.0,
            batch_size=32,
            autoencoder_batch_size=32,
            autoencoder_crop=48,
            together_batch_size=64,
            decoder_batch_size=12,
            learning_rate=1e-3,
            controlnet_learning_rate=1e-3,
            ema_decay=0.999,
            versions=2,
            sample_every=1000,
            evaluated=96,
        ),
    }
)
