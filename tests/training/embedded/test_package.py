"""A packaged model: what it has, and what cannot be packaged."""

from pathlib import Path

import jax
import numpy as np
import pytest

from inference.checkpoints import load_bundle
from inference.errors import CheckpointNotFound
from training.embedded import train_autoencoder
from training.embedded.package import main as package
from training.loop.base import FEW_STEPS, load


@pytest.mark.slow
def test_a_package_may_have_another_autoencoder_than_its_base(runs: Path, tmp_path: Path) -> None:
    arguments = ["--base", str(runs / "base" / "model"), "--out", str(tmp_path)]

    assert package([*arguments, "--storage", "float16", "--vae", str(runs / "decoder/vae")]) == 0

    _, wanted = train_autoencoder.load(runs / "decoder" / "vae")
    jax.tree.map(
        lambda got, one: np.testing.assert_array_equal(got, np.asarray(one).astype(np.float16)),
        load_bundle(tmp_path).vae.params,
        dict(wanted),
    )


@pytest.mark.slow
def test_the_package_is_a_model_of_half_precision_that_loads(runs: Path, tmp_path: Path) -> None:
    out = tmp_path / "embedded"
    arguments = ["--base", str(runs / "base" / "model"), "--out", str(out), "--storage", "float16"]

    assert package([*arguments, "--controlnet", f"canny={runs / 'canny' / 'model'}"]) == 0

    bundle = load_bundle(out)
    assert set(bundle.controlnets) == {"canny"}
    assert {leaf.dtype for leaf in jax.tree.leaves(bundle.unet.params)} == {np.dtype(np.float16)}
    assert bundle.generation_config["steps"] > 0
    trained = load_bundle(runs / "base" / "model").unet.params["conv_in"]["kernel"]
    stored = bundle.unet.params["conv_in"]["kernel"]
    np.testing.assert_array_equal(stored, np.asarray(trained).astype(np.float16))


@pytest.mark.slow
def test_a_package_may_say_that_few_steps_are_enough(runs: Path, tmp_path: Path) -> None:
    arguments = ["--base", str(runs / "base" / "model"), "--out", str(tmp_path), "--few-steps"]

    assert package(arguments) == 0

    assert load_bundle(tmp_path).generation_config == FEW_STEPS


@pytest.mark.slow
def test_a_controlnet_alone_is_no_base(runs: Path, tmp_path: Path) -> None:
    assert package(["--base", str(runs / "canny" / "model"), "--out", str(tmp_path)]) == 2
    with pytest.raises(CheckpointNotFound):
        load(runs / "canny" / "model")
