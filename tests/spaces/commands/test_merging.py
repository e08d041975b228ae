"""Three versions of a text become one, and no line of anybody's is lost."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spaces.commands.merging import has_conflicts, merge

LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "d\n", "e\n"]), max_size=8).map("".join)
ANY_TIME = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""On a busy machine a single example may take long."""
BASE = "one\ntwo\nthree\nfour\nfive\n"


@ANY_TIME
@given(LINES, LINES)
def test_what_one_side_changed_is_taken(base: str, changed: str) -> None:
    assert merge(base, changed, base).text == changed
    assert merge(base, base, changed).text == changed
    assert merge(base, changed, changed).text == changed
    assert merge(base, changed, base).conflicts == 0


@ANY_TIME
@given(LINES, LINES, LINES)
def test_no_new_line_of_either_side_is_lost(base: str, yours: str, theirs: str) -> None:
    merged = merge(base, yours, theirs).text.splitlines()
    for side in (yours, theirs):
        for line in {*side.splitlines()} - {*base.splitlines()}:
            assert line in merged


@ANY_TIME
@given(LINES, LINES, LINES)
def test_the_two_sides_are_alike_but_for_their_order_in_conflicts(
    base: str, yours: str, theirs: str
) -> None:
    one, other = merge(base, yours, theirs), merge(base, theirs, yours)
    assert one.conflicts == other.conflicts
    assert has_conflicts(one.text.encode()) == bool(one.conflicts)
    if not one.conflicts:
        assert one.text == other.text


@pytest.mark.parametrize(
    ("yours", "theirs"),
    [
        (BASE.replace("one", "ONE"), BASE.replace("five", "FIVE")),
        (BASE + "six\n", "zero\n" + BASE),
        (BASE.replace("two\n", ""), BASE.replace("four\n", "four\nfour and a half\n")),
        (BASE.replace("three", "3"), BASE.replace("three", "drei")),
        (BASE.replace("three\n", ""), BASE.replace("three", "drei")),
        ("one\ntwo\nthree\nfour\nfive", BASE.replace("one", "ONE")),
    ],
)
def test_it_merges_as_git_does(tmp_path: Path, yours: str, theirs: str) -> None:
    for name, text in (("base", BASE), ("yours", yours), ("template", theirs)):
        (tmp_path / name).write_text(text)
    labels = ["-L", "yours", "-L", "base", "-L", "template"]
    command = ["git", "merge-file", "-p", *labels, "yours", "base", "template"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    merged = merge(BASE, yours, theirs)
    assert (merged.text, merged.conflicts) == (done.stdout, done.returncode)


def test_line_ends_are_kept_as_the_team_has_them() -> None:
    yours = BASE.replace("one", "ONE").replace("\n", "\r\n")
    merged = merge(BASE, yours, BASE.replace("five", "FIVE"))
    assert merged.text == "ONE\r\ntwo\r\nthree\r\nfour\r\nFIVE\r\n"
