"""Assignments, compared with the rules said plainly and, where small, with every one there is."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gallery.errors import Unavailable
from gallery.judging.assignment.impossible import Impossible
from gallery.judging.assignment.solve import Assignment, assign
from gallery.judging.assignment.wish import Demo, Juror, Wish
from tests.gallery.judging.assignment.juries import (
    broken,
    changes,
    every_assignment,
    hang_together,
    matches,
    wish,
    wishes,
)


def assigned(asked: Wish) -> Assignment:
    answer = assign(asked, seconds=60)
    assert isinstance(answer, Assignment), str(answer)
    assert broken(asked, answer.looks) == []
    return answer


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(wishes())
def test_every_assignment_keeps_all_rules(asked: Wish) -> None:
    answer = assign(asked, seconds=5)
    if isinstance(answer, Assignment):
        assert broken(asked, answer.looks) == []
        assert len(answer.added) + len(answer.dropped) == changes(asked, answer.looks)
        assert answer.matched == matches(asked, answer.looks)


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(wishes(most_demos=3, most_jurors=3))
def test_what_is_found_is_the_best_there_is_and_nothing_is_found_only_where_nothing_is(
    asked: Wish,
) -> None:
    answer = assign(asked, seconds=60)
    worths = [(changes(asked, each), -matches(asked, each)) for each in every_assignment(asked)]
    if isinstance(answer, Impossible):
        assert worths == []
    else:
        assert answer.proven
        assert (changes(asked, answer.looks), -answer.matched) == min(worths)


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(wishes(most_demos=4, most_jurors=4), st.randoms(use_true_random=False))
def test_the_same_wish_has_the_same_answer_in_whatever_order_it_is_told(asked, random) -> None:
    demos, jurors = list(asked.demos), list(asked.jurors)
    random.shuffle(demos)
    random.shuffle(jurors)
    again = replace(asked, demos=tuple(demos), jurors=tuple(jurors))
    assert assign(again, seconds=60) == assign(asked, seconds=60)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(wishes(), st.data())
def test_after_a_drop_out_a_conflict_or_a_withdrawal_what_is_done_stays(asked, data) -> None:
    before = assign(asked, seconds=5)
    if isinstance(before, Impossible):
        return
    done = data.draw(st.frozensets(st.sampled_from(sorted(before.looks) or [(1, 101)])))
    done &= before.looks
    later = replace(asked, done=asked.done | done, kept=before.looks - done)
    assert not assigned(later).added | assigned(later).dropped, "nothing has happened"
    match data.draw(st.sampled_from(("drop-out", "conflict", "withdrawal"))):
        case "drop-out":
            later = replace(later, jurors=later.jurors[1:])
        case "conflict":
            found = data.draw(st.sampled_from(sorted(before.looks) or [(1, 101)]))
            later = replace(later, conflicts=later.conflicts | {found})
        case "withdrawal":
            gone = later.demos[0].id
            later = replace(later, demos=later.demos[1:], anchors=later.anchors - {gone})
    after = assign(later, seconds=60)
    if isinstance(after, Assignment):
        assert broken(later, after.looks) == []
        assert not after.looks & done


def test_demos_get_as_many_looks_as_asked_for_and_loads_differ_by_one_at_most() -> None:
    answer = assigned(wish(10, 4))
    loads = sorted(sum(juror == each for _, juror in answer.looks) for each in range(101, 105))
    assert loads == [7, 7, 8, 8]


def test_two_halves_with_topics_of_their_own_are_joined_by_one_look_of_the_other_topic() -> None:
    one, other = frozenset({"depth"}), frozenset({"faces"})
    asked = wish(
        8,
        6,
        demos=tuple(Demo(number, one if number <= 4 else other) for number in range(1, 9)),
        jurors=tuple(Juror(number, one if number <= 103 else other) for number in range(101, 107)),
        looks=2,
    )
    answer = assigned(asked)
    assert answer.matched == 15 == len(answer.looks) - 1


def test_a_look_at_each_demo_is_more_where_it_takes_more_to_connect_them() -> None:
    assert len(assigned(wish(12, 4, looks=1)).looks) == 15


def test_half_a_juror_gets_half_the_demos_and_a_full_one_no_more_than_fit() -> None:
    jurors = (Juror(1), Juror(2), Juror(3, share=50), Juror(4, capacity=3))
    answer = assigned(wish(11, 0, jurors=jurors, looks=3))
    loads = [sum(juror == each for _, juror in answer.looks) for each in (1, 2, 3, 4)]
    assert loads == [11, 11, 8, 3], "two see all there is, and the third makes up for it"


def test_who_scored_much_early_gets_no_more_and_who_comes_late_catches_up() -> None:
    done = frozenset((demo, 101) for demo in range(1, 9))
    answer = assigned(wish(12, 3, looks=2, done=done))
    loads = {each: sum(juror == each for _, juror in answer.looks) for each in (101, 102, 103)}
    assert loads == {101: 0, 102: 8, 103: 8}


def test_what_a_juror_who_has_gone_scored_counts_for_the_demo() -> None:
    done = frozenset((demo, 99) for demo in range(1, 5))
    answer = assigned(wish(4, 2, looks=2, done=done))
    assert len(answer.looks) == 4


def test_a_score_that_is_in_conflict_by_now_is_no_look_but_was_work() -> None:
    asked = wish(3, 3, looks=1, done=frozenset({(1, 101)}), conflicts=frozenset({(1, 101)}))
    answer = assigned(asked)
    assert {juror for demo, juror in answer.looks if demo == 1} <= {102, 103}


def test_who_comes_late_gets_looks_of_their_own_before_those_of_others_are_taken() -> None:
    before = assigned(wish(12, 3, looks=2))
    answer = assigned(wish(12, 4, looks=2, kept=before.looks))
    assert (len(answer.added), len(answer.dropped)) == (7, 0)


def test_of_who_drops_out_the_looks_are_handed_on_and_no_others_change() -> None:
    before = assigned(wish(12, 4, looks=2))
    later = wish(12, 4, looks=2, kept=before.looks)
    answer = assigned(replace(later, jurors=later.jurors[1:]))
    assert {juror for _, juror in answer.dropped} == {101}
    assert len(answer.added) == len(answer.dropped) == 6


def test_anchors_are_seen_by_all_who_may() -> None:
    asked = wish(6, 4, looks=2, anchors=frozenset({2, 5}), conflicts=frozenset({(5, 101)}))
    looks = assigned(asked).looks
    assert {juror for demo, juror in looks if demo == 2} == {101, 102, 103, 104}
    assert {juror for demo, juror in looks if demo == 5} == {102, 103, 104}


@pytest.mark.parametrize("jurors", [0, 2])
def test_without_demos_there_is_nothing_to_look_at(jurors: int) -> None:
    assert assigned(wish(0, jurors)).looks == frozenset()


def test_when_the_time_is_up_it_says_so() -> None:
    with pytest.raises(Unavailable, match="within 0 seconds, got none; try again"):
        assign(wish(5, 5), seconds=0)


@pytest.mark.slow
def test_when_the_time_is_up_early_the_answer_keeps_all_rules_and_is_called_unproven() -> None:
    seen = set()
    asked = wish(12, 6, looks=2, kept=frozenset({(1, 101), (2, 101)}))
    for moments in range(2, 30):
        ticks = iter([*[0.0] * moments, *[100.0] * 1000])
        try:
            answer = assign(asked, seconds=10, clock=lambda ticks=ticks: next(ticks))
        except Unavailable:
            continue
        assert isinstance(answer, Assignment)
        assert broken(asked, answer.looks) == []
        seen.add(answer.proven)
    assert seen == {True, False}


@pytest.mark.slow
def test_forty_jurors_and_three_hundred_demos_hang_together() -> None:
    answer = assigned(wish(300, 40, looks=1))
    assert hang_together(set(range(1, 301)), answer.looks)
