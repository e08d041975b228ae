"""One tile answered, by demos that are really served: what they made, or why not, in a sentence."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from pydantic import SecretStr

from gallery.database.connection import Database
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.judging.same_input import asking
from gallery.judging.same_input.running import Running
from gallery.judging.same_input.showing import Tile
from gallery.judging.same_input.tiles import State
from gallery.practice.small_hub import Trouble
from gallery.settings import Settings
from inference.errors import EngineUnavailable
from inference.serving.http.keys import KeyFile
from inference.serving.http.service import Service
from spaces.hub.client import Hub
from tests.gallery.conftest import BASE_URL, Clock
from tests.gallery.hub_fixtures import ServedHub, settings_at
from tests.gallery.judging.same_input.conftest import Sheets
from tests.gallery.judging.same_input.small_demo import SmallDemos, small_demos
from tests.gallery.watched import paged_hub, small_hub
from tests.inference.serving.painted import INFO, PaintedEngine
from tests.inference.serving.served import on_loopback

__all__ = ["paged_hub", "small_hub"]

pytestmark = pytest.mark.parametrize("address", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def served_demos() -> Iterator[SmallDemos]:
    with small_demos() as demos:
        yield demos


@pytest.fixture
def demos(served_demos: SmallDemos) -> SmallDemos:
    served_demos.manners.clear()
    served_demos.heard.clear()
    served_demos.open.set()
    return served_demos


@pytest.fixture
def settings(tmp_path, small_hub: ServedHub, demos: SmallDemos) -> Settings:
    hosts = [one.removeprefix("http://") for one in (small_hub.address, demos.address)]
    return settings_at(small_hub, base_url=BASE_URL, data_dir=tmp_path / "data").model_copy(
        update={"reachable_private_hosts": hosts}
    )


@pytest.fixture
def gallery(
    settings: Settings, database: Database, event: Event, clock: Clock, small_hub: ServedHub
) -> Gallery:
    gallery = Gallery(settings, database, {event.slug: event}, clock, keep_seconds=0)
    vars(gallery)["hub"] = Hub(small_hub.address, retries=0)
    return gallery


@pytest.fixture
def asked(same_input: Sheets, small_hub: ServedHub, demos: SmallDemos):
    """Runs a sheet of the first demo, whose Space is in `stage` and has a demo of that manner."""

    def run(manner: str = "fine", *, stage: str = "RUNNING", host: str | None = None) -> Tile:
        demo = same_input.jury.demos[0]
        demos.manners["first"] = manner
        small_hub.hub.add_space(
            same_input.space_of(demo),
            runtime=stage,
            host=None if stage == "SLEEPING" else host or f"{demos.address}/first",
        )
        sheet = same_input.make("juror", demos=[demo])
        assert Running(same_input.gallery).step()
        (tile,) = same_input.view("juror", sheet).tiles
        return tile

    return run


def test_a_demo_is_given_the_words_and_the_picture_and_what_it_made_is_kept(
    asked, same_input: Sheets, demos: SmallDemos
) -> None:
    tile = asked()
    assert (tile.state, tile.took) == (State.MADE, "took words and picture, has no seed")
    assert tile.picture is not None
    assert same_input.is_kept(tile.picture)
    assert tile.seconds is not None
    picture, prompt = demos.heard["first"]
    assert prompt == "a blue fish"
    assert picture["path"] == "/tmp/given.webp"


@pytest.mark.parametrize(
    ("manner", "state", "said"),
    [
        ("refuses", State.REFUSED, "got an error: out of <b>memory</b>"),
        ("wordy", State.NO_PICTURE, "it answered without a picture"),
        ("a page", State.DOWN, "must answer as Gradio 4 or newer does"),
    ],
)
def test_a_demo_that_makes_none_says_why(asked, manner: str, state: State, said: str) -> None:
    tile = asked(manner)
    assert (tile.state, tile.picture) == (state, None)
    assert said in tile.says


def test_a_demo_that_takes_too_long_is_left(
    asked, demos: SmallDemos, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "SECONDS", 1.0)
    demos.open.clear()
    tile = asked()
    assert tile.state is State.SLOW
    assert "did not answer whole within 1 s" in tile.says


def test_a_sleeping_demo_says_so_and_is_woken(
    asked, same_input: Sheets, small_hub: ServedHub
) -> None:
    tile = asked(stage="SLEEPING")
    assert tile.state is State.ASLEEP
    assert tile.says == "it sleeps and is being woken; run it again in a minute or two"
    space = same_input.gallery.hub.space(same_input.space_of(same_input.jury.demos[0]))
    assert space is not None
    assert space.stage == "RUNNING"


def test_a_demo_that_the_hub_calls_broken_is_down(asked) -> None:
    tile = asked(stage="BUILD_ERROR")
    assert tile.state is State.DOWN
    assert tile.says == "the Hub says build error; its team has to mend it"


def test_a_host_inside_the_network_is_never_connected_to(asked) -> None:
    tile = asked(host="http://127.0.0.1:1999")
    assert tile.state is State.REFUSED
    assert "on the public internet" in tile.says


def test_a_demo_that_is_not_there_is_down(asked, demos: SmallDemos) -> None:
    tile = asked(host=f"{demos.address}/nobody/there")
    assert tile.state is State.DOWN
    assert "answered 404 instead of a page" in tile.says


def test_a_space_that_is_gone_is_said_and_a_hub_that_is_down_too(
    same_input: Sheets, small_hub: ServedHub
) -> None:
    demo = same_input.jury.demos[0]
    sheet = same_input.make("juror", demos=[demo])
    small_hub.hub.trouble = Trouble.down()
    assert Running(same_input.gallery).step()
    (tile,) = same_input.view("juror", sheet).tiles
    assert (tile.state, tile.picture) == (State.DOWN, None)
    small_hub.hub.trouble = None
    same_input.jury.clock.now += asking.waking.CERTAIN * 2
    sheet = same_input.make("juror", demos=[demo])
    assert Running(same_input.gallery).step()
    (tile,) = same_input.view("juror", sheet).tiles
    assert tile.state is State.GONE


@pytest.fixture
def engine() -> Iterator[tuple[str, str, PaintedEngine]]:
    """A shared engine that loads what a team calls its own, served with a key."""
    painted = PaintedEngine()
    painted.info = replace(INFO, sources={"canny": "Team/Lines"})
    with TemporaryDirectory() as folder:
        keys = KeyFile(Path(folder) / "keys.json")
        key = keys.make("gallery")
        with on_loopback(Service(painted, keys)) as url:  # type: ignore[arg-type]
            yield url, key, painted


def with_engine(gallery: Gallery, url: str, key: str) -> Running:
    settings = gallery.settings.model_copy(
        update={"inference_url": url, "inference_key": SecretStr(key)}
    )
    object.__setattr__(gallery, "settings", settings)
    return Running(gallery)


def linked(same_input: Sheets, small_hub: ServedHub, *models: str) -> int:
    """A sheet of the first demo, which sleeps and names its models."""
    demo = same_input.jury.demos[0]
    small_hub.hub.add_space(
        same_input.space_of(demo), runtime="SLEEPING", card={"models": list(models)}
    )
    return same_input.make("juror", demos=[demo])


@pytest.mark.slow
def test_the_shared_engine_is_asked_for_a_controlnet_that_it_loads(
    same_input: Sheets, small_hub: ServedHub, engine: tuple[str, str, PaintedEngine]
) -> None:
    url, key, painted = engine
    sheet = linked(same_input, small_hub, "team/lines", "someone/base")
    assert with_engine(same_input.gallery, url, key).step()
    (tile,) = same_input.view("juror", sheet).tiles
    assert (tile.state, tile.took) == (State.MADE, "took words, picture and seed")
    assert "made by the shared engine" in tile.says
    assert tile.picture is not None
    assert same_input.is_kept(tile.picture)
    (ticket,) = painted.tickets
    assert (ticket.request.prompt, ticket.request.seed) == ("a blue fish", 7)
    assert [control.name for control in ticket.request.controls] == ["canny"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "trouble", ["another model", "a wrong key", "no pictures", "away", "unknown maps"]
)
def test_else_the_demo_itself_is_asked(
    same_input: Sheets,
    small_hub: ServedHub,
    engine: tuple[str, str, PaintedEngine],
    trouble: str,
) -> None:
    url, key, painted = engine
    if trouble == "no pictures":
        painted.error = EngineUnavailable("it does not work today; come back")
    if trouble == "unknown maps":
        painted.info = replace(painted.info, annotators={"canny": "tea leaves"})
    models = ("team/other",) if trouble == "another model" else ("team/lines",)
    sheet = linked(same_input, small_hub, *models)
    key = "sprint_nobody" if trouble == "a wrong key" else key
    url = "http://127.0.0.1:9" if trouble == "away" else url
    assert with_engine(same_input.gallery, url, key).step()
    assert same_input.states(sheet) == {same_input.jury.demos[0]: State.ASLEEP}
