"""Residents: which ControlNets are in device memory, and which in host memory behind it.

The scheduler says which are wanted, and which may go for them; here they are loaded while others
run, and bytes are counted. All is called on the engine's thread under the ledger's lock, but for
what says otherwise.
"""

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from inference.batch import SIZES
from inference.checkpoints import ControlNet, repository
from inference.controls.annotators import annotator
from inference.errors import ControlNetUnavailable, InvalidRequest, shown
from inference.model import Model
from inference.serving.counts import Budget, Occupancy
from inference.serving.ledger import Ledger
from inference.serving.loader import Arrival, Loader, weigh

log = logging.getLogger(__name__)

RETRY_SECONDS = 30.0
"""After a ControlNet could not be loaded, whoever asks for it is told so at once."""
FROM_SOURCE, FROM_HOST = 200e6, 2e9
"""Bytes a second, as thought before anything was loaded."""
NEWEST = 0.3
"""The weight of the newest measurement."""


@dataclass(frozen=True)
class Known:
    """A ControlNet by its source; `annotator` makes its maps, else the one of its name."""

    source: str
    annotator: str | None = None
    is_pinned: bool = False


class _Loading(NamedTuple):
    since: float
    is_read: bool
    """From its source, and not from host memory."""


class Residents:
    """ControlNets by name: those that the model came with stay, and so do pinned ones."""

    def __init__(
        self, model: Model, known: Mapping[str, Known] = {}, budget: Budget | None = None
    ) -> None:
        """Raises InvalidRequest for pinned ones that exceed the budget, and for an annotator that
        there is not."""
        self._model = model
        self._known = dict(known)
        self._budget = budget or Budget()
        self._sizes = {name: model.controlnets.bytes(name) for name in model.controlnets.names}
        self._loading: dict[str, _Loading] = {}
        self._failed: dict[str, tuple[float, ControlNetUnavailable]] = {}
        self._speeds = {True: FROM_SOURCE, False: FROM_HOST}
        self._were_read: set[str] = set()
        self._counted = Occupancy(budget=self._budget)
        self._wake: Callable[[], None] = lambda: None
        self._forget: Callable[[str], None] = lambda name: None
        sources = {name: one.source for name, one in known.items()}
        self._loader = Loader(
            model, sources, host_bytes=self._budget.host, wake=lambda: self._wake()
        )
        self.pinned = frozenset(
            name
            for name in model.info.controls
            if name not in self._known or self._known[name].is_pinned
        )
        for one in known.values():
            if one.annotator is not None:
                annotator(one.annotator)
        if not self.fits(self.pinned):
            raise InvalidRequest(
                f"pinned ControlNets must fit in {shown_bytes(self._budget.device or 0)} of device "
                f"memory, got {shown_bytes(sum(map(self._size, self.pinned)))}; pin fewer, or "
                "raise the budget",
                field="pinned",
            )

    def serve(self, wake: Callable[[], None], forget: Callable[[str], None]) -> None:
        """`wake` is called, on any thread, when something came; `forget` when what was computed
        with a ControlNet may be so no longer."""
        self._wake, self._forget = wake, forget

    @property
    def annotators(self) -> dict[str, str]:
        """By ControlNet, where they do not have its name."""
        known = self._known.items()
        return {name: one.annotator for name, one in known if one.annotator not in (None, name)}

    @property
    def sources(self) -> dict[str, str]:
        """The Hub's repositories, by ControlNet; folders of this machine are nobody's business."""
        known = ((name, repository(one.source)) for name, one in self._known.items())
        return {name: source for name, source in known if source is not None}

    def load_first(self) -> None:
        """Loads one if none is there, so that a warm-up compiles what they need. Before the engine
        is made, on any thread; a failure is written down."""
        name = next(iter(self._known), None)
        if name is None or self._model.controlnets.names:
            return
        try:
            net = self._loader.read_now(name, self._size(name))
            self._sizes[name] = weigh(net)
            if self.fits(frozenset({name})):
                self._model.controlnets.put(name, self._loader.place_now(name, net, ()))
                self._were_read.add(name)
        except ControlNetUnavailable as error:
            log.warning("nothing is warmed up for ControlNets: %s", error)

    # What the scheduler and whoever asks have to know.

    def fits(self, names: Collection[str]) -> bool:
        """Whether these fit in device memory together, as far as their sizes are known."""
        most = self._budget.device
        return most is None or sum(map(self._size, names)) <= most

    def require(self, names: Collection[str], now: float) -> None:
        """Raises ControlNetUnavailable for one that could not be loaded a moment ago."""
        for name in names:
            at, error = self._failed.get(name, (now, None))
            if error is not None and now - at < RETRY_SECONDS:
                raise ControlNetUnavailable(str(error))

    def delay(self, names: Collection[str], now: float) -> float:
        """Seconds until these are there, if they are loaded from now on, one after the other."""
        lacking = [name for name in names if name not in self._model.controlnets]
        return sum((self._seconds(name, now) for name in lacking), 0.0)

    @property
    def occupancy(self) -> Occupancy:
        held = (*self._model.controlnets.names, *self._loading)
        return replace(
            self._counted,
            resident=len(self._model.controlnets.names),
            loading=len(self._loading),
            device_bytes=sum(map(self._size, held)),
            host_bytes=self._loader.host_bytes,
        )

    # The engine's thread.

    def exchange(self, ledger: Ledger, now: float) -> bool:
        """Puts in place what came, and begins what is wanted; False where there was neither."""
        has_news = False
        while not self._loader.arrivals.empty():
            self._arrived(self._loader.arrivals.get(), ledger, now)
            has_news = True
        wanted = ledger.scheduler.wanted(now)
        for name in wanted.drop:
            self._model.controlnets.unload(name)
            ledger.scheduler.missing(name, now)
            self._counted = replace(self._counted, drops=self._counted.drops + 1)
        for name in wanted.load:
            ledger.scheduler.loading(name, now)
            self._load(name, ledger, now)
        return has_news or bool(wanted.drop or wanted.load)

    def _load(self, name: str, ledger: Ledger, now: float) -> None:
        net = self._loader.find(name)
        self._loading[name] = _Loading(now, is_read=net is None)
        if net is None:
            self._loader.read(name, self._size(name))
        else:
            self._loader.place(name, net, _rows(ledger))

    def _arrived(self, arrival: Arrival, ledger: Ledger, now: float) -> None:
        name, loading = arrival.name, self._loading[arrival.name]
        if arrival.error is not None:
            log.error("the ControlNet %s could not be loaded: %s", name, arrival.error)
            self._give_up(name, arrival.error, ledger, now)
        elif arrival.read is not None:
            self._was_read(name, arrival.read, ledger, now)
        elif arrival.placed is not None:
            del self._loading[name]
            self._failed.pop(name, None)
            speed = self._size(name) / max(now - loading.since, 1e-3)
            self._speeds[loading.is_read] += NEWEST * (speed - self._speeds[loading.is_read])
            if loading.is_read and name in self._were_read:
                self._forget(name)  # its source may have changed since
            self._were_read.add(name)
            self._model.controlnets.put(name, arrival.placed)
            self._counted = replace(self._counted, loads=self._counted.loads + 1)
            ledger.scheduler.ready(name, now)

    def _was_read(self, name: str, net: ControlNet, ledger: Ledger, now: float) -> None:
        """Now its size is known: it may be larger than the room that was made for it."""
        self._sizes[name] = weigh(net)
        for notice in net.notices:
            log.warning("%s", notice)
        if self.fits({*self._model.controlnets.names, *self._loading}):
            self._loader.place(name, net, _rows(ledger))
            return
        if self.fits(self.pinned | {name}):
            del self._loading[name]
            ledger.scheduler.missing(name, now)
            self._refuse(ledger.scheduler.impossible(name), name, ledger)
            return
        room = shown_bytes((self._budget.device or 0) - sum(map(self._size, self.pinned)))
        error = ControlNetUnavailable(
            f"the ControlNet {name} must fit in {room} of device memory, got "
            f"{shown_bytes(self._sizes[name])}; whoever runs the engine may raise the budget"
        )
        self._give_up(name, error, ledger, now)

    def _refuse(self, jobs: Collection[int], name: str, ledger: Ledger) -> None:
        """Those that need it with others, which are too large together."""
        ledger.fail(
            jobs,
            InvalidRequest(
                "ControlNets of one request must fit in device memory together, got "
                f"{shown(name)} with others, which do not; ask for fewer at a time",
                field="control",
            ),
        )

    def _give_up(self, name: str, error: ControlNetUnavailable, ledger: Ledger, now: float) -> None:
        del self._loading[name]
        self._failed[name] = now, error
        self._counted = replace(self._counted, failures=self._counted.failures + 1)
        ledger.scheduler.missing(name, now)
        ledger.fail(ledger.scheduler.needing(name), error)

    def _size(self, name: str) -> int:
        return self._sizes.get(name) or max(self._sizes.values(), default=self._model.usual_bytes)

    def _seconds(self, name: str, now: float) -> float:
        loading = self._loading.get(name)
        is_read = self._loader.find(name) is None if loading is None else loading.is_read
        begun = 0.0 if loading is None else now - loading.since
        return max(0.0, self._size(name) / self._speeds[is_read] - begun)


def shown_bytes(count: int) -> str:
    """In megabytes, or in gigabytes where it is that many."""
    return f"{count / 2**30:.1f} GiB" if count >= 2**30 else f"{count / 2**20:.1f} MiB"


def _rows(ledger: Ledger) -> tuple[int, ...]:
    """Of ticks that may come now."""
    return tuple(size for size in SIZES if size <= ledger.scheduler.full)
