"""Who may take a seat, on which device."""

import pytest

from inference.serving.seats import Seats


def filled(*clients: str, devices: int = 1, per_device: int = 16) -> Seats:
    seats = Seats(devices=devices, per_device=per_device)
    for seat, client in enumerate(clients):
        seats.take(seat, client)
    return seats


HOG = ["hog"] * 12


@pytest.mark.parametrize(
    ("taken", "client", "short", "may"),
    [
        ([], "hog", False, True),
        (HOG[:11], "hog", False, True),
        (HOG, "hog", False, False),  # the last quarter is not for who has seats
        (HOG, "hog", True, False),
        (HOG, "ann", False, True),
        ([*HOG, "ann"], "bob", False, True),
        ([*HOG, "ann", "bob"], "eve", False, False),  # the last eighth is for short ones
        ([*HOG, "ann", "bob"], "eve", True, True),
        ([*HOG, "ann", "bob", "eve"], "eve", True, False),
        ([*HOG, "ann", "bob", "eve", "joe"], "new", True, False),  # none is left
    ],
)
def test_the_last_seats_are_for_those_who_have_none(taken, client, short, may) -> None:
    assert filled(*taken).may_sit(client, short=short) is may


@pytest.mark.parametrize("total", [1, 2, 3])
def test_few_seats_are_kept_for_nobody(total: int) -> None:
    seats = filled(*["hog"] * (total - 1), per_device=total)
    assert seats.may_sit("hog", short=False)
    seats.take(total - 1, "hog")
    assert not seats.may_sit("ann", short=True)


def test_seats_that_are_planned_count_as_taken() -> None:
    seats = filled(*HOG[:11])
    assert not seats.may_sit("hog", short=False, more=1)
    assert seats.may_sit("ann", short=False, more=1)
    assert not seats.may_sit("ann", short=False, more=1, own=1)


@pytest.mark.parametrize(
    ("taken", "load", "planned", "seat"),
    [
        ([], [0, 0], [], 0),
        ([0], [0, 0], [], 2),  # the device with fewer images
        ([], [2, 0], [], 2),  # the one with fewer rows in this tick
        ([], [0, 0], [0], 2),
        ([2, 3], [2, 0], [], 0),  # none is left on the other
        ([0, 1, 2], [0, 0], [3], None),
    ],
)
def test_an_image_sits_where_least_is_to_do(taken, load, planned, seat) -> None:
    seats = Seats(devices=2, per_device=2)
    for each in taken:
        seats.take(each, "ann")
    assert seats.choose(load, planned) == seat


def test_a_seat_that_was_left_is_free() -> None:
    seats = filled("ann", "ann", per_device=2)
    assert seats.choose([0], []) is None
    seats.leave(0)
    assert seats.choose([0], []) == 0
