"""The loader: ControlNets from their sources into host memory, and from there onto the devices.

Two threads of its own read, a third one places, so that a source that is slow keeps no ControlNet
waiting that is in host memory. What came of it is told on a queue.
"""

import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax

from inference.checkpoints import ControlNet, load_controlnet
from inference.controlnets import Placed
from inference.errors import CheckpointError, ControlNetUnavailable, InferenceError
from inference.kept import Kept
from inference.model import Model

READERS = 2


@dataclass(frozen=True)
class Arrival:
    """What came of loading one: read into host memory, or placed, or an error."""

    name: str
    read: ControlNet | None = None
    placed: Placed | None = None
    error: ControlNetUnavailable | None = None


class Loader:
    """`read` and `place` return at once; `arrivals` has what came of them, and `wake` is called."""

    def __init__(
        self,
        model: Model,
        sources: Mapping[str, str],
        *,
        host_bytes: int | None,
        wake: Callable[[], None],
    ) -> None:
        self._model = model
        self._sources = dict(sources)
        self._wake = wake
        self._most_bytes = host_bytes
        self._kept = Kept(2**62 if host_bytes is None else host_bytes, weigh)
        self._reading: dict[str, int] = {}
        self._lock = threading.Lock()
        self._to_read: queue.SimpleQueue[tuple[str, int]] = queue.SimpleQueue()
        self._to_place: queue.SimpleQueue[tuple[str, ControlNet, Sequence[int]]] = (
            queue.SimpleQueue()
        )
        self.arrivals: queue.SimpleQueue[Arrival] = queue.SimpleQueue()
        self._begun = False

    def find(self, name: str) -> ControlNet | None:
        """The one in host memory."""
        with self._lock:
            return self._kept.find(name)

    @property
    def host_bytes(self) -> int:
        """Of what is in host memory, and of what is being read into it."""
        with self._lock:
            return self._kept.bytes + sum(self._reading.values())

    def read(self, name: str, expected: int) -> None:
        """From its source; `expected` bytes of host memory are made free for it."""
        self._begin()
        self._to_read.put((name, expected))

    def place(self, name: str, net: ControlNet, rows: Sequence[int]) -> None:
        """On every device, ready for ticks of so many rows."""
        self._begin()
        self._to_place.put((name, net, rows))

    def read_now(self, name: str, expected: int) -> ControlNet:
        """Waits for it. Raises ControlNetUnavailable."""
        with self._lock:
            self._reading[name] = expected
            if self._most_bytes is not None:
                self._kept.make_room(sum(self._reading.values()))
        try:
            net = load_controlnet(self._sources[name], dtype=self._model.devices.dtype)
        except Exception as error:
            raise self._unavailable(name, error) from error
        finally:
            with self._lock:
                del self._reading[name]
        with self._lock:
            self._kept.put(name, net)
        return net

    def place_now(self, name: str, net: ControlNet, rows: Sequence[int]) -> Placed:
        """Waits for it. Raises ControlNetUnavailable."""
        try:
            return self._model.place(net, rows=rows)
        except Exception as error:
            raise self._unavailable(name, error) from error

    def _begin(self) -> None:
        """Threads that end with the process: a source may never answer."""
        if self._begun:
            return
        self._begun = True
        for target in (*(self._reads,) * READERS, self._places):
            threading.Thread(target=target, name="loader", daemon=True).start()

    def _reads(self) -> None:
        while True:
            name, expected = self._to_read.get()
            self._tell(name, lambda: Arrival(name, read=self.read_now(name, expected)))  # noqa: B023

    def _places(self) -> None:
        while True:
            name, net, rows = self._to_place.get()
            self._tell(name, lambda: Arrival(name, placed=self.place_now(name, net, rows)))  # noqa: B023
            del net  # it may wait for the next for hours

    def _tell(self, name: str, work: Callable[[], Arrival]) -> None:
        try:
            arrival = work()
        except ControlNetUnavailable as error:
            arrival = Arrival(name, error=error)
        self.arrivals.put(arrival)
        self._wake()

    def _unavailable(self, name: str, error: Exception) -> ControlNetUnavailable:
        if isinstance(error, CheckpointError):
            return ControlNetUnavailable(str(error))
        what = str(error).partition("\n")[0][:200]
        told = what if isinstance(error, InferenceError) else f"{type(error).__name__}: {what}"
        return ControlNetUnavailable(
            f"the ControlNet {name} must load from {self._sources[name]}, got {told}; try again in "
            "a minute, or tell whoever runs the engine"
        )


def weigh(net: Any) -> int:
    """A ControlNet's bytes, in host memory and on each device."""
    return sum(leaf.nbytes for leaf in jax.tree.leaves(net.params))
