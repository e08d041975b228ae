"""Batches by step: a stream that begins at the step that is first asked for."""

from types import TracebackType

import jax

from training.pairs.index import PairIndex
from training.pairs.streaming import Batch, PairStream, Position


class Feed:
    """This host's part of the batch of each step, from any step on, one after the other."""

    def __init__(self, pairs: PairIndex, *, batch_size: int, size: int, seed: int) -> None:
        self._pairs = pairs
        self._batch_size = batch_size
        self._size = size
        self._seed = seed
        self._stream: PairStream | None = None
        self._next = 0

    def __enter__(self) -> "Feed":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.__exit__(kind, error, _)

    def __call__(self, step: int) -> Batch:
        """Raises UnusableDataset."""
        if self._stream is None:
            self._next = step
            self._stream = self._opened(step).__enter__()
        assert step == self._next, "batches come in order"
        self._next += 1
        return next(iter(self._stream))

    def _opened(self, step: int) -> PairStream:
        return PairStream(
            self._pairs,
            batch_size=self._batch_size,
            size=self._size,
            seed=self._seed,
            position=Position(step * self._batch_size, self._seed, self._pairs.digest),
            host=jax.process_index(),
            hosts=jax.process_count(),
        )
