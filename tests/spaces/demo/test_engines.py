"""A Space whose pictures are made elsewhere: the page is the same, and so is its API."""

from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from PIL import Image

from tests.fake_engine import colour_of
from tests.spaces.started import started


@pytest.mark.slow
def test_a_space_asks_the_service_that_its_environment_names(tmp_path: Path) -> None:
    Image.new("RGB", (64, 64), "white").save(tmp_path / "white.png")
    with started(tmp_path) as (address, painter):
        client = Client(address, verbose=False)
        (picture,), _ = client.predict(
            "a cat", handle_file(tmp_path / "white.png"), seed=7, api_name="/generate"
        )
        client.close()
    with Image.open(picture) as image:
        assert image.convert("RGB").getpixel((5, 5)) == colour_of(7)
    request = painter.tickets[0].request
    assert (request.prompt, [control.name for control in request.controls]) == ("a cat", ["canny"])
