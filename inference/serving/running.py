"""A running request: its ticket, how far each of its images is, and what is finished of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from inference.batch import Image
from inference.job import Job
from inference.request import Progress
from inference.serving.tick import Step
from inference.serving.ticket import Ticket
from inference.serving.work import Lane, Work
from inference.slots import Picture


@dataclass(eq=False)
class Running:
    """From when it is accepted until its last picture is out."""

    job: Job
    ticket: Ticket
    work: Work
    compile_seconds: float = 0.0
    steps: dict[int, int] = field(default_factory=dict)
    """Sampling steps done, by image."""
    slots: dict[int, int] = field(default_factory=dict)
    """Of the images that sit in one."""
    pictures: dict[int, Picture] = field(default_factory=dict)
    told: int = 0

    @property
    def begun(self) -> float | None:
        """When its first image took a slot."""
        return self.ticket.begun

    def image(self, step: Step) -> Image:
        return Image(self.job, self.job.seeds[step.image], step.seat)

    def advanced(self, steps: Iterable[Step]) -> None:
        for step in steps:
            self.steps[step.image] = int(self.job.table.steps_done[step.evaluation])
            self.slots[step.image] = step.seat

    def restart(self) -> None:
        """From the first step on, which gives the same."""
        self.steps.clear()
        self.slots.clear()

    @property
    def step(self) -> int:
        """On average over its images, rounded down."""
        return sum(self.steps.values()) // self.work.images

    @property
    def has_news(self) -> bool:
        """Whether a step was done that nobody was told of."""
        return self.step > self.told

    @property
    def previewed(self) -> list[int]:
        """The slots that are to be shown now: all of its images, where all are equally far."""
        every, steps = self.job.request.preview_every, self.job.table.steps
        is_due = every and self.step % every == 0 and self.step < steps
        together = len(self.slots) == self.work.images and len(set(self.steps.values())) == 1
        return [self.slots[at] for at in sorted(self.slots)] if is_due and together else []

    def progress(self, seconds_left: float, previews: Iterable[Picture]) -> Progress:
        shown = tuple(previews)
        self.told = self.step
        return Progress(
            step=self.step,
            steps=self.job.table.steps,
            seconds_left=seconds_left,
            previews=tuple(one.image for one in shown) if all(p.is_finite for p in shown) else (),
        )


def work_of(number: int, job: Job, client: str) -> Work:
    """What the scheduler has to know of a job."""
    return Work(
        job=number,
        client=client,
        lane=Lane(*job.size),
        images=len(job.seeds),
        rows=tuple(1 + job.guides(evaluation) for evaluation in range(len(job.table))),
        controls=tuple((control.name, span.start, span.stop) for control, span in job.acting),
    )
