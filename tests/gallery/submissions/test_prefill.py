"""What a pasted address fills in: by what the Hub says, or by what is known of it."""

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from gallery.actor import Actor
from gallery.errors import Invalid
from gallery.gallery import Gallery
from gallery.practice.small_hub import Trouble
from gallery.settings import Settings
from gallery.submissions.content import SubmissionContent, Task
from gallery.submissions.pictures import PictureStore
from gallery.submissions.prefill import look_up
from spaces.hub.client import Hub
from tests.gallery.conftest import BASE_URL, Clock
from tests.gallery.hub_fixtures import ServedHub, served_hub, settings_at, small_hub

__all__ = ["served_hub", "small_hub"]

Look = Callable[[str], SubmissionContent]


@pytest.fixture
def settings(tmp_path: Path, small_hub: ServedHub) -> Settings:
    """A gallery that asks the small Hub, and may fetch pictures from it."""
    return settings_at(small_hub, base_url=BASE_URL, data_dir=tmp_path / "data")


@pytest.fixture
def look(gallery: Gallery, person: Callable[[str], Actor], small_hub: ServedHub) -> Look:
    """As `ada-l`, at a Hub that is given up at once."""
    vars(gallery)["hub"] = Hub(small_hub.address, retries=0, sleep=lambda _seconds: None)
    ada = person("ada-l")
    return lambda address: look_up(gallery, ada, event=gallery.current, address=address)


def _with_fish(small_hub: ServedHub, **changes: object) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (64, 48), "skyblue").save(stream, "PNG")
    card = {
        "title": "Fish",
        "emoji": "🐟",
        "short_description": "A few lines become a fish.",
        "license": "apache-2.0",
        "tags": ["summer-sprint", "sea"],
        "models": ["ada-l/scales", "ada-l/not-there"],
        "datasets": ["ada-l/reef"],
        "thumbnail": f"{small_hub.address}/spaces/ada-l/fish/resolve/main/thumb.png",
    }
    files = {"thumb.png": stream.getvalue()}
    small_hub.hub.add_space("ada-l/fish", card={**card, **changes}, files=files)
    model = {"base_model": "someone/base", "tags": ["controlnet", "canny"]}
    small_hub.hub.add_model("ada-l/scales", card=model)


def test_the_hub_fills_in_what_it_says_of_the_space_and_its_models(
    gallery: Gallery, small_hub: ServedHub, look: Look
) -> None:
    _with_fish(small_hub)
    content = look(f"{small_hub.address}/spaces/ada-l/fish")
    assert (content.space_id, content.title, content.emoji) == ("ada-l/fish", "Fish", "🐟")
    assert (content.summary, content.license) == ("A few lines become a fish.", "apache-2.0")
    assert (content.models, content.datasets) == (
        ("ada-l/scales", "ada-l/not-there"),
        ("ada-l/reef",),
    )
    assert (content.base_model, content.task) == ("someone/base", Task.CONTROLNET)
    assert content.controls == ("canny",)
    assert content.tags == ("sea",)
    assert content.thumbnail is not None
    assert PictureStore(gallery.settings.pictures_dir).path(content.thumbnail).exists()


def test_a_thumbnail_that_may_not_be_fetched_is_left_out(small_hub: ServedHub, look: Look) -> None:
    _with_fish(small_hub, thumbnail="http://10.0.0.1/thumb.png")
    content = look("ada-l/fish")
    assert (content.title, content.thumbnail) == ("Fish", None)


def test_a_hub_that_is_down_leaves_what_is_known_or_the_name_alone(
    small_hub: ServedHub, look: Look, clock: Clock
) -> None:
    _with_fish(small_hub)
    look("ada-l/fish")
    clock.now += timedelta(hours=1)
    for trouble in (Trouble.down(), Trouble.nonsense()):
        small_hub.hub.trouble = trouble
        assert look("ada-l/fish").base_model == "someone/base"
        bare = look("ada-l/wet-paint")
        assert (bare.space_id, bare.title, bare.models) == ("ada-l/wet-paint", "wet paint", ())
        with pytest.raises(Invalid, match="paste owner/name instead"):
            look("https://ada-l-fish.hf.space")


@pytest.mark.parametrize(
    ("pasted", "sentence"),
    [
        ("ada-l/nowhere", "no public Space ada-l/nowhere"),
        ("what a demo", "owner/name"),
        ("https://elsewhere.example/ada-l/fish", "owner/name"),
    ],
)
def test_what_is_no_space_gets_a_sentence(look: Look, pasted: str, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence) as caught:
        look(pasted)
    assert caught.value.field == "space_id"
