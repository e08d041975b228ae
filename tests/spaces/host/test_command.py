"""`python -m spaces host`, for real: on a service that makes the pictures."""

from pathlib import Path

import httpx
import pytest
from gradio_client import Client, handle_file
from PIL import Image

from spaces.host.command import host_demos
from tests.fake_engine import colour_of
from tests.spaces.host.listed import demo, written
from tests.spaces.started import started


@pytest.mark.slow
def test_demos_ask_the_service_that_their_environment_names(tmp_path: Path, square: Path) -> None:
    file = written(tmp_path, {"cats": demo(), "dogs": demo(controlnets={"lines": "owner/lines"})})
    with started(tmp_path, "host", str(file)) as (address, _):
        client = Client(f"{address}/cats/", verbose=False)
        (picture,), _ = client.predict("a cat", handle_file(square), seed=7, api_name="/generate")
        client.close()
        missing = httpx.get(f"{address}/dogs/", timeout=60)
    with Image.open(picture) as image:
        assert image.convert("RGB").getpixel((5, 5)) == colour_of(7)
    assert missing.status_code == 503
    assert "--controlnet dogs.lines=owner/lines" in missing.json()["error"]


def test_a_listing_that_does_not_fit_is_one_sentence_and_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, {"cats": demo(live="yes")})
    assert host_demos([str(file)]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"error: {file}: demos.cats.live must be true or false")
    assert told.count("\n") == 1
