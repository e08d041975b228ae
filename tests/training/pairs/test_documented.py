"""What docs/training.md tells people to copy."""

import re
import shlex
import sys
from pathlib import Path

import pytest

from tests.training.pairs.doctor.faults import circles, write
from training import prepare

DOCUMENT = Path(__file__).parents[3] / "docs" / "training.md"
LINES = re.findall(r"^\.venv/bin/python -m training\.prepare (.*)$", DOCUMENT.read_text(), re.M)


@pytest.mark.parametrize("line", LINES)
def test_each_line_is_one_that_the_command_takes(line: str) -> None:
    assert prepare._parser().parse_args(shlex.split(line))


@pytest.mark.slow
def test_the_lines_about_circles_lead_to_sound_pairs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    make, check, _ = (line for line in LINES if line.endswith("circles"))
    small = ["--limit", "40", "--size", "64", "--processes", "1"]
    assert prepare.main([*shlex.split(make), *small]) == 0
    assert prepare.main([*shlex.split(check), "--processes", "1"]) == 0
    said = capsys.readouterr().out
    assert "\nmend first: 40 pairs of circles looked at" in said
    (told,) = [row for row in said.splitlines() if row.startswith("  mend first")]
    assert told.startswith("  mend first: number of pairs: There are")


def test_the_stream_goes_on_as_it_is_written_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "pairs", circles(40))
    (block,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.S)
    module = type(sys)("documented")
    exec(block, module.__dict__)
    assert module.saved["samples"] == 32
    assert module.batch.images.shape == (32, 512, 512, 3)
