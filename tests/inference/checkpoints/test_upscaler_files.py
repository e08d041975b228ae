"""Upscalers as they lie on people's disks, held against spandrel's loading of the same file."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from spandrel import ModelLoader
from spandrel.architectures.Compact import Compact

from inference.checkpoints import load_bundle, load_upscaler, save_bundle, save_component
from inference.checkpoints.fit import leaves
from inference.devices import Devices
from inference.errors import (
    CheckpointNotFound,
    MismatchedWeights,
    UnsafeWeights,
    UnsupportedConfig,
)
from inference.upscaling import Upscaling
from tests.inference.models.reference import randomize, to_torch
from tests.tiny import tiny_bundle, tiny_upscaler


@pytest.fixture
def lone(tmp_path: Path) -> Path:
    """A folder with a file of safetensors and nothing else, as public upscalers come."""
    state = randomize(Compact(num_feat=12, num_conv=3, upscale=4)).state_dict()
    safetensors.torch.save_file(
        {name: 0.3 * t for name, t in state.items()}, tmp_path / "x4.safetensors"
    )
    return tmp_path


def test_a_lone_file_enlarges_as_it_does_in_spandrel(lone: Path) -> None:
    upscaler = load_upscaler(lone)
    config = upscaler.config
    assert (config.num_feat, config.num_conv, config.upscale) == (12, 3, 4)
    picture = np.random.default_rng(0).integers(0, 256, (10, 13, 3), dtype=np.uint8)
    (ours,) = Upscaling(upscaler, Devices())([picture])
    theirs = ModelLoader(device="cpu").load_from_file(lone / "x4.safetensors").model
    with torch.no_grad():
        made = theirs(to_torch(picture[None].astype(np.float32) / 255.0))
    expected = made.clamp(0, 1).mul(255).round()[0].permute(1, 2, 0).numpy()
    off = np.abs(ours.values.astype(int) - expected)
    assert off.max() <= 1
    assert (off > 0).mean() < 1e-3  # where it lies between two numbers


@pytest.mark.slow
def test_an_upscaler_ships_in_its_bundle_in_full_and_in_8_bits(tmp_path: Path) -> None:
    bundle = replace(tiny_bundle(tmp_path), upscaler=tiny_upscaler())
    save_bundle(tmp_path / "whole", bundle)
    loaded = load_bundle(tmp_path / "whole").upscaler
    assert loaded is not None
    assert bundle.upscaler is not None
    assert loaded.config == bundle.upscaler.config
    for (name, ours), (_, theirs) in zip(
        leaves(loaded.params), sorted(leaves(bundle.upscaler.params)), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs, err_msg=name)
    save_bundle(tmp_path / "small", bundle, storage="int8")
    assert load_bundle(tmp_path / "small", dtype=np.float32).upscaler is not None
    assert load_bundle(tmp_path / "whole").notices == ()


@pytest.mark.parametrize(
    ("tensors", "error", "words"),
    [
        ({}, UnsupportedConfig, "body.0, body.1"),
        ({"conv.weight": (3, 3)}, UnsupportedConfig, "got 'conv/kernel'"),
        ({"body.0.weight": (8, 3, 3, 3)}, UnsupportedConfig, "choose an upscaler"),
        (
            {
                "body.0.weight": (8, 3, 3, 3),
                "body.2.weight": (8, 8, 3, 3),
                "body.4.weight": (27, 8, 3, 3),
            },
            UnsupportedConfig,
            "upscale must be 2 or 4, got 3",
        ),
        (
            {
                "body.0.weight": (8, 3, 3, 3),
                "body.2.weight": (8, 8, 3, 3),
                "body.4.weight": (48, 8, 3, 3),
            },
            MismatchedWeights,
            "5 missing",
        ),
    ],
)
def test_a_file_of_something_else_is_refused(
    tmp_path: Path, tensors: dict, error: type[Exception], words: str
) -> None:
    file = tmp_path / "strange.safetensors"
    safetensors.torch.save_file({name: torch.zeros(shape) for name, shape in tensors.items()}, file)
    with pytest.raises(error, match=words):
        load_upscaler(tmp_path)


def test_a_folder_must_hold_one_upscaler(lone: Path) -> None:
    (lone / "x2.safetensors").write_bytes((lone / "x4.safetensors").read_bytes())
    with pytest.raises(CheckpointNotFound, match=r"got x2.safetensors, x4.safetensors"):
        load_upscaler(lone)


def test_pickled_weights_are_never_read(tmp_path: Path) -> None:
    (tmp_path / "realesr-general-x4v3.pth").write_bytes(b"pickled")
    with pytest.raises(UnsafeWeights, match="can run code"):
        load_upscaler(tmp_path)


def test_an_upscaler_is_no_model(lone: Path) -> None:
    with pytest.raises(CheckpointNotFound, match=r"an upscaler, .* --upscaler"):
        load_bundle(lone)


def test_weights_beside_a_config_may_be_safetensors(lone: Path) -> None:
    config = load_upscaler(lone).config
    save_component(lone, config, {})
    (lone / "diffusion_flax_model.msgpack").unlink()
    (lone / "x4.safetensors").rename(lone / "diffusion_pytorch_model.safetensors")
    assert load_upscaler(lone).config == config
