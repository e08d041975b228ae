"""The small Hub for tests, really served on loopback.

In a conftest.py, or in the test file itself:

    from tests.gallery.hub_fixtures import served_hub, small_hub

    __all__ = ["served_hub", "small_hub"]

    def test_likes_are_read(small_hub: ServedHub) -> None:
        small_hub.hub.add_space("ada-l/clouds", likes=3, card={"tags": ["summer-sprint"]})
        assert Hub(small_hub.address).space("ada-l/clouds").likes == 3

One server runs for the whole session; every test finds it empty and well. What goes wrong is set
with `small_hub.hub.trouble = Trouble.down()`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gallery.practice.small_hub import SmallHub, serve
from gallery.settings import Settings


@dataclass(frozen=True)
class ServedHub:
    """The Hub to put things on, and the address at which clients find it."""

    hub: SmallHub
    address: str


def settings_at(hub: ServedHub, *, base_url: str, data_dir: Path, **more: Any) -> Settings:
    """Those of a gallery that asks this Hub, and may fetch pictures from it."""
    return Settings.model_validate(
        {
            "base_url": base_url,
            "data_dir": data_dir,
            "secret_key": "for tests alone",
            "hf_endpoint": hub.address,
            "reachable_private_hosts": [hub.address.removeprefix("http://")],
            **more,
        }
    )


@pytest.fixture(scope="session")
def served_hub() -> Iterator[ServedHub]:
    """The server; tests use `small_hub`."""
    hub = SmallHub()
    with serve(hub) as address:
        yield ServedHub(hub, address)


@pytest.fixture
def small_hub(served_hub: ServedHub) -> ServedHub:
    """A Hub with nothing on it."""
    served_hub.hub.clear()
    return served_hub
