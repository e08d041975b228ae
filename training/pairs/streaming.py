"""Batches of pairs while training, from a folder or the Hub: shuffled, sharded, resumable.

    with PairStream(open_pairs("pairs"), batch_size=32, size=512, seed=0) as stream:
        for batch in stream:
            step(batch.images, batch.conditioning, batch.texts)
            save(position=asdict(batch.position))

Written here, and not with grain, whose state belongs to a number of processes: a position here is
one number, the same for any number of hosts and any size of batch. And grain takes its samples one
by one, where Parquet on the Hub wants to be read a row group at a time.

In the background one thread reads the next window of row groups, and some decode the next batches
(Pillow lets other threads run meanwhile). Held are at most two windows of encoded pairs, and
`ahead` batches and the one that is being made.
"""

import io
import queue
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from inference.decoding.admission import admit
from inference.errors import InvalidImage
from inference.images import LONGEST, fit
from training.errors import UnusableDataset
from training.pairs.index import PairIndex, Row
from training.pairs.order import Order, Window

WINDOW = 2**28
"""Bytes of encoded pairs that are shuffled among each other: some two thousand at 512 pixels."""
AHEAD = 2
THREADS = 4


@dataclass(frozen=True)
class Position:
    """Where in the data a training is: `samples` were seen, by all hosts together.

    It holds for any number of hosts and any batch size, but for these data and this seed only.
    """

    samples: int
    seed: int
    data: str


@dataclass(frozen=True)
class Batch:
    """This host's B pairs of a global batch; `position` is where the next one begins.

    `conditioning` is None where maps are not read.
    """

    images: UInt8[np.ndarray, "B H W 3"]
    conditioning: UInt8[np.ndarray, "B H W 3"] | None
    texts: tuple[str, ...]
    position: Position


