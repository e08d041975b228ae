"""A bounded cache: what was used least recently goes when the bytes do not suffice. No JAX."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Value = TypeVar("Value")


class Kept:
    """Values by key, of at most `most_bytes` in all; `size_of` weighs each once, when it is made.

    What is larger than the whole is made again each time. For one thread.
    """

    def __init__(self, most_bytes: int, size_of: Callable[[Any], int]) -> None:
        self._most_bytes = most_bytes
        self._size_of = size_of
        self._values: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self.bytes = 0
        self.hits = 0
        self.misses = 0

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value of that key, made if it is not there."""
        found = self.find(key)
        if found is not None:
            return found
        value = make()
        self.put(key, value)
        return value

    def find(self, key: Hashable) -> Any:
        """The value of that key; None where it is not there."""
        if key not in self._values:
            self.misses += 1
            return None
        self.hits += 1
        self._values.move_to_end(key)
        return self._values[key][0]

    def put(self, key: Hashable, value: Any) -> None:
        """Keeps it, and lets go of what was used least recently where there is no room."""
        size = self._size_of(value)
        if size <= self._most_bytes:
            self.make_room(size)
            self._values[key] = (value, size)
            self.bytes += size

    def make_room(self, size: int) -> None:
        """Lets go of what was used least recently until so many bytes are free, or nothing is
        left."""
        while self._values and self.bytes + size > self._most_bytes:
            _, (_, gone) = self._values.popitem(last=False)
            self.bytes -= gone

    def forget(self, drop: Callable[[Hashable], bool]) -> None:
        """Lets go of the values whose key is to be dropped."""
        for key in [key for key in self._values if drop(key)]:
            self.bytes -= self._values.pop(key)[1]

    def __len__(self) -> int:
        return len(self._values)
