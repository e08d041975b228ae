"""Pipelines as diffusers saves them: what comes along, what is left out, what is there twice."""

import json
import os
import shutil
from pathlib import Path

import pytest

from inference.checkpoints import load_bundle, load_controlnet
from inference.errors import CheckpointNotFound
from tests.inference.checkpoints.conftest import GOLDEN


def test_the_controlnets_of_a_pipeline_come_along_under_their_names(flax_model: Path) -> None:
    for name in ("controlnet", "controlnet_1"):
        shutil.copytree(GOLDEN / "controlnet", flax_model / name)
    controlnets = load_bundle(flax_model).controlnets
    assert sorted(controlnets) == ["canny", "controlnet", "controlnet_1"]
    assert controlnets["controlnet_1"].name == "flax-model:controlnet_1"


def test_a_folder_in_a_folder_is_named_as_one_in_a_repository(flax_model: Path) -> None:
    inner = load_controlnet(f"{flax_model}:controlnet-canny")
    assert inner.name == "flax-model:controlnet-canny"
    assert inner.config == load_controlnet(flax_model / "controlnet-canny").config
    for absent in ("controlnet-depth", "..", "../flax-model", ""):
        with pytest.raises(CheckpointNotFound, match="must have a folder"):
            load_controlnet(f"{flax_model}:{absent}")


def test_a_folder_with_a_colon_in_its_name_is_still_a_folder(tmp_path: Path) -> None:
    folder = shutil.copytree(GOLDEN / "controlnet", tmp_path / "a:b")
    assert load_controlnet(str(folder)).name == "a:b"


@pytest.mark.parametrize("seconds", [-60, 60])
def test_weights_in_two_formats_are_told_with_which_were_read(
    flax_model: Path, torch_model: Path, seconds: int
) -> None:
    assert load_bundle(flax_model).notices == ()
    other = flax_model / "unet" / "diffusion_pytorch_model.safetensors"
    shutil.copy(torch_model / "unet" / other.name, other)
    read = (flax_model / "unet" / "diffusion_flax_model.msgpack").stat().st_mtime
    os.utime(other, (read + seconds, read + seconds))
    (notice,) = load_bundle(flax_model).notices
    assert "unet/diffusion_flax_model.msgpack were read" in notice
    newer = "though unet/diffusion_pytorch_model.safetensors are newer"
    assert (newer in notice) == (seconds > 0)


def test_what_is_left_out_is_told_once(flax_model: Path) -> None:
    path = flax_model / "model_index.json"
    index = json.loads(path.read_text()) | {
        "safety_checker": ["transformers", "FlaxStableDiffusionSafetyChecker"],
        "image_encoder": ["transformers", "CLIPVisionModelWithProjection"],
        "requires_safety_checker": True,
    }
    path.write_text(json.dumps(index))
    shutil.copytree(flax_model / "vae", flax_model / "controlnet-canny" / "vae")
    bundle = load_bundle(flax_model)
    assert [notice.partition(" is left out")[0] for notice in bundle.notices] == [
        "the model's safety checker",
        "the model's image_encoder",
    ]
    alone = load_controlnet(flax_model / "controlnet-canny")
    assert ["autoencoder of its own" in notice for notice in alone.notices] == [True]
