"""`python -m gallery` as a process: one's own event, without the core, until it is told to stop."""

import os
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from gallery.event.load import SHIPPED
from tests.browser import free_port


@pytest.mark.slow
def test_it_serves_the_event_that_the_settings_name(tmp_path: Path) -> None:
    file = tmp_path / "event.toml"
    text = SHIPPED.read_text("utf-8").replace("jax-diffusers-2023", "winter-sprint")
    file.write_text(text.replace('"JAX/Diffusers community sprint"', '"Winter sprint"'), "utf-8")
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "gallery", "serve", "--port", str(port)],
        env={**os.environ, "EVENTS": str(file), "DATA_DIR": str(tmp_path), "POLL_MINUTES": "0"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert f"The gallery is at http://127.0.0.1:{port}" in process.stdout.readline()
            page = _answer(f"http://127.0.0.1:{port}/winter-sprint/event")
        finally:
            process.terminate()
    assert page.status_code == 200
    assert "Winter sprint" in page.text


def _answer(address: str, *, seconds: float = 60) -> httpx.Response:
    """What the address says once somebody listens there."""
    until = time.monotonic() + seconds
    while True:
        try:
            return httpx.get(address, timeout=120)
        except httpx.TransportError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


@pytest.mark.slow
def test_the_gallery_starts_without_gradio_and_of_the_core_with_the_door_for_pictures_alone() -> (
    None
):
    wanted = "import sys, gallery.app, gallery.cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", wanted], capture_output=True, text=True)
    loaded = done.stdout.split()
    assert "gallery" in loaded
    frameworks = {"jax", "flax", "torch", "diffusers", "transformers", "gradio", "scipy"}
    assert not {name.partition(".")[0] for name in loaded} & frameworks
    core = {name.split(".")[1] for name in loaded if name.startswith("inference.")}
    assert core == {"decoding", "errors"}
