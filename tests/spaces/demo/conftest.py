"""The embedded model on the real engine: in this process, and behind its service; loaded once."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import pytest

from inference.engine import Engine

if TYPE_CHECKING:
    from inference.serving.engine import SlotEngine

PLACES = ("in the process", "over HTTP")


class Service(NamedTuple):
    """Where the engine is served, and the key that lets a Space in."""

    url: str
    key: str


@pytest.fixture(scope="session")
def slots() -> Iterator["SlotEngine"]:
    """It keeps no results: the second who asks for the same has it made, too."""
    from inference.model import Model
    from inference.serving.engine import SlotEngine

    engine = SlotEngine(Model.load("embedded"), most_rows=2, result_bytes=0)
    engine.start()
    yield engine
    engine.stop(patience=1.0)


@pytest.fixture(scope="session")
def service(slots: "SlotEngine", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    from inference.serving.http import service as http
    from inference.serving.http.keys import KeyFile
    from tests.inference.serving.served import on_loopback

    keys = KeyFile(tmp_path_factory.mktemp("service") / "keys.json")
    key = keys.make("space")
    with on_loopback(http.Service(slots, keys)) as url:
        yield Service(url, key)


@pytest.fixture(scope="session", params=PLACES)
def real_engine(request: pytest.FixtureRequest, slots: "SlotEngine") -> Iterator[Engine]:
    """What a demo is given where it makes its own pictures, and where INFERENCE_URL does."""
    if request.param == PLACES[0]:
        yield slots
        return
    from inference.serving.client import RemoteEngine

    where: Service = request.getfixturevalue("service")
    engine = RemoteEngine(where.url, where.key)
    yield engine
    engine.close()
