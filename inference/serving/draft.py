"""One tick being filled: images in turn, as long as they fit on their devices.

Legend: D devices. The first image decides the lane; whoever is of another lane, or does not fit, is
passed over, and stays so, since a draft only gets fuller.
"""

from collections.abc import Iterator, Mapping

from inference.serving.jobs import Client, Image, Job
from inference.serving.rules import Rules
from inference.serving.tick import ControlCall, Step, Tick
from inference.serving.turns import Move
from inference.serving.work import Lane


class Draft:
    """A tick of at most `most` rows on each device, or as many as its leader may have."""

    def __init__(
        self, rules: Rules, clients: Mapping[str, Client], *, most: int | None = None
    ) -> None:
        self._rules = rules
        self._clients = clients
        self._most = most
        self._offers: dict[str, Iterator[Image]] = {}
        self._offered: dict[str, Image] = {}
        self._planned: dict[int, str] = {}  # seats that are free until now, and for whom
        self._load = [0] * rules.devices
        self._steps: list[tuple[Image, Step]] = []
        self._lane: Lane | None = None
        self._refused: set[Job] = set()  # none of their waiting images fits

    @property
    def rows(self) -> int:
        """On all devices together."""
        return sum(self._load)

    @property
    def size(self) -> int:
        """The smallest compiled size that holds the most loaded device's rows."""
        return self._rules.size(max(self._load))

    def offer(self, client: str) -> float | None:
        """What the client's next image that fits costs."""
        if client not in self._clients or self._is_full:
            return None
        image = self._offered.get(client)
        if image is None or not self._fits(image, client):
            offers = self._offers.setdefault(client, self._clients[client].images())
            image = next((one for one in offers if self._fits(one, client)), None)
            if image is None:
                self._offered.pop(client, None)
                return None
            self._offered[client] = image
        return image.rows * self._rules.weight(image.job.work.lane)

    def take(self, client: str) -> None:
        """The image that was offered."""
        image = self._offered.pop(client)
        if self._lane is None:
            self._lane = image.job.work.lane
            self._most = max(self._most or self._rules.most(image), image.rows)
        seats = self._rules.seats(self._lane)
        seat = image.seat
        if seat is None:
            seat = seats.choose(self._load, self._planned)
            assert seat is not None, "what is offered has a seat"
            self._planned[seat] = client
        self._load[seats.device(seat)] += image.rows
        self._steps.append((image, Step(*image.key, seat, image.evaluation, image.rows)))

    def tick(self, moves: tuple[Move, ...]) -> Tick:
        assert self._lane is not None, "an empty draft is no tick"
        return Tick(
            lane=self._lane,
            size=self.size,
            steps=tuple(step for _, step in self._steps),
            controls=self._controls(),
            finishing=tuple(
                image.key
                for image, step in self._steps
                if step.evaluation == len(image.job.work.rows) - 1
            ),
            moves=moves,
        )

    def _fits(self, image: Image, client: str) -> bool:
        lane = image.job.work.lane
        if self._lane is not None and lane != self._lane:
            return False
        seats = self._rules.seats(lane)
        if image.seat is not None:
            return self._has_room(seats.device(image.seat), image.rows)
        if image.job in self._refused or not self._may_sit(image, client):
            self._refused.add(image.job)
            return False
        seat = seats.choose(self._load, self._planned)
        return seat is not None and self._has_room(seats.device(seat), image.rows)

    def _may_sit(self, image: Image, client: str) -> bool:
        seats = self._rules.seats(image.job.work.lane)
        own = sum(who == client for who in self._planned.values())
        short = self._rules.is_short(image.job.work)
        may_sit = seats.may_sit(client, short=short, more=len(self._planned), own=own)
        return may_sit and self._rules.may_begin(image)

    @property
    def _is_full(self) -> bool:
        return self._most is not None and min(self._load) >= self._most

    def _has_room(self, device: int, rows: int) -> bool:
        return self._lane is None or self._load[device] + rows <= (self._most or 0)

    def _controls(self) -> tuple[ControlCall, ...]:
        """Every ControlNet that acts on an image here, for the most loaded device's rows of it."""
        seats = self._rules.seats(self._lane) if self._lane else None
        loads: dict[str, list[int]] = {}
        for image, step in self._steps:
            for name in image.job.work.names_at(step.evaluation):
                load = loads.setdefault(name, [0] * self._rules.devices)
                load[seats.device(step.seat) if seats else 0] += step.rows
        return tuple(ControlCall(name, self._rules.size(max(load))) for name, load in loads.items())
