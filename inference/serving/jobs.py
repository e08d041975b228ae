"""Jobs and clients as the scheduler keeps them: which images wait, sit, are decoded, are done.

The order within a client is that in which its jobs came in, and their images in order.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from inference.serving.work import Work


class Image(NamedTuple):
    """An image that could go one evaluation further; no seat yet where `seat` is None."""

    job: "Job"
    image: int
    seat: int | None
    evaluation: int

    @property
    def rows(self) -> int:
        return self.job.work.rows[self.evaluation]

    @property
    def key(self) -> tuple[int, int]:
        return self.job.work.job, self.image


class Seated(NamedTuple):
    seat: int
    evaluation: int
    """The one that comes next."""


@dataclass(eq=False)
class Job:
    work: Work
    since: int = 0
    """The tick at which it came in."""
    arrival: int = 0
    """Its number among all jobs and loads."""
    submitted: float = 0.0
    estimated: float = 0.0
    """Seconds it would take if nobody came in later, as thought when it was submitted."""
    unseated: int = 0
    """The first image that has no seat yet."""
    seated: dict[int, Seated] = field(default_factory=dict)
    decoding: set[int] = field(default_factory=set)

    @property
    def waits(self) -> bool:
        """Whether an image of it has no seat yet."""
        return self.unseated < self.work.images

    @property
    def has_begun(self) -> bool:
        return self.unseated > 0

    @property
    def is_served(self) -> bool:
        """Whether all of its evaluations are done."""
        return not self.waits and not self.seated

    @property
    def undecoded(self) -> int:
        """Images that are not out yet."""
        return self.work.images - self.unseated + len(self.seated) + len(self.decoding)

    @property
    def rows_left(self) -> int:
        """Of all its images together."""
        left = self.work.rows_left
        sitting = sum(left[seated.evaluation] for seated in self.seated.values())
        return sitting + (self.work.images - self.unseated) * left[0]

    @property
    def evaluations_left(self) -> int:
        """Of the image that is least far."""
        if self.waits:
            return len(self.work.rows)
        return len(self.work.rows) - min((s.evaluation for s in self.seated.values()), default=0)


@dataclass(eq=False)
class Client:
    name: str
    jobs: dict[int, Job] = field(default_factory=dict)
    """Those with evaluations left."""
    unfinished: int = 0
    """Those, and the ones that are being decoded."""

    def images(self) -> Iterator[Image]:
        """Those that sit, then those that wait."""
        for job in self.jobs.values():
            for image, seated in job.seated.items():
                yield Image(job, image, *seated)
        for job in self.jobs.values():
            for image in range(job.unseated, job.work.images):
                yield Image(job, image, None, 0)
