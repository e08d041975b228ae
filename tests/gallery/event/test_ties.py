"""The rule for ties in an event file: what it may say, and how people read it."""

import pytest

from gallery.event.rubric import Criterion, Rubric
from gallery.event.ties import check_rule

CRAFT = Criterion(key="craft", name="Craft")


def test_a_key_that_does_not_exist_is_named() -> None:
    check_rule(("quality", "criterion:impact", "draw"), ("impact",))
    with pytest.raises(ValueError, match="criterion:charm"):
        check_rule(("criterion:charm",), ("impact",))


def test_a_key_is_named_once() -> None:
    with pytest.raises(ValueError, match="'draw' twice; remove one"):
        check_rule(("draw", "looks", "draw"), ())


def test_a_rubric_takes_its_own_criteria_alone() -> None:
    assert Rubric(criteria=(CRAFT,), ties=("criterion:craft",)).ties == ("criterion:craft",)
    with pytest.raises(ValueError, match="criterion:idea"):
        Rubric(criteria=(CRAFT,), ties=("criterion:idea",))


def test_people_read_it_in_words() -> None:
    rubric = Rubric(criteria=(CRAFT,), ties=("quality", "criterion:craft", "draw"))
    assert rubric.ties_in_words == ("the higher quality on “Craft”", "the lot")
    assert Rubric(ties=()).ties_in_words == ()
