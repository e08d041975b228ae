"""Deficit round robin, in tables that can be followed by hand, and its bounds."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.serving.turns import PATIENCE, Move, Turns


def serve(turns: Turns, wishes: dict[str, list[int]], room: int) -> list[str]:
    """One tick of `room` rows: each client offers its images' rows in order, each once a tick."""
    at, left, served = Counter[str](), [room], list[str]()

    def offer(client: str) -> float | None:
        rows = wishes.get(client, [])[at[client] :]
        return float(rows[0]) if rows and rows[0] <= left[0] else None

    def take(client: str) -> None:
        left[0] -= wishes[client][at[client]]
        at[client] += 1
        served.append(client)

    turns.settle(turns.plan(offer, take))
    return served


def entered(*clients: str, quantum: float = 4.0) -> Turns:
    turns = Turns(quantum=quantum)
    for client in clients:
        turns.enter(client)
    return turns


def test_two_hogs_share_ticks_of_one_row_a_quantum_at_a_time() -> None:
    turns = entered("ann", "bob", quantum=3.0)
    wishes = {"ann": [1], "bob": [1]}
    assert "".join(serve(turns, wishes, 1)[0][0] for _ in range(14)) == "aaabbbaaabbbaa"


@pytest.mark.parametrize(
    ("room", "ticks"),
    [
        (1, "a a a a b b b b a"),
        (3, "aaa aaa bbb bbb aaa bbb"),  # ann is overdrawn by 2, then bob is
        (4, "aaaa bbbb aaaa"),
        (6, "aaaabb bbbbaa aaaabb"),
        (8, "aaaabbbb aaaabbbb"),
        (9, "aaaabbbb aaaabbbb"),
    ],
)
def test_what_one_leaves_of_a_tick_the_next_takes(room: int, ticks: str) -> None:
    turns, wishes = entered("a", "b"), {"a": [1] * 4, "b": [1] * 4}
    assert ["".join(serve(turns, wishes, room)) for _ in ticks.split()] == ticks.split()


def test_a_newcomer_is_served_before_the_round_and_once_only() -> None:
    turns, wishes = entered("hog", quantum=2.0), {"hog": [1]}
    assert [serve(turns, wishes, 1) for _ in range(5)] == [["hog"]] * 5
    turns.enter("new")
    wishes["new"] = [1]
    served = [serve(turns, wishes, 1)[0] for _ in range(7)]
    assert served == ["new", "new", "hog", "new", "new", "hog", "hog"]


def test_who_is_back_within_the_round_is_no_newcomer() -> None:
    turns = entered("hog", quantum=3.0)
    serve(turns, {"hog": [1]}, 1)
    turns.enter("eve")
    served = []
    for _ in range(9):  # eve asks for one evaluation at a time, and is gone after each
        turns.enter("eve")
        served += serve(turns, {"hog": [1], "eve": [1]}, 1)
        if served[-1] == "eve":
            turns.leave("eve")
    assert served.count("eve") <= 5


def test_who_left_is_forgotten_once_its_turn_has_come() -> None:
    turns = entered("ann")
    turns.leave("ann")
    assert turns.order == ()
    turns.enter("ann")
    assert turns.is_newcomer("ann")


def test_the_round_is_owed_a_tick_in_nine_however_many_newcomers_there_are() -> None:
    turns = entered("hog", quantum=1.0)
    served = serve(turns, {"hog": [1]}, 1)
    wishes = {"hog": [1]}
    for number in range(60):
        turns.enter(f"new {number}")
        wishes[f"new {number}"] = [1]
        who = serve(turns, wishes, 1)[0]
        served.append(who)
        if who != "hog":
            turns.leave(who)
            del wishes[who]
    gaps = [at for at, who in enumerate(served) if who == "hog"]
    assert max(b - a for a, b in pairwise(gaps)) <= PATIENCE + 1


def test_planning_changes_nothing() -> None:
    turns = entered("ann", "bob")
    before = turns.order, turns.credit("ann")
    moves = turns.plan(lambda client: None, lambda client: None)
    assert (turns.order, turns.credit("ann"), moves) == (*before, ())


def test_what_was_planned_for_somebody_who_is_gone_is_passed_over() -> None:
    turns = entered("ann")
    turns.leave("ann")
    turns.settle((Move("ann", 1.0), Move("ann", None)))
    assert turns.order == ()


@pytest.mark.slow
@given(
    wishes=st.dictionaries(
        st.sampled_from("abcdef"),
        st.lists(st.sampled_from([1, 2]), min_size=1, max_size=8),
        min_size=2,
    ),
    room=st.integers(2, 16),
    quantum=st.integers(1, 16),
)
def test_clients_that_want_all_the_time_get_alike(wishes, room, quantum) -> None:
    """Whoever wants at least as much in each tick gets as much, but for a turn and a tick."""
    turns = entered(*wishes, quantum=float(quantum))
    got = Counter[str]()
    for _ in range(60):
        rows = {client: list(asked) for client, asked in wishes.items()}
        for client in (served := serve(turns, wishes, room)):
            got[client] += rows[client].pop(0)
        assert served
    for one in wishes:
        for other in wishes:
            if sum(wishes[one]) >= sum(wishes[other]) and set(wishes[one]) == {1}:
                assert got[one] >= got[other] - 2 * (quantum + 2 * room)
