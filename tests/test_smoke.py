"""The smoke set without the rest: processes that have nothing but what serving needs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lean import hide_the_rest

ROOT = Path(__file__).parents[1]
HEAVY = {"torch", "torchvision", "controlnet_aux", "diffusers", "skimage", "playwright", "pytest"}


@pytest.fixture
def hiding(tmp_path: Path) -> dict[str, str]:
    """The environment of processes that lack the rest."""
    assert hide_the_rest(tmp_path) >= HEAVY
    return {**os.environ, "PYTHONPATH": str(tmp_path)}


@pytest.mark.slow
def test_demo_and_gallery_serve_with_what_serving_needs_alone(hiding: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.smoke"],
        cwd=ROOT,
        env=hiding,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "pages of the gallery opened" in done.stdout
    assert "a picture of 512×512 painted" in done.stdout
    assert "torch is not installed; install all with `pip install -r" in done.stdout


def test_what_is_hidden_is_as_if_it_had_never_been_installed(hiding: dict[str, str]) -> None:
    tried = "import importlib.util as u, jax; print(u.find_spec('torch')); import torch"
    done = subprocess.run(
        [sys.executable, "-c", tried], env=hiding, capture_output=True, text=True, check=False
    )
    assert done.stdout == "None\n"
    assert "No module named 'torch'" in done.stderr
