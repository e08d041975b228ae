"""Counts of several engines, as those of one."""

from inference.serving.counts import Budget, Counts, Occupancy, total


def test_together_they_have_done_what_each_has() -> None:
    one = Counts(running=1, images=3, tick_seconds=0.5, residents=Occupancy(resident=2, loads=4))
    other = Counts(running=2, images=1, tick_seconds=0.25, residents=Occupancy(loads=1))
    assert total([one, other]) == Counts(
        running=3, images=4, tick_seconds=0.75, residents=Occupancy(resident=2, loads=5)
    )
    assert total([]) == Counts()


def test_a_budget_that_one_of_them_lacks_is_none() -> None:
    counts = [
        Counts(residents=Occupancy(budget=Budget(device=5, host=7))),
        Counts(residents=Occupancy(budget=Budget(device=6))),
    ]
    assert total(counts).residents.budget == Budget(device=11)
