"""A server that is killed at thirty moments of an evening has lost no acknowledged score."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.gallery.database.test_drill import assert_sound
from tests.gallery.judging import drill

ROOT = Path(__file__).parents[3]
KILLS = 30


@pytest.mark.slow
def test_every_acknowledged_score_outlives_thirty_kills(empty_address: str, tmp_path: Path) -> None:
    program = [sys.executable, "-m", "tests.gallery.judging.drill", str(tmp_path), empty_address]
    printed = subprocess.run(
        [*program, str(KILLS)], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    outcome = drill.Outcome(**json.loads(printed.splitlines()[-1]))
    assert outcome.wrong == []
    assert outcome.kills == KILLS
    assert outcome.cut_off > KILLS, "they were killed in the middle of something"
    # Each demo is opened, scored by four criteria, and finished, by all in the end.
    assert outcome.finished == drill.JURORS
    assert outcome.acknowledged >= drill.JURORS * drill.EACH * 5
    assert_sound(empty_address)
