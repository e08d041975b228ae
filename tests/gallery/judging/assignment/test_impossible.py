"""What cannot be, why, and what would help: each change is enough, and none smaller is."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from gallery.errors import Invalid
from gallery.judging.assignment.change import Change
from gallery.judging.assignment.impossible import Impossible, Rule
from gallery.judging.assignment.solve import Assignment, assign
from gallery.judging.assignment.wish import Juror, Wish, choose_anchors
from tests.gallery.judging.assignment.juries import wish, wishes


def barred(demo: int, jurors: range) -> frozenset[tuple[int, int]]:
    return frozenset((demo, juror) for juror in jurors)


CASES = [
    (
        wish(9, 8, conflicts=barred(7, range(101, 107))),
        Rule.LOOKS,
        "demo 7 should get 3 looks, but can be seen by 2 jurors only, since 6 are in conflict; "
        "ask 1 more juror, or look twice",
    ),
    (
        wish(4, 2),
        Rule.LOOKS,
        "demo 1 should get 3 looks, but can be seen by 2 jurors only (and 3 other demos by too "
        "few), since there are no more; ask 1 more juror, or look twice",
    ),
    (
        wish(2, 0, looks=1),
        Rule.LOOKS,
        "demo 1 should get 1 look, but can be seen by nobody (and 1 other demo by too few), since "
        "there are no more; ask 1 more juror",
    ),
    (
        wish(8, 0, jurors=tuple(Juror(each, capacity=5) for each in (101, 102, 103, 104))),
        Rule.ROOM,
        "8 demos should get 3 looks each, 24 in all, but those who may look at them have room for "
        "20; ask 1 more juror with room for 5 looks, or look twice, or ask jurors 101, 102, 103 "
        "and 104 for 1 more look each",
    ),
    (
        wish(
            5,
            0,
            jurors=(Juror(101, capacity=1), Juror(102)),
            looks=1,
            anchors=frozenset({1, 2}),
            done=frozenset({(1, 101)}),
        ),
        Rule.ANCHORS,
        "with the demos that all look at, juror 101 should take on 2 looks, but has room for 1; "
        "ask juror 101 for 1 more look, or let demo 2 be seen by some jurors only",
    ),
    (
        wish(
            4,
            2,
            looks=1,
            conflicts=frozenset({(1, 101), (2, 101), (3, 102), (4, 102)}),
        ),
        Rule.CONNECTED,
        "demos should hang together through jurors who look at several, but nobody may look at "
        "demos 1 and 2 and at another; ask 1 more juror",
    ),
    (
        wish(
            2,
            0,
            jurors=(Juror(101, capacity=1), Juror(102, capacity=1)),
            looks=1,
            conflicts=frozenset({(1, 102)}),
        ),
        Rule.CONNECTED,
        "demos should hang together through jurors who look at several, but the room of all "
        "jurors, 2 looks, does not reach; ask 1 more juror, or ask juror 101 for 1 more look",
    ),
]
"""Where several changes are as small, none of them is here: which one is named is the solver's."""


@pytest.mark.parametrize(("asked", "rule", "sentence"), CASES, ids=range(len(CASES)))
def test_it_says_which_rule_cannot_hold_and_what_would_help(
    asked: Wish, rule: Rule, sentence: str
) -> None:
    answer = assign(asked)
    assert isinstance(answer, Impossible)
    assert (answer.rule, str(answer)) == (rule, sentence)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(wishes(most_demos=5, most_jurors=4))
def test_every_change_that_it_names_is_enough_and_the_next_smaller_one_is_not(asked: Wish) -> None:
    answer = assign(asked, seconds=60)
    if isinstance(answer, Assignment):
        return
    assert answer.changes
    for change in answer.changes:
        assert isinstance(assign(change.applied(asked), seconds=60), Assignment), str(change)
        for smaller in _smaller(asked, change):
            assert isinstance(assign(smaller.applied(asked), seconds=60), Impossible), str(smaller)


def _smaller(asked: Wish, change: Change) -> list[Change]:
    if change.newcomers and change.room:
        return []
    found = []
    if change.newcomers:
        found.append(replace(change, newcomers=change.newcomers - 1))
    if change.looks is not None:
        found.append(replace(change, looks=change.looks + 1))
    for at, (juror, more) in enumerate(change.room):
        rest = change.room[:at] + change.room[at + 1 :]
        found.append(replace(change, room=(*rest, (juror, more - 1)) if more > 1 else rest))
    for anchor in change.ordinary:
        found.append(replace(change, ordinary=change.ordinary - {anchor}))
    return found


def test_even_without_time_it_names_a_change_that_is_sure_to_help() -> None:
    asked = wish(5, 0, jurors=(Juror(101, capacity=1),), anchors=frozenset({1, 2}))
    ticks = iter([0.0] * 1 + [100.0] * 100)
    answer = assign(asked, seconds=10, clock=lambda: next(ticks))
    assert isinstance(answer, Impossible)
    assert str(answer).endswith("; ask juror 101 for 1 more look and ask 3 more jurors")
    assert isinstance(assign(answer.changes[0].applied(asked)), Assignment)


@pytest.mark.slow
def test_three_hundred_demos_and_forty_jurors_that_lack_room_are_explained() -> None:
    jurors = tuple(Juror(each, capacity=20) for each in range(1001, 1041))
    answer = assign(wish(300, 0, jurors=jurors), seconds=120.0)
    assert isinstance(answer, Impossible)
    assert answer.changes[0] == Change(looks=2)
    assert Change(newcomers=5, capacity=20) in answer.changes


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"looks": 0}, "looks", "at least 1, got 0; ask for one or more"),
        ({"jurors": (Juror(5), Juror(5))}, "jurors", "named once, got 5 twice; leave one out"),
        ({"jurors": (Juror(5, share=0),)}, "share", "from 1 to 100 per cent, got 0 for juror 5;"),
        ({"jurors": (Juror(5, capacity=-1),)}, "capacity", "0 looks or more, got -1 for juror 5;"),
        ({"anchors": frozenset({9})}, "anchors", "among the demos, got 9; choose another one"),
    ],
)
def test_what_no_event_can_mean_is_refused(changes: dict, field: str, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence.replace("(", r"\(")) as refused:
        wish(3, 2, **changes)
    assert refused.value.field == field


def test_anchors_are_those_that_most_may_see_and_then_those_that_most_have_seen() -> None:
    asked = wish(
        4,
        3,
        conflicts=frozenset({(1, 101), (2, 103), (3, 99)}),
        done=frozenset({(4, 101)}),
        kept=frozenset({(2, 101), (2, 102)}),
    )
    assert [choose_anchors(asked, count) for count in (0, 1, 2, 3)] == [
        frozenset(),
        frozenset({4}),
        frozenset({3, 4}),
        frozenset({2, 3, 4}),
    ]
