"""Bounds that several demos of one process keep together: on jobs, drawings, files and uploads."""

from collections import Counter
from dataclasses import dataclass, field

from spaces.demo.live import Places
from spaces.demo.queueing import SESSIONS, BoundedQueue
from spaces.door.files import OFFERED_BYTES, UPLOADED_BYTES, Files


@dataclass
class Bounds:
    """Of `demos` pages beside each other; each has its part of what can only be divided."""

    demos: int = 1
    queues: list[BoundedQueue] = field(default_factory=list)
    """Whose jobs are counted together."""
    under_way: Counter[str] = field(default_factory=Counter)
    """Bytes of uploads by the address that sends them."""
    drawings: Places = field(default_factory=Places)
    """Whose drawings are painted as they are made."""

    def files(self) -> Files:
        """One page's own: no other page finds them by their names."""
        return Files(
            uploaded_bytes=UPLOADED_BYTES // self.demos, offered_bytes=OFFERED_BYTES // self.demos
        )

    @property
    def sessions(self) -> int:
        return max(1, SESSIONS // self.demos)
