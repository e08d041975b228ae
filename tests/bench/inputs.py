"""What a guided step is given: the same arrays, and the same weights, for our code and the old."""

from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from tests.bench.models import Model

STEPS = 20
GUIDANCE_SCALE = 7.5
SCHEDULER = {
    "_class_name": "DDIMScheduler",
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "num_train_timesteps": 1000,
    "prediction_type": "epsilon",
    "timestep_spacing": "leading",
    "set_alpha_to_one": False,
    "steps_offset": 1,
    "clip_sample": False,
}


@dataclass(frozen=True)
class Inputs:
    """Of one image, channels last; the control map is in bytes, the negative text comes first."""

    latents: np.ndarray  # [1, H, W, 4] float32
    text: np.ndarray  # [2, L, C] float32
    control_map: np.ndarray  # [1, fH, fW, 3] uint8

    @classmethod
    def draw(cls, model: Model) -> "Inputs":
        rng = np.random.default_rng(0)
        grid, pixels = model.latents, model.latents * model.downscale
        text = (2, model.tokens, model.shared["cross_attention_dim"])
        return cls(
            latents=rng.standard_normal((1, grid, grid, 4)).astype(np.float32),
            text=rng.standard_normal(text).astype(np.float32),
            control_map=rng.integers(0, 256, (1, pixels, pixels, 3)).astype(np.uint8),
        )


def draw_weights(shapes: Any) -> Any:
    """Random weights: a tree of the same names has the same values, whoever asks for it."""
    rng = np.random.default_rng(0)

    def draw(path: Any, leaf: Any) -> np.ndarray:
        noise = rng.standard_normal(leaf.shape).astype(np.float32)
        if path[-1].key == "scale":
            return 1 + noise / 10
        return noise / np.sqrt(max(1, np.prod(leaf.shape[:-1])))

    return jax.tree_util.tree_map_with_path(draw, shapes)
