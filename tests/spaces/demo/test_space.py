"""Gradio wraps events in a Space with what it finds under the name `spaces`, which is us."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from gradio_client import Client, handle_file
from PIL import Image

import spaces
from tests.browser import free_port
from tests.fake_engine import colour_of

ROOT = Path(__file__).parents[3]


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = "import sys, spaces; print([m for m in ('gradio', 'jax', 'PIL') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_handlers_are_handed_back_as_they_are() -> None:
    assert spaces.gradio_auto_wrap(len) is len


@pytest.fixture(scope="module")
def space() -> Iterator[str]:
    port = free_port()
    environment = {**os.environ, "SPACE_ID": "team/space", "HF_HUB_OFFLINE": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.spaces.demo.space_app", str(port)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    address = f"http://127.0.0.1:{port}/"
    try:
        for _ in range(1200):
            if process.poll() is not None:
                pytest.fail(f"the Space ended: {process.stdout and process.stdout.read()}")
            try:
                httpx.get(address, timeout=60)
                break
            except httpx.TransportError:
                time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.communicate(timeout=20)


@pytest.mark.slow
def test_a_space_starts_and_its_events_run(space: str, tmp_path: Path) -> None:
    Image.new("RGB", (64, 64), "white").save(tmp_path / "white.png")
    client = Client(space, verbose=False)
    (path,), _ = client.predict(
        "a box", handle_file(tmp_path / "white.png"), seed=4, api_name="/generate"
    )
    with Image.open(path) as image:
        assert image.getpixel((5, 5)) == colour_of(4)
    client.close()
