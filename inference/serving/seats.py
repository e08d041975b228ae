"""Seats of a lane: which image sits where, and who may take the last of them.

Legend: D devices with S seats each; seat n lies on device n // S. Nobody is moved or sent away
before the end, so seats are kept for those who come:

- the last quarter of all seats is for clients who hold none in this lane;
- the last eighth, for those of them whose image takes no more than a turn.

So however much others asked for, a client's first image waits for a seat only once a quarter of the
seats is taken by single images of other clients; and a short one only once an eighth more is taken
by short ones, each of which is soon done.
"""

from collections.abc import Collection, Sequence


class Seats:
    """[D*S] seats, free or taken by an image (job, image) of a client."""

    def __init__(self, *, devices: int, per_device: int) -> None:
        assert min(devices, per_device) >= 1, "a lane has a seat at least"
        self._per_device = per_device
        self._free = [list(range(d * per_device, (d + 1) * per_device)) for d in range(devices)]
        self._held: dict[str, int] = {}
        self._client: dict[int, str] = {}
        self._total = devices * per_device

    def device(self, seat: int) -> int:
        return seat // self._per_device

    def may_sit(self, client: str, *, short: bool, more: int = 0, own: int = 0) -> bool:
        """Whether one more of its images may take a seat, once `more` are taken (`own` by it)."""
        left = self._total - len(self._client) - more
        if left > self._total // 4:
            return True
        holds_none = self._held.get(client, 0) + own == 0
        return left > 0 and holds_none and (short or left > self._total // 8)

    def choose(self, load: Sequence[int], planned: Collection[int]) -> int | None:
        """A seat that is free beside `planned` ones, on the device of least [D] load."""
        free = [[seat for seat in seats if seat not in planned] for seats in self._free]
        devices = [d for d, seats in enumerate(free) if seats]
        if not devices:
            return None
        best = min(devices, key=lambda d: (load[d], -len(free[d]), d))
        return free[best][0]

    def take(self, seat: int, client: str) -> None:
        self._free[self.device(seat)].remove(seat)
        self._client[seat] = client
        self._held[client] = self._held.get(client, 0) + 1

    def leave(self, seat: int) -> None:
        client = self._client.pop(seat)
        self._held[client] -= 1
        if not self._held[client]:
            del self._held[client]
        seats = self._free[self.device(seat)]
        seats.append(seat)
        seats.sort()
