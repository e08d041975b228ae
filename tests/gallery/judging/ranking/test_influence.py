"""What one juror changes."""

import pytest

from gallery.judging.ranking.evidence import Scale, Score
from gallery.judging.ranking.influence import influences

SCALES = (Scale("impact", 1, 5, 1.0),)


def scored(values: dict[str, str]) -> list[Score]:
    return [
        Score(juror, demo, "impact", int(value), place)
        for juror, row in values.items()
        for place, (demo, value) in enumerate(zip("abcde", row, strict=True))
    ]


def test_a_juror_who_agrees_decides_nothing() -> None:
    found = influences("abcde", "xyz", SCALES, scored(dict.fromkeys("xyz", "54321")))
    assert [each.juror for each in found] == ["x", "y", "z"]
    assert not any(each.decides for each in found)
    assert all(each.podium == ("a", "b", "c") for each in found)


@pytest.mark.slow
def test_a_juror_who_lifts_a_demo_onto_the_podium_is_told() -> None:
    found = influences("abcde", "xyz", SCALES, scored({"x": "54321", "y": "54321", "z": "11155"}))
    (lifter,) = [each for each in found if each.juror == "z"]
    assert lifter.podium == ("a", "b", "c")
    others = [each.podium for each in found if each.juror != "z"]
    assert all(podium != lifter.podium for podium in others)
    assert all({move.demo for move in each.moves} <= set("abcde") for each in found)


@pytest.mark.slow
def test_without_the_only_juror_all_are_level() -> None:
    (only,) = influences("abcde", "x", SCALES, scored({"x": "12345"}))
    assert only.decides
    assert {move.without for move in only.moves} == {1}
