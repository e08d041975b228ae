"""The safety checker is transformers' CLIP and diffusers' decision."""

from typing import Any

import numpy as np
import pytest
import torch
import transformers
from diffusers.pipelines.stable_diffusion.safety_checker import (
    StableDiffusionSafetyChecker,
    cosine_distance,
)
from PIL import Image

from inference.errors import UnsupportedConfig
from inference.models.clip_config import SafetyCheckerConfig
from inference.safety import as_clip_sees
from tests.inference.models.reference import apply, draw, params_of, randomize, to_torch

VISION = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "image_size": 30,
    "patch_size": 6,
}


@pytest.fixture(scope="module")
def theirs() -> torch.nn.Module:
    config = transformers.CLIPConfig(projection_dim=16, vision_config=VISION)
    return randomize(StableDiffusionSafetyChecker(config))


def config_of(theirs: torch.nn.Module) -> SafetyCheckerConfig:
    return SafetyCheckerConfig.from_dict(theirs.config.to_dict())  # pyright: ignore


def cosines(theirs, pixels: np.ndarray, concepts: torch.Tensor) -> np.ndarray:
    with torch.no_grad():
        seen = theirs.visual_projection(theirs.vision_model(to_torch(pixels))[1])
        return cosine_distance(seen, concepts).numpy()


@pytest.mark.parametrize("special", ["never", "sometimes", "always"])
def test_it_finds_what_diffusers_finds(theirs, special: str) -> None:
    pixels = draw(40, 30, 30, 3)
    shares = {"never": 1.0, "sometimes": 0.5, "always": 0.0}
    found = cosines(theirs, pixels, theirs.concept_embeds)
    hints = cosines(theirs, pixels, theirs.special_care_embeds)
    with torch.no_grad():
        # Half of the pictures pass one of the thresholds, and some are a hundredth below it.
        theirs.concept_embeds_weights[:] = float(np.quantile(found.max(axis=1), 0.5))
        limit = np.quantile(hints.max(axis=1), shares[special]) + (special == "never") - 0.01
        theirs.special_care_embeds_weights[:] = float(limit)
        images = np.zeros((40, 2, 2, 3), np.float32)
        _, expected = theirs(to_torch(pixels), images)
    params = params_of(theirs, "safety_checker")
    got = np.asarray(apply(config_of(theirs), params, pixels))
    assert got.tolist() == [bool(one) for one in expected]
    assert 0 < got.sum() < 40


def test_what_it_sees_is_what_clips_image_processor_makes() -> None:
    theirs = transformers.CLIPImageProcessorPil(size={"shortest_edge": 30}, crop_size=30)
    config = SafetyCheckerConfig.from_dict({"vision_config": VISION})
    for size in ((30, 30), (64, 48), (41, 97), (128, 128), (29, 31)):
        values = np.random.default_rng(0).integers(0, 256, (*size[::-1], 3), dtype=np.uint8)
        picture = Image.fromarray(values)
        expected = np.asarray(theirs(picture)["pixel_values"][0]).transpose(1, 2, 0)
        np.testing.assert_allclose(as_clip_sees(picture, config), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("config", "named"),
    [
        ({}, "vision_config"),
        ({"vision_config": "large"}, "vision_config"),
        ({"vision_config": {**VISION, "hidden_act": "relu"}}, "hidden_act"),
        ({"vision_config": {**VISION, "num_channels": 4}}, "num_channels"),
        ({"vision_config": {**VISION, "num_attention_heads": 5}}, "num_attention_heads"),
        ({"vision_config": VISION, "projection_dim": -1}, "projection_dim"),
    ],
    ids=["none", "text", "act", "channels", "heads", "projection"],
)
def test_another_configuration_is_refused_by_its_field(config: dict, named: str) -> None:
    with pytest.raises(UnsupportedConfig, match=named):
        SafetyCheckerConfig.from_dict(config)


def test_a_saved_configuration_is_read_as_it_was(theirs) -> None:
    config = config_of(theirs)
    assert SafetyCheckerConfig.from_dict(config.to_dict()) == config
    again: Any = transformers.CLIPConfig(**config.to_dict())
    assert (again.vision_config.patch_size, again.projection_dim) == (6, 16)
