"""Places in the queue and seconds until a picture: what people are told."""

from collections.abc import Callable

from inference.serving.costs import Costs
from inference.serving.estimate import Estimate, Experience
from inference.serving.jobs import Job
from inference.serving.line import Line
from inference.serving.rules import Rules
from inference.serving.tick import Tick
from inference.serving.work import Place, Work


class Places:
    """The line, and estimates of the queue as it is now."""

    def __init__(self, *, costs: Costs, rules: Rules, look: Callable[[], Estimate]) -> None:
        """`look` takes a look at the whole queue, which is kept until something in it changes."""
        self.line = Line()
        self._costs = costs
        self._rules = rules
        self._look = look
        self._experience = Experience()
        self._estimate: Estimate | None = None
        self._busy_until = 0.0

    def join(self, job: Job, now: float) -> None:
        job.estimated = self._if_nobody_came(job, now)
        work = job.work
        cost = work.images * work.rows_left[0] * self._rules.weight(work.lane)
        self.line.join(work.job, work.client, cost)

    def runs(self, tick: Tick | None, now: float) -> None:
        """The devices are busy with it from now on."""
        if tick is None:
            self._busy_until = now
        else:
            sizes = [call.size for call in tick.controls]
            self._busy_until = now + self._costs.tick(tick.lane, tick.size, sizes)

    def done(self, job: Job, now: float) -> None:
        self._experience.learn(
            short=self._rules.is_short(job.work),
            estimated=job.estimated,
            took=now - job.submitted,
        )

    def place(self, job: Job, now: float) -> Place:
        position = self.line.position(job.work.job)
        return Place(position, len(self.line), self._seconds(job, now))

    def foresee(self, work: Work, now: float) -> Place:
        job = Job(work)
        position = self.line.foresee(work.client)
        return Place(position, len(self.line) + 1, self._seconds(job, now))

    def changed(self) -> None:
        self._estimate = None

    def _seconds(self, job: Job, now: float) -> float:
        stretch = self._experience.stretch(short=self._rules.is_short(job.work))
        return stretch * self._if_nobody_came(job, now)

    def _if_nobody_came(self, job: Job, now: float) -> float:
        if self._estimate is None:
            self._estimate = self._look()
        return max(0.0, self._busy_until - now) + self._estimate.seconds(job)
