"""What only a process of its own can show: what is imported, and other numbers of devices."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference.checkpoints import save_bundle
from tests.tiny import tiny_bundle

ROOT = Path(__file__).parents[2]

GENERATE = """
import json, sys
from inference.cli import main
status = main(sys.argv[1:])
heavy = [name for name in ("torch", "diffusers", "controlnet_aux") if name in sys.modules]
print(json.dumps(heavy))
sys.exit(status)
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    save_bundle(folder / "tiny", tiny_bundle(folder))
    Image.effect_noise((32, 32), 200).convert("RGB").save(folder / "map.png")
    return folder


def generate(folder: Path, devices: int) -> tuple[dict, list[str], list[np.ndarray]]:
    """Five pictures on so many devices: what was printed, what was imported, the pixels."""
    out = folder / f"on-{devices}.png"
    options = [
        *("--model", str(folder / "tiny"), "--control", f"canny={folder}/map.png"),
        *("--num-images", "5", "--steps", "3", "--seed", "3", "--json", "--out", str(out)),
    ]
    run = subprocess.run(
        [sys.executable, "-c", GENERATE, "generate", "a cat", *options],
        cwd=ROOT,
        env={**os.environ, "XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    facts, heavy = map(json.loads, run.stdout.splitlines())
    return facts, heavy, [pixels(Path(path)) for path in facts["paths"]]


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image, np.int16)


@pytest.mark.slow
def test_the_same_pictures_come_from_one_two_and_four_devices(model: Path) -> None:
    facts, _, alone = generate(model, 1)
    assert facts["device"] == "cpu"
    for devices in (2, 4):
        facts, _, pictures = generate(model, devices)
        assert facts["device"] == f"{devices} × cpu"
        for mine, other in zip(alone, pictures, strict=True):
            assert np.abs(mine - other).max() <= 1


@pytest.mark.slow
def test_a_generation_imports_neither_torch_nor_diffusers(model: Path) -> None:
    _, heavy, _ = generate(model, 1)
    assert heavy == []
