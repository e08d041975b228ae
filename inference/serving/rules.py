"""What a tick may hold: seats, compiled sizes, rows on a device, and what a row costs in turns."""

from collections.abc import Sequence

from inference.serving.costs import Costs
from inference.serving.jobs import Image
from inference.serving.memory import Memory
from inference.serving.seats import Seats
from inference.serving.turns import Turns
from inference.serving.work import Lane, Work


class Rules:
    """Legend: D devices, S seats a lane on each."""

    def __init__(
        self,
        *,
        costs: Costs,
        turns: Turns,
        memory: Memory,
        devices: int,
        seats: int,
        sizes: Sequence[int],
        most_rows: int,
        newcomer_rows: int,
    ) -> None:
        assert sorted(sizes) == list(sizes), "compiled sizes grow"
        assert sizes[-1] >= 2, "the largest holds a guided image"
        self.devices = devices
        self.sizes = tuple(sizes)
        self._costs = costs
        self._turns = turns
        self._memory = memory
        self._per_device = seats
        self._most_rows = most_rows
        self._newcomer_rows = newcomer_rows
        self._ready_rows = most_rows
        self._seats: dict[Lane, Seats] = {}
        self._weights: dict[Lane, float] = {}

    @property
    def full(self) -> int:
        """The size of a full tick."""
        return self._largest(min(self._most_rows, self._ready_rows))

    def size(self, rows: int) -> int:
        """The smallest compiled one that holds so many."""
        return next(size for size in self.sizes if size >= rows)

    def most(self, image: Image) -> int:
        """Rows on each device in a tick that this image leads."""
        is_newcomer = self._turns.is_newcomer(image.job.work.client)
        is_quick = is_newcomer and self.is_short(image.job.work)
        rows = min(self.full, self._largest(self._newcomer_rows)) if is_quick else self.full
        return max(image.rows, rows)

    def shrink(self) -> None:
        """Half as many rows, but a guided image keeps its two."""
        self._most_rows = max(1, self._most_rows // 2)
        self._newcomer_rows = min(self._newcomer_rows, self._most_rows)
        self.changed()

    def allow(self, rows: int) -> None:
        """Programs for so many are compiled: no tick has more."""
        self._ready_rows = rows
        self.changed()

    def seats(self, lane: Lane) -> Seats:
        if lane not in self._seats:
            self._seats[lane] = Seats(devices=self.devices, per_device=self._per_device)
        return self._seats[lane]

    def may_begin(self, image: Image) -> bool:
        """Whether its ControlNets are in memory."""
        work = image.job.work
        return self._memory.may_begin(work.job, work.names)

    def weight(self, lane: Lane) -> float:
        """What a row costs in turns: 1 in the cheapest lane."""
        if lane not in self._weights:
            row = {each: self._costs.tick(each, self.full) for each in (*self._seats, lane)}
            self._weights = {each: row[each] / min(row.values()) for each in row}
        return self._weights[lane]

    def is_short(self, work: Work) -> bool:
        """Whether an image of it takes no more than a turn."""
        return work.rows_left[0] * self.weight(work.lane) <= self._turns.quantum

    def changed(self) -> None:
        """What was worked out of the costs holds no longer."""
        self._weights.clear()

    def _largest(self, rows: int) -> int:
        return max([size for size in self.sizes if size <= rows], default=self.sizes[0])
