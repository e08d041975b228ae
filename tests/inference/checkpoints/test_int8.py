"""Weights as 8-bit integers: small, close, and loaded like any others."""

import json
from pathlib import Path

import jax
import numpy as np
import pytest

from inference.checkpoints import load_bundle, save_bundle, save_component
from inference.checkpoints.fit import leaves
from inference.checkpoints.int8 import FIELD, dequantise, quantise
from inference.checkpoints.msgpack_file import read_msgpack, write_msgpack
from inference.errors import DamagedWeights, UnsupportedConfig
from tests.tiny import tiny_bundle


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("int8")
    save_bundle(root / "model", tiny_bundle(root / "source"), storage="int8")
    return root / "model"


def test_each_channel_is_within_half_a_step_of_what_it_was() -> None:
    rng = np.random.default_rng(0)
    kernel = rng.normal(size=(3, 3, 32, 24)) * np.geomspace(1e-4, 10.0, 24)
    kernel[..., 5] = 0.0

    loaded = dequantise(quantise({"kernel": kernel}), where="here")["kernel"]

    step = np.abs(kernel).max(axis=(0, 1, 2)) / 127.0
    assert (np.abs(loaded - kernel).max(axis=(0, 1, 2)) <= 0.51 * step + 1e-12).all()
    assert not loaded[..., 5].any()


def test_each_row_of_an_embedding_has_a_scale_of_its_own() -> None:
    table = np.random.default_rng(0).normal(size=(200, 64)) * np.geomspace(1e-4, 10.0, 200)[:, None]

    loaded = dequantise(quantise({"embedding": table}), where="here")["embedding"]

    np.testing.assert_array_less(np.abs(loaded - table).max(1), np.abs(table).max(1) / 250.0)


def test_biases_norms_and_small_kernels_stay_in_half_precision() -> None:
    tree = {"scale": np.ones(9000), "kernel": np.full((3, 3, 4, 8), 0.1)}

    stored = quantise(tree)

    assert {leaf.dtype for leaf in jax.tree.leaves(stored)} == {np.dtype(np.float16)}


@pytest.mark.slow
def test_a_model_loads_like_any_other(saved: Path, tmp_path: Path) -> None:
    original = tiny_bundle(tmp_path)

    loaded = load_bundle(saved)

    for name in ("text_encoder", "unet", "vae"):
        mine, theirs = getattr(loaded, name), getattr(original, name)
        assert mine.config == theirs.config
        wanted = dict(leaves(theirs.params))
        for path, leaf in leaves(mine.params):
            assert leaf.dtype in (np.float32, np.float16)
            assert np.abs(leaf - wanted[path]).max() <= 0.005 * np.abs(wanted[path]).max()
    assert set(loaded.controlnets) == {"canny", "hue"}
    half = load_bundle(saved, dtype=np.float16).unet.params
    assert {leaf.dtype for leaf in jax.tree.leaves(half)} == {np.dtype(np.float16)}


def test_a_file_is_one_nested_dict_and_its_config_says_how_it_is_stored(saved: Path) -> None:
    tree = read_msgpack(saved / "unet" / "diffusion_flax_model.msgpack")
    config = json.loads((saved / "unet" / "config.json").read_text())

    kernel = tree["mid_block"]["resnets_0"]["conv1"]["kernel"]
    assert kernel["int8"].dtype == np.int8
    assert kernel["scale"].shape == (1, 1, 1, 32)
    assert config[FIELD] == {"quant_method": "int8_per_channel"}


@pytest.mark.slow
def test_it_takes_little_more_than_a_byte_a_weight(tmp_path: Path) -> None:
    unet = tiny_bundle(tmp_path / "source").unet
    for storage in ("plain", "int8"):
        save_component(tmp_path / storage, unet.config, unet.params, storage=storage)
    plain, small = (
        (tmp_path / storage / "diffusion_flax_model.msgpack").stat().st_size
        for storage in ("plain", "int8")
    )
    assert small < 0.45 * plain


@pytest.mark.slow
def test_another_quantisation_is_refused_by_name(saved: Path, tmp_path: Path) -> None:
    unet = tiny_bundle(tmp_path / "source").unet
    save_bundle(tmp_path / "model", tiny_bundle(tmp_path / "source"), storage="int8")
    path = tmp_path / "model" / "unet" / "config.json"
    path.write_text(json.dumps(unet.config.to_dict() | {FIELD: {"quant_method": "bitsandbytes"}}))

    with pytest.raises(UnsupportedConfig, match="quantization_config"):
        load_bundle(tmp_path / "model")


@pytest.mark.slow
def test_a_scale_that_does_not_fit_is_damage(tmp_path: Path) -> None:
    save_bundle(tmp_path / "model", tiny_bundle(tmp_path / "source"), storage="int8")
    path = tmp_path / "model" / "unet" / "diffusion_flax_model.msgpack"
    tree = read_msgpack(path)
    tree["mid_block"]["resnets_0"]["conv1"]["kernel"]["scale"] = np.ones((1, 1, 1, 7), np.float32)
    write_msgpack(path, tree)

    with pytest.raises(DamagedWeights, match="scale that fits"):
        load_bundle(tmp_path / "model")


@pytest.mark.slow
@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_a_scale_that_is_not_finite_is_damage(tmp_path: Path, wrong: float) -> None:
    save_bundle(tmp_path / "model", tiny_bundle(tmp_path / "source"), storage="int8")
    path = tmp_path / "model" / "unet" / "diffusion_flax_model.msgpack"
    tree = read_msgpack(path)
    scale = np.array(tree["mid_block"]["resnets_0"]["conv1"]["kernel"]["scale"])
    scale[..., 3] = wrong
    tree["mid_block"]["resnets_0"]["conv1"]["kernel"]["scale"] = scale
    write_msgpack(path, tree)

    with pytest.raises(DamagedWeights, match=r"kernel must have a scale of finite numbers.*; "):
        load_bundle(tmp_path / "model")