class PairStream:
    """Global batches without an end. `batch_size` is of all `hosts` together; host `host` gets its
    part of each, and the parts in the hosts' order are the batch that one host would get.

    Pictures are brought to `size` pixels a side if they are not so large. Raises UnusableDataset,
    also for a `position` in other data, and where a pair cannot be read: a training that leaves
    out pairs would go on differently when it is resumed.
    """

    def __init__(
        self,
        pairs: PairIndex,
        *,
        batch_size: int,
        size: int,
        seed: int,
        position: Position | None = None,
        host: int = 0,
        hosts: int = 1,
        window: int = WINDOW,
    ) -> None:
        if batch_size % hosts or batch_size < 1:
            raise UnusableDataset(
                f"the batch size must be a multiple of the number of hosts, {hosts}, got "
                f"{batch_size}; choose another"
            )
        self.start = position or Position(0, seed, pairs.digest)
        if (self.start.seed, self.start.data) != (seed, pairs.digest):
            other = "another seed" if self.start.data == pairs.digest else "other data"
            raise UnusableDataset(
                f"{pairs.title} must be the data that this training began with, with the seed "
                f"{self.start.seed}, got {other}; give back what it began with, or begin anew"
            )
        self._pairs = pairs
        self._batch_size = batch_size
        self._size = size
        self._own = slice(host * batch_size // hosts, (host + 1) * batch_size // hosts)
        counts, sizes = zip(*((group.rows, group.size) for group in pairs.groups), strict=True)
        self._order = Order(counts, sizes, seed=seed, most=window)
        self._made: queue.Queue[Batch | BaseException] = queue.Queue(maxsize=AHEAD)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._make, name="pairs", daemon=True)

    def __enter__(self) -> "PairStream":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        """Ends the threads; what they have made is dropped."""
        self._closed.set()
        while self._thread.is_alive():
            try:
                self._made.get(timeout=0.05)
            except queue.Empty:
                continue

    def __iter__(self) -> Iterator[Batch]:
        while True:
            made = self._made.get()
            if isinstance(made, BaseException):
                self._made.put(made)  # for who asks again
                raise made
            yield made

    def _make(self) -> None:
        try:
            with ThreadPoolExecutor(1) as reader, ThreadPoolExecutor(THREADS) as decoders:
                for rows, position in self._batches(reader):
                    if self._closed.is_set():
                        return
                    self._made.put(self._decoded(rows, position, decoders))
        except BaseException as error:  # noqa: BLE001  it is raised where the batches are taken
            self._made.put(error)

    def _batches(self, reader: ThreadPoolExecutor) -> Iterator[tuple[list["_Place"], Position]]:
        """This host's rows of each global batch."""
        samples = self.start.samples
        batch: list[_Place] = []
        for window, rows, start in self._windows(reader):
            for at in range(start, len(window)):
                group, row = int(window.groups[at]), int(window.rows[at])
                batch.append(_Place(group, row, rows[group][row]))
                if len(batch) == self._batch_size:
                    samples += self._batch_size
                    yield batch[self._own], Position(samples, self.start.seed, self.start.data)
                    batch = []

    def _windows(
        self, reader: ThreadPoolExecutor
    ) -> Iterator[tuple[Window, dict[int, list[Row]], int]]:
        """Each window with its rows, the next one being read meanwhile."""
        order = self._order.windows(self.start.samples)
        held: dict[int, list[Row]] = {}

        def read(window: Window, there: dict[int, list[Row]]) -> dict[int, list[Row]]:
            """Small data are one window, which is read once and not in every epoch."""
            return {
                group: there[group] if group in there else self._pairs.read(group)
                for group in window.members
            }

        window, start = next(order)
        coming = reader.submit(read, window, held)
        while True:
            held = coming.result()
            following, next_start = next(order)
            coming = reader.submit(read, following, held)
            yield window, held, start
            window, start = following, next_start

    def _decoded(
        self, places: list["_Place"], position: Position, decoders: ThreadPoolExecutor
    ) -> Batch:
        pictures = list(decoders.map(self._pair, places))
        maps = [conditioning for _, conditioning in pictures if conditioning is not None]
        return Batch(
            images=np.stack([image for image, _ in pictures]),
            conditioning=np.stack(maps) if self._pairs.has_maps else None,
            texts=tuple(place.pair.text for place in places),
            position=position,
        )

    def _pair(self, place: "_Place") -> tuple[np.ndarray, np.ndarray | None]:
        image, conditioning = place.pair.image, place.pair.conditioning
        try:
            return (
                decoded(image, self._size, "the picture"),
                None if conditioning is None else decoded(conditioning, self._size, "the map"),
            )
        except InvalidImage as error:
            raise UnusableDataset(
                f"each pair must be readable, but in {self._pairs.where(place.group, place.row)} "
                f"{error} (python -m training.prepare --check lists all such rows)"
            ) from error


@dataclass(frozen=True)
class _Place:
    """A pair, and where it lies."""

    group: int
    row: int
    pair: Row


def decoded(data: bytes, size: int, field: str) -> UInt8[np.ndarray, "H W 3"]:
    """A picture of `size` pixels a side. Raises InvalidImage."""
    picture = pixels(data, field)
    if picture.shape[:2] == (size, size):
        return picture
    return np.asarray(fit(Image.fromarray(picture), size, size))


def pixels(data: bytes, field: str) -> UInt8[np.ndarray, "H W 3"]:
    """A picture of a pair as it is. Raises InvalidImage.

    Decoded in this process: its header is held against the same bounds as a stranger's upload, but
    a process for each picture would cost a training its speed.
    """
    header = admit(data, longest=LONGEST, field=field)
    try:
        with Image.open(io.BytesIO(data), formats=[header.kind]) as image:
            return np.asarray(image.convert("RGB"))
    except Exception as error:  # Pillow raises nearly anything for what it cannot read
        raise InvalidImage(
            f"{field} must be a whole picture, got a damaged one ({type(error).__name__})",
            field=field,
        ) from error
