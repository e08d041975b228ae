"""An engine that does what its test says: tickets are told by hand, or painted at once."""

import itertools
from typing import Any

from PIL import Image

from inference.errors import Cancelled, InvalidRequest
from inference.request import (
    Defaults,
    EngineInfo,
    GenerationRequest,
    Progress,
    Queued,
    Result,
)
from inference.serving.counts import Counts
from inference.serving.ticket import Ticket
from inference.serving.work import Place
from tests.fake_engine import colour_of

INFO = EngineInfo(
    model="painted",
    device="brush",
    size=(64, 64),
    size_multiple=8,
    controls=("canny",),
    samplers={"euler": "Euler"},
    defaults=Defaults(sampler="euler", steps=3, guidance_scale=3.0),
    most_steps={"euler": 100},
    notices=("it paints",),
    upscales=(1, 2, 4),
)


def painted(request: GenerationRequest) -> Result:
    seeds = tuple(range(request.seed, request.seed + request.num_images))
    return Result(
        images=tuple(Image.new("RGB", (64, 64), colour_of(seed)) for seed in seeds),
        seeds=seeds,
        parameters=tuple({"model": "painted", "seed": seed} for seed in seeds),
        notices=("the paint is wet\u2028",),
        seconds=0.5,
        compile_seconds=0.0,
        steps=3,
        sampler="euler",
    )


class PaintedEngine:
    """With `paints`, every request is done as soon as it is taken; `error` is raised instead."""

    def __init__(self, *, paints: bool = True) -> None:
        self.info = INFO
        self.counts = Counts()
        self.paints = paints
        self.error: Exception | None = None
        self.tickets: list[Ticket] = []
        self.clients: list[str] = []
        self._numbers = itertools.count()

    def submit(self, request: GenerationRequest, *, client: str = "") -> Ticket:
        if self.error is not None:
            raise self.error
        _require_known(request)
        ticket = Ticket(next(self._numbers), request, self.cancel)
        self.tickets.append(ticket)
        self.clients.append(client)
        ticket.tell(Queued(1, 1, 2.5))
        if self.paints:
            tell_steps(ticket, 1, 2, 3)
            ticket.end(painted(request))
        return ticket

    def cancel(self, number: int) -> None:
        self.tickets[number].end(Cancelled("the request was cancelled; ask anew"))

    def foresee(self, request: GenerationRequest, *, client: str = "") -> Place:
        _require_known(request)
        return Place(2, 3, 4.5)


def _require_known(request: GenerationRequest) -> None:
    if any(control.name not in INFO.controls for control in request.controls):
        raise InvalidRequest("control must be one of canny; choose it", field="control")


def tell_steps(ticket: Ticket, *steps: int, **fields: Any) -> None:
    for step in steps:
        preview = Image.new("RGB", (8, 8), (step, 0, 0))
        ticket.tell(Progress(step, 3, 1.0, (preview,)))
