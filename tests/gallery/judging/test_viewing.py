from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gallery.judging.assignment.solve import Assignment, assign
from gallery.judging.viewing import still_to_see, viewing_order
from tests.gallery.judging.assignment.juries import wish

ids = st.sets(st.integers(1, 60), min_size=1, max_size=20)


def orders(demos: range, jurors: range, event: str = "summer") -> list[tuple[int, ...]]:
    return [viewing_order(event, juror, own=demos, demos=demos, jurors=jurors) for juror in jurors]


@pytest.mark.parametrize("count", [2, 4, 8, 16])
def test_as_many_jurors_as_demos_make_a_latin_square_in_which_each_follows_each_once(count) -> None:
    rows = orders(range(10, 10 + count), range(1, 1 + count))
    for column in zip(*rows, strict=True):
        assert len(set(column)) == count
    followers = Counter(pair for row in rows for pair in pairwise(row))
    assert len(followers) == count * (count - 1)
    assert set(followers.values()) == {1}


@given(st.integers(1, 30), st.integers(1, 40))
def test_over_all_jurors_no_demo_is_at_a_place_much_more_often_than_others(count, people) -> None:
    rows = orders(range(count), range(people))
    for place in range(count):
        seen = Counter(row[place] for row in rows)
        assert max(seen.values()) <= people / count + 6  # van der Corput: about log2 of the jurors


def test_with_an_assignment_the_mean_place_of_each_demo_is_near_the_middle() -> None:
    answer = assign(wish(40, 20, looks=8), seconds=60)
    assert isinstance(answer, Assignment)
    places: dict[int, list[float]] = {demo: [] for demo in range(1, 41)}
    for juror in range(101, 121):
        own = {demo for demo, each in answer.looks if each == juror}
        order = viewing_order("summer", juror, own=own, demos=range(1, 41), jurors=range(101, 121))
        for at, demo in enumerate(order):
            places[demo].append((at + 0.5) / len(order))
    means = [sum(each) / len(each) for each in places.values()]
    assert max(abs(mean - 0.5) for mean in means) < 0.25
    assert sum((mean - 0.5) ** 2 for mean in means) / 40 < (1 / 12) / 8, "better than by chance"


@given(st.text(), ids, ids, st.data())
def test_it_is_the_own_demos_in_the_same_order_whoever_comes_later(event, demos, jurors, data):
    juror = data.draw(st.sampled_from(sorted(jurors)))
    own = data.draw(st.sets(st.sampled_from(sorted(demos))))
    order = viewing_order(event, juror, own=own, demos=demos, jurors=jurors)
    assert set(order) == own
    assert len(order) == len(own)
    later = jurors | {max(jurors) + 1, max(jurors) + 7}
    assert viewing_order(event, juror, own=own, demos=demos, jurors=later) == order
    fewer = viewing_order(event, juror, own=set(order[1:]), demos=demos, jurors=jurors)
    assert fewer == order[1:]


def test_another_event_has_other_orders() -> None:
    assert orders(range(9), range(4)) != orders(range(9), range(4), event="winter")


@pytest.mark.parametrize(
    ("done", "skipped", "left"),
    [
        ((), (), (5, 3, 8, 1)),
        ((3,), (), (5, 8, 1)),
        ((), (5,), (3, 8, 1, 5)),
        ((3,), (5, 8), (1, 5, 8)),
        ((3,), (8, 5), (1, 8, 5)),
        ((3, 1), (5, 8, 5), (8, 5)),
        ((5, 3, 1), (8,), (8,)),
        ((5, 3, 8, 1), (8, 99), ()),
    ],
)
def test_what_is_skipped_comes_back_last(done, skipped, left) -> None:
    assert still_to_see((5, 3, 8, 1), done=done, skipped=skipped) == left
