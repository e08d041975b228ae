"""Turns between clients: deficit round robin, in rows of the UNet.

Deficit round robin is Shreedhar & Varghese's ("Efficient fair queuing using deficit round robin",
SIGCOMM 1995). That newcomers come first, and that who leaves keeps a place in the round, is after
RFC 8290 (FQ-CoDel, section 4.2), which does so for packets.

Each client has a credit. Whoever is served takes what it can in a tick and pays for it, which may
be more than it has; whose credit is used up gets another `quantum` and moves behind all others.
What is left of a tick goes to the next in turn, who pay as well. A newcomer comes before the round
with one quantum, once: a client with nothing left to do stays in the round until its turn has come,
and whoever is back before that goes on with the credit that was left.

Bounds, where a row costs at least 1 and a tick at most T, and n clients are active. Whoever is
first and has something that can run is in the next tick, so:

- a newcomer whose work costs no more than a quantum waits for no client of the round, but for the
  running tick, for one tick in `PATIENCE` + 1 that the round is owed, and for newcomers before it,
  each of whom is ahead for at most `quantum` ticks;
- a client of the round has its turn after at most (`PATIENCE` + 1) · n · (`quantum` + T) ticks,
  whoever comes in meanwhile.
"""

from collections.abc import Callable
from typing import NamedTuple

PATIENCE = 8
"""So many ticks in a row may be led by newcomers while the round waits."""


class Move(NamedTuple):
    """A client pays `cost`; or, where it is None, gets a quantum and moves behind all others."""

    client: str
    cost: float | None


class Turns:
    """Who is served next. `plan` changes nothing; `settle` makes what was planned so."""

    def __init__(self, *, quantum: float) -> None:
        assert quantum > 0, "a turn is worth something"
        self.quantum = quantum
        self._credit: dict[str, float] = {}
        self._new: list[str] = []
        self._round: list[str] = []
        self._absent: set[str] = set()
        self._led_by_newcomers = 0

    def enter(self, client: str) -> None:
        """It has something to do; a newcomer unless the round still knows it."""
        self._absent.discard(client)
        if client not in self._credit:
            self._credit[client] = self.quantum
            self._new.append(client)

    def leave(self, client: str) -> None:
        """It has nothing left to do."""
        self._absent.add(client)
        if client in self._new:
            self._new.remove(client)
            self._round.append(client)
        self._forget()

    def is_newcomer(self, client: str) -> bool:
        """Whether it is before the round; also one that is not known yet."""
        return client in self._new or client not in self._credit

    def credit(self, client: str) -> float:
        return self._credit.get(client, self.quantum)

    @property
    def order(self) -> tuple[str, ...]:
        """All who are known, the next to be served first."""
        return (*self._round, *self._new) if self._is_owed else (*self._new, *self._round)

    @property
    def _is_owed(self) -> bool:
        return self._led_by_newcomers >= PATIENCE

    def plan(
        self, offer: Callable[[str], float | None], take: Callable[[str], None]
    ) -> tuple[Move, ...]:
        """Takes from clients in turn until nobody has anything to offer.

        `offer` says what the client's next image would cost, None once it has none that fits; an
        offer that was None stays so. `take` takes that image.
        """
        order, credit, moves = list(self.order), dict(self._credit), list[Move]()
        owed = len(self._round) if self._is_owed else 0  # so many of the round come first
        at = 0
        while at < len(order):
            client = order[at]
            cost = offer(client)
            if cost is None:
                at += 1
            elif credit[client] <= 0:
                credit[client] += self.quantum
                order.insert(owed - 1 if at < owed else len(order), order.pop(at))
                moves.append(Move(client, None))
            else:
                while cost is not None:
                    take(client)
                    credit[client] -= cost
                    moves.append(Move(client, cost))
                    cost = offer(client)
        return tuple(moves)

    def settle(self, moves: tuple[Move, ...]) -> None:
        """The tick was run. Clients that are gone since it was planned are passed over."""
        leader = next((move.client for move in moves if move.cost is not None), None)
        is_newcomer = leader in self._new
        for client, cost in moves:
            if client not in self._credit:
                continue
            if cost is not None:
                self._credit[client] -= cost
            else:
                self._credit[client] += self.quantum
                (self._new if client in self._new else self._round).remove(client)
                self._round.append(client)
        self._forget()
        waits = any(client not in self._absent and client != leader for client in self._round)
        self._led_by_newcomers = self._led_by_newcomers + 1 if is_newcomer and waits else 0

    def _forget(self) -> None:
        """Who is absent when its turn comes leaves the round."""
        while self._round and self._round[0] in self._absent:
            gone = self._round.pop(0)
            self._absent.remove(gone)
            del self._credit[gone]
