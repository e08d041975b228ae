"""`python -m gallery collect` and `snapshot`, as an organiser types them."""

import argparse

import pytest

from gallery.errors import Closed, NotFound, Unavailable
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.practice.small_hub import Trouble
from gallery.watcher import commands
from tests.gallery.conftest import Clock
from tests.gallery.hub_fixtures import ServedHub

TAGGED = {"tags": ["summer-sprint"]}


def _run(gallery: Gallery, *arguments: str) -> int:
    parser = argparse.ArgumentParser()
    commands.add_commands(parser.add_subparsers())
    options = parser.parse_args(arguments)
    return options.command(options, gallery)


def test_a_summary_tells_what_was_collected_and_what_was_not(
    gallery: Gallery, small_hub: ServedHub, capsys: pytest.CaptureFixture[str]
) -> None:
    small_hub.hub.add_space("ada-l/clouds", card=TAGGED)
    small_hub.hub.add_space("ada-l/rain", card={**TAGGED, "thumbnail": "http://10.0.0.1/x.png"})
    assert _run(gallery, "collect") == 0
    assert _run(gallery, "collect", "--event", "summer", "--tag", "summer-sprint") == 0
    lines = capsys.readouterr().out.splitlines()
    seen = "Spaces with the tag summer-sprint for Summer sprint"
    assert lines[0] == f"{seen}: 2 new."
    assert lines[1].startswith("  ada-l/rain: without its thumbnail: expected an address on the")
    assert lines[2] == f"{seen}: 2 unchanged."
    with pytest.raises(NotFound):
        _run(gallery, "collect", "--event", "winter")


def test_an_outage_is_told_after_what_was_done(
    gallery: Gallery, small_hub: ServedHub, capsys: pytest.CaptureFixture[str]
) -> None:
    small_hub.hub.trouble = Trouble.down()
    with pytest.raises(Unavailable, match="0 Spaces were looked at so far"):
        _run(gallery, "collect")
    assert "Summer sprint: none." in capsys.readouterr().out


def test_the_snapshot_waits_for_the_deadline_and_tells_what_is_missing(
    gallery: Gallery,
    small_hub: ServedHub,
    event: Event,
    clock: Clock,
    capsys: pytest.CaptureFixture[str],
) -> None:
    small_hub.hub.add_space("ada-l/clouds", card=TAGGED)
    _run(gallery, "collect")
    with pytest.raises(Closed):
        _run(gallery, "snapshot")
    clock.now = event.deadline
    small_hub.hub.trouble = Trouble.down()
    with pytest.raises(Unavailable, match="not everything could be pinned"):
        _run(gallery, "snapshot")
    small_hub.hub.trouble = None
    assert _run(gallery, "snapshot", "--event", "summer") == 0
    assert "Pinned 1 of 1 submissions of Summer sprint." in capsys.readouterr().out
