"""The practice event stays where it was laid, until it has run out."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gallery.event.event import PhaseKey
from gallery.event.load import SHIPPED, load_event
from gallery.practice.anchor import anchored

SPRINT = load_event(SHIPPED)
NOW = datetime(2026, 6, 17, 12, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "practice" / "anchor.json"


def test_a_restart_does_not_move_the_deadline(file: Path) -> None:
    first = anchored(SPRINT, file, NOW)
    assert anchored(SPRINT, file, first.deadline + timedelta(days=1)) == first
    assert anchored(SPRINT, file, first.ends - timedelta(seconds=1)) == first


def test_when_it_has_run_out_it_is_laid_anew(file: Path) -> None:
    first = anchored(SPRINT, file, NOW)
    again = anchored(SPRINT, file, first.ends)
    assert again.deadline > first.ends
    assert again.is_open(PhaseKey.SUBMISSION, first.ends)


@pytest.mark.parametrize("phase", PhaseKey)
def test_a_phase_can_be_asked_for_and_stays(file: Path, phase: PhaseKey) -> None:
    anchored(SPRINT, file, NOW)
    asked = anchored(SPRINT, file, NOW, phase=phase)
    assert asked.is_open(phase, NOW)
    assert anchored(SPRINT, file, NOW + timedelta(hours=1)) == asked


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"day": "soon"}'])
def test_a_damaged_anchor_is_chosen_again(file: Path, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    assert anchored(SPRINT, file, NOW).is_open(PhaseKey.SUBMISSION, NOW)
