"""What a killed process leaves of a journal."""

from pathlib import Path

import pytest

from training.pairs.journal import Journal
from training.pairs.making import Damaged, LeftOut, Outcome, Pair

OUTCOMES: list[Outcome] = [
    Pair("train", b"picture", b"map", "words", "a.png", "{}", ("mit", None)),
    Damaged("b.png", "it breaks off"),
    LeftOut("too small"),
    Pair("validation", b"\xff" * 20, b"", "", "c.png", "{}", ()),
]


def written(path: Path) -> bytes:
    journal = Journal(path)
    for outcome in OUTCOMES:
        journal.append(outcome)
    journal.close()
    return path.read_bytes()


def test_it_gives_back_what_was_appended(tmp_path: Path) -> None:
    written(tmp_path / "journal")
    journal = Journal(tmp_path / "journal")
    assert (journal.done, list(journal.outcomes())) == (4, OUTCOMES)
    journal.close()


def test_wherever_it_breaks_off_it_goes_on_after_the_last_whole_record(tmp_path: Path) -> None:
    whole = written(tmp_path / "whole")
    for length in range(len(whole)):
        path = tmp_path / "cut"
        path.write_bytes(whole[:length])
        journal = Journal(path)
        for outcome in OUTCOMES[journal.done :]:
            journal.append(outcome)
        journal.close()
        assert path.read_bytes() == whole, length


@pytest.mark.parametrize("at", [4, 9, 30])
def test_a_record_with_a_wrong_byte_is_cut_off_with_all_behind_it(tmp_path: Path, at: int) -> None:
    whole = bytearray(written(tmp_path / "journal"))
    whole[at] ^= 1
    (tmp_path / "journal").write_bytes(whole)
    journal = Journal(tmp_path / "journal")
    assert (journal.done, list(journal.outcomes())) == (0, [])
    journal.close()
