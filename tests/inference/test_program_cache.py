"""A process that finds a program on the disk computes the same, and traces nothing."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.experimental.compilation_cache.compilation_cache import reset_cache

from inference.devices import Devices
from inference.disk_cache import DISK
from inference.program_cache import program_name

SETTINGS = (
    "jax_compilation_cache_dir",
    "jax_persistent_cache_min_compile_time_secs",
    "jax_persistent_cache_min_entry_size_bytes",
)


@contextmanager
def jax_keeps(*settings: Any) -> Iterator[None]:
    """JAX's own cache, with those settings for a while."""
    before = [getattr(jax.config, name) for name in SETTINGS]
    try:
        for name, value in zip(SETTINGS, settings, strict=True):
            jax.config.update(name, value)
        reset_cache()
        yield
    finally:
        for name, value in zip(SETTINGS, before, strict=True):
            jax.config.update(name, value)
        reset_cache()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """This process keeps its programs there, and JAX none of its own, for the test's time."""
    with jax_keeps(None, 0.0, 0):
        assert DISK.open(tmp_path / "programs")
        yield tmp_path / "programs"
        DISK.close()


@dataclass(frozen=True)
class Config:
    power: int


class Network:
    """Counts how often it is traced."""

    def __init__(self, power: int, *, described: bool = True) -> None:
        self.devices = Devices()
        self.power = power
        self.traced = 0
        of = Config(power) if described else None
        self.program = self.devices.program(self.run, of=of, consumes=(1,))

    def run(self, params: Any, x: Any) -> Any:
        self.traced += 1
        return {"powers": jnp.sin(x) ** self.power * params, "sum": x.sum()}

    def __call__(self, rows: int = 3) -> list:
        params = self.devices.replicate(np.float32(2.0))
        x = self.devices.replicate(np.linspace(0, 1, rows, dtype=np.float32))
        return jax.tree.leaves(jax.tree.map(lambda leaf: leaf.tolist(), self.program(params, x)))


def test_the_second_time_nothing_is_traced_and_the_numbers_are_the_same(folder: Path) -> None:
    first, second = Network(2), Network(2)
    assert first() == second()
    assert (first.traced, second.traced) == (1, 0)
    assert len(list(folder.iterdir())) == 1


def test_another_configuration_or_shape_is_another_program(folder: Path) -> None:
    Network(2)()
    cubed, longer = Network(3), Network(2)
    assert cubed() != Network(2)()
    assert len(longer(rows=4)) == 4 + 1
    assert (cubed.traced, longer.traced) == (1, 1)


def test_a_program_that_does_not_say_what_it_computes_with_is_not_kept(folder: Path) -> None:
    Network(2, described=False)()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"no pickle", b"\x80\x05]\x94."])
def test_what_cannot_be_loaded_is_compiled(folder: Path, content: bytes) -> None:
    first = Network(2)
    expected = first()
    (entry,) = folder.iterdir()
    entry.unlink()
    DISK.write(entry.name, content)
    again = Network(2)
    assert again() == expected
    assert again.traced == 1


def test_flags_of_the_compiler_are_part_of_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    devices, x = jax.local_devices(), np.zeros(3)
    before = program_name(np.sin, (), x, devices)
    assert program_name(np.sin, (), x, devices) == before
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_enable_fast_math=true")
    assert program_name(np.sin, (), x, devices) != before
    assert program_name(np.sin, (), np.zeros(3, np.float32), devices) != before


def test_what_jax_had_kept_itself_is_not_written_again(folder: Path, tmp_path: Path) -> None:
    """It would lack the functions that it calls."""
    with jax_keeps(str(tmp_path / "jax"), 0.0, -1):
        DISK.close()
        expected = Network(2)()
        assert list((tmp_path / "jax").iterdir())
        DISK.open(folder)
        assert Network(2)() == expected
    assert list(folder.iterdir()) == []


PICTURE = """
import hashlib, json, sys
import numpy as np
from PIL import Image
from inference.disk_cache import DISK
from inference.pipeline import Pipeline
from inference.program_cache import remember_compilations
from inference.request import Control, GenerationRequest

remember_compilations()
found = []
read = DISK.read
DISK.read = lambda name: found.append(read(name)) or found[-1]
pipeline = Pipeline.load("embedded")
edges = np.zeros((128, 128, 3), np.uint8)
edges[32:96, 32:96] = 255
control = Control(name="canny", map=Image.fromarray(edges))
request = GenerationRequest(prompt="a red apple", steps=2, seed=3, controls=(control,))
*_, result = pipeline.generate(request)
picture = hashlib.sha256(np.asarray(result.images[0]).tobytes()).hexdigest()
print(json.dumps([picture, len(found), sum(one is None for one in found)]))
"""


@pytest.mark.slow
def test_a_second_process_paints_the_same_picture_from_what_the_first_kept(tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    environment.pop("JAX_COMPILATION_CACHE_DIR", None)
    painted = []
    for _ in range(2):
        ran = subprocess.run(
            [sys.executable, "-c", PICTURE],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parents[2],
        )
        painted.append(json.loads(ran.stdout.splitlines()[-1]))
    (first, asked, missed), (second, asked_again, missed_again) = painted
    assert missed == asked == asked_again > 10
    assert missed_again == 0
    assert first == second
