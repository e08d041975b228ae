"""A Space whose pictures are made elsewhere: the page is the same, and so is its API."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from PIL import Image

from inference.serving.http.keys import KeyFile
from inference.serving.http.service import Service
from tests.fake_engine import colour_of
from tests.inference.serving.painted import PaintedEngine
from tests.inference.serving.served import on_loopback

ROOT = Path(__file__).parents[3]


@pytest.mark.slow
def test_a_space_asks_the_service_that_its_environment_names(tmp_path: Path) -> None:
    token = KeyFile(tmp_path / "keys.json").make("space")
    Image.new("RGB", (64, 64), "white").save(tmp_path / "white.png")
    painter = PaintedEngine()
    with on_loopback(Service(painter, KeyFile(tmp_path / "keys.json"))) as url:
        process = subprocess.Popen(
            [sys.executable, "-m", "spaces"],
            cwd=ROOT,
            env={**os.environ, "INFERENCE_URL": url, "INFERENCE_KEY": token, "HF_HUB_OFFLINE": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found is not None
            client = Client(found[0], verbose=False)
            (picture,), _ = client.predict(
                "a cat", handle_file(tmp_path / "white.png"), seed=7, api_name="/generate"
            )
            client.close()
        finally:
            process.terminate()
            process.communicate(timeout=30)
    with Image.open(picture) as image:
        assert image.convert("RGB").getpixel((5, 5)) == colour_of(7)
    request = painter.tickets[0].request
    assert (request.prompt, [control.name for control in request.controls]) == ("a cat", ["canny"])
