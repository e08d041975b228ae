"""The memory plan: what fits, by what the compiler says, on devices that may not be there."""

import re
import subprocess
import sys
from pathlib import Path

import jax
import pytest

from inference.checkpoints import load_bundle, load_shapes, save_bundle
from inference.cli import main
from inference.serving.plan import GIB, Lane, Plan
from tests.tiny import tiny_bundle

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("model")
    save_bundle(folder / "tiny", tiny_bundle(folder))
    return str(folder / "tiny")


@pytest.mark.slow
def test_a_model_as_shapes_is_the_model_without_its_weights(folder: str) -> None:
    shapes, bundle = load_shapes(folder, dtype="float32"), load_bundle(folder)
    for part in ("text_encoder", "unet", "vae"):
        told, loaded = getattr(shapes, part), getattr(bundle, part)
        assert told.config == loaded.config
        assert jax.tree.map(lambda leaf: leaf.shape, told.params) == jax.tree.map(
            lambda leaf: leaf.shape, loaded.params
        )
    assert shapes.controlnets.keys() <= bundle.controlnets.keys()


def test_what_is_left_is_for_controlnets() -> None:
    lanes = (Lane((64, 64), slots=1 * GIB, working=2 * GIB), Lane((128, 128), GIB, 9 * GIB))
    told = Plan("it", "one", 10 * GIB, 3 * GIB, GIB // 2, GIB // 2, 4, lanes)
    assert told.left(lanes[0]) == 3.5 * GIB
    lines = str(told).splitlines()
    assert any(line.split() == ["ControlNets", "that", "fit", "7"] for line in lines)
    assert lines[-1].strip().startswith("does not fit: 3.500 GiB too many; plan with fewer rows")


@pytest.mark.slow
def test_the_plan_counts_what_a_loaded_model_has_on_its_device(folder: str) -> None:
    """In a process of its own, where shapes may stand for arrays."""
    done = subprocess.run(
        [sys.executable, "-m", "inference", "plan", "--model", folder, "--rows", "2"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = dict(re.findall(r"^  (\S.*?) {2,}(\S+)(?: GiB)?$", done.stdout, re.MULTILINE))
    bundle = load_bundle(folder)
    parts = (bundle.text_encoder, bundle.unet, bundle.vae)
    base = sum(leaf.nbytes for part in parts for leaf in jax.tree.leaves(part.params))
    controlnet = sum(leaf.nbytes for leaf in jax.tree.leaves(bundle.controlnets["canny"].params))
    assert float(told["base model"]) == round(base / GIB, 3)
    assert float(told["a ControlNet"]) == round(controlnet / GIB, 3)
    left = float(told["left for ControlNets (device_gib at most)"])
    assert 31 < left < 31.5  # of 32, but for what is kept between requests
    assert int(told["ControlNets that fit"]) == pytest.approx(left * GIB / controlnet, rel=0.01)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--memory", "0"), "--memory must be more than 0 GiB, got 0"),
        (("--memory", "nan"), "--memory must be more than 0 GiB, got nan"),
        (("--times", "3"), "--times must be more than 0 and up to 2, got [3.0]"),
        (("--rows", "3"), "argument --rows: invalid choice"),
        (("--model", "/nowhere"), "which is no folder here"),
    ],
)
def test_what_cannot_be_planned_is_told_in_a_sentence(
    options: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", *options]) == 2
    assert sentence in capsys.readouterr().err
