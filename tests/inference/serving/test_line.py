"""Positions, by tables."""

from inference.serving.line import Line


def line(*jobs: tuple[int, str, int]) -> Line:
    line = Line()
    for job, client, cost in jobs:
        line.join(job, client, float(cost))
    return line


def test_clients_stand_in_turns_whatever_they_asked_for() -> None:
    both = line((1, "hog", 10), (2, "hog", 10), (3, "hog", 10), (4, "ann", 10), (5, "bob", 25))
    assert both.jobs == [1, 4, 5, 2, 3]
    both.join(6, "ann", 10.0)
    both.join(7, "bob", 10.0)
    assert both.jobs == [1, 4, 5, 2, 6, 3, 7]


def test_who_comes_in_stands_behind_what_is_served_now() -> None:
    hog = line(*[(job, "hog", 10) for job in range(1, 6)])
    hog.begin(1)
    hog.begin(2)
    assert hog.foresee("ann") == 1
    hog.begin(3)
    hog.join(6, "ann", 10.0)
    assert hog.jobs == [6, 4, 5]
    assert [hog.position(job) for job in (3, 6, 4, 5, 99)] == [0, 1, 2, 3, 0]


def test_what_is_foreseen_is_what_comes() -> None:
    both = line((1, "hog", 10), (2, "hog", 10), (3, "ann", 5))
    for client in ("hog", "ann", "new"):
        foreseen = both.foresee(client)
        both.join(9, client, 10.0)
        assert both.position(9) == foreseen
        both.leave(9)


def test_who_cancels_does_not_stand_behind_what_it_never_got() -> None:
    hog = line((1, "hog", 100), (2, "ann", 10), (3, "ann", 10))
    hog.leave(1)
    hog.join(4, "hog", 10.0)
    assert hog.jobs == [2, 4, 3]


def test_a_clients_own_jobs_keep_their_order_when_earlier_ones_are_cancelled() -> None:
    hog = line((1, "hog", 10), (2, "hog", 10), (3, "hog", 10))
    hog.leave(1)
    hog.leave(2)
    hog.join(4, "hog", 10.0)
    assert hog.jobs == [3, 4]
