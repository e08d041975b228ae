"""Quota: how many requests a key may make in a minute, and how many jobs it may have at once.

Time is an argument. For one thread, the event loop's.
"""

from dataclasses import dataclass

from inference.serving.http.keys import Key
from inference.serving.http.problems import refusal


@dataclass
class _Bucket:
    """What is left of a minute's requests; it fills again as time goes by."""

    left: float
    at: float


class Quota:
    def __init__(self) -> None:
        self._buckets: dict[str, _Bucket] = {}

    def ask(self, key: Key, now: float) -> None:
        """Counts one request. Raises Refused, which says when there is room for it."""
        bucket = self._buckets.setdefault(key.sha256, _Bucket(float(key.per_minute), now))
        rate = key.per_minute / 60
        bucket.left = min(float(key.per_minute), bucket.left + (now - bucket.at) * rate)
        bucket.at = now
        if bucket.left < 1:
            raise refusal(
                429,
                "too_many",
                f"a key may ask {key.per_minute} times a minute, got more; wait a little",
                retry_after=(1 - bucket.left) / rate,
            )
        bucket.left -= 1

    def begin(self, key: Key, at_once: int) -> None:
        """Raises Refused where that many jobs of the key are not done."""
        if at_once >= key.at_once:
            raise refusal(
                429,
                "too_many",
                f"a key may have {key.at_once} jobs at once, got one more; wait until one is done",
                retry_after=1.0,
            )
