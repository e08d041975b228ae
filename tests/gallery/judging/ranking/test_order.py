"""Which of two level demos stands above: a table of rules."""

import numpy as np
import pytest

from gallery.event.ties import WORDS
from gallery.judging.ranking.fit import Interval, Standing
from gallery.judging.ranking.order import KEYS, order


def standing(demo: str, quality: float = 0.0, **other) -> Standing:
    figures = {"podium": 0.5, "lower": -1.0, "impact": 0.0, "looks": 3, "first": 0.1} | other
    return Standing(
        demo=demo,
        rank=1,
        quality=quality,
        interval=Interval(figures["lower"], 1.0),
        podium=figures["podium"],
        places=np.array([figures["first"], 1 - figures["first"]]),
        criteria={"impact": figures["impact"]},
        looks=figures["looks"],
        comparisons=0,
        island=0,
    )


@pytest.mark.parametrize(
    ("key", "figure", "higher_wins"),
    [
        ("podium_probability", "podium", True),
        ("first_probability", "first", True),
        ("lower_bound", "lower", True),
        ("criterion:impact", "impact", True),
        ("looks", "looks", True),
        ("fewest_looks", "looks", False),
    ],
)
def test_a_key_decides_by_its_figure(key: str, figure: str, higher_wins: bool) -> None:
    low, high = standing("low", **{figure: 0}), standing("high", **{figure: 2})
    first, second = order([low, high], (key,))
    assert (first, second) == ((("high",), ("low",)) if higher_wins else (("low",), ("high",)))


def test_a_later_key_is_asked_only_where_the_earlier_leave_level() -> None:
    demos = [standing("a", 1.0, looks=1), standing("b", 0.0, looks=9), standing("c", 1.0, looks=2)]
    assert order(demos, ("quality", "looks")) == (("c",), ("a",), ("b",))


def test_what_no_key_tells_apart_shares_a_place() -> None:
    assert order([standing("a"), standing("b")]) == (("a", "b"),)


def test_the_draw_is_the_same_every_time_and_another_with_another_word() -> None:
    demos = [standing(name) for name in "abcdefgh"]
    drawn = {word: order(demos, ("draw",), word=word) for word in ("one", "two")}
    assert drawn["one"] == order(demos[::-1], ("draw",), word="one")
    assert drawn["one"] != drawn["two"]


def test_chances_that_differ_by_the_noise_of_the_draws_are_level() -> None:
    level = [standing("a", podium=0.486), standing("b", podium=0.514)]
    assert order(level, ("podium_probability",)) == (("a", "b"),)
    apart = [standing("a", podium=0.45), standing("b", podium=0.514)]
    assert order(apart, ("podium_probability",)) == (("b",), ("a",))


def test_every_key_that_has_words_has_a_figure() -> None:
    assert set(KEYS) | {"draw"} == set(WORDS)
