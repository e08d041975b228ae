"""The scheduler under any sequence of what may happen to it, held against a plain account of it."""

from itertools import count

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from inference.errors import InvalidRequest, QueueFull
from inference.serving.costs import Costs
from inference.serving.scheduler import Scheduler
from inference.serving.tick import Tick
from inference.serving.work import Limits, Work
from tests.inference.serving.works import LARGE, SMALL

NETS = ("canny", "pose", "depth")
SIZES = (1, 2, 4, 8)
LIMITS = Limits(waiting=8, per_client=4)


class Account:
    """What is known of one job without the scheduler."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.next = [0] * work.images
        self.seats: dict[int, int] = {}
        self.out: set[int] = set()

    @property
    def has_begun(self) -> bool:
        return any(self.next)


class Serving(RuleBasedStateMachine):
    """Two schedulers that are told the same; `accounts` says what has to be true of both."""

    @initialize(
        devices=st.integers(1, 3),
        seats=st.integers(1, 5),
        most=st.sampled_from((1, 2, 3, 4, 8)),
        newcomer=st.sampled_from((None, 1, 2)),
        room=st.integers(1, 2),
        pinned=st.booleans(),
    )
    def begin(
        self, devices: int, seats: int, most: int, newcomer: int | None, room: int, pinned: bool
    ) -> None:
        self.devices, self.seats, self.most, self.room = devices, seats, most, room
        self.pinned = {"canny"} if pinned else set()
        self.both = [
            Scheduler(
                costs=Costs(),
                limits=LIMITS,
                devices=devices,
                seats=seats,
                sizes=SIZES,
                most_rows=most,
                newcomer_rows=newcomer,
                fits=lambda names: len(names) <= room,
                pinned=self.pinned,
                patience=3,
            )
            for _ in range(2)
        ]
        self.numbers = count(1)
        self.accounts: dict[int, Account] = {}
        self.resident: set[str] = set()
        self.on_the_way: list[str] = []
        self.undecoded: list[tuple[int, int]] = []
        self.positions: dict[int, int] = {}
        self.now = 0.0
        if pinned:
            self.resident.add("canny")
            self.tell("ready", "canny")

    def tell(self, what: str, *arguments: object) -> object:
        """To both, who answer alike."""
        first, second = (getattr(each, what)(*arguments, self.now) for each in self.both)
        assert first == second
        return first

    @rule(
        client=st.sampled_from(("ann", "bob", "eve")),
        lane=st.sampled_from((SMALL, LARGE)),
        images=st.integers(1, 3),
        rows=st.lists(st.sampled_from((1, 2)), min_size=1, max_size=5),
        nets=st.lists(st.sampled_from(NETS), max_size=2, unique=True),
        span=st.tuples(st.integers(0, 5), st.integers(0, 5)),
        patience=st.none() | st.integers(0, 30),
    )
    def submit(self, client, lane, images, rows, nets, span, patience) -> None:
        work = Work(
            job=next(self.numbers),
            client=client,
            lane=lane,
            images=images,
            rows=tuple(rows),
            controls=tuple((net, min(span), min(max(span), len(rows))) for net in nets),
            deadline=None if patience is None else self.now + patience,
        )
        foreseen = self.tell("foresee", work)
        waiting = sum(not one.has_begun for one in self.accounts.values())
        own = sum(one.work.client == client for one in self.accounts.values())
        fits = not work.names or len(work.names | self.pinned) <= self.room
        for scheduler in self.both:
            try:
                scheduler.submit(work, self.now)
                taken = True
            except (QueueFull, InvalidRequest):
                taken = False
            assert taken == (fits and waiting < LIMITS.waiting and own < LIMITS.per_client)
        if taken:
            self.accounts[work.job] = Account(work)
            place = self.tell("place", work.job)
            assert (place.position, place.waiting) == (foreseen.position, foreseen.waiting)
            self.positions = {}

    @rule(job=st.integers(1, 30), how=st.sampled_from(("cancel", "fail")))
    def cancel(self, job: int, how: str) -> None:
        known = job in self.accounts
        assert self.tell(how, job) is known
        assert self.tell(how, job) is False
        self.accounts.pop(job, None)

    @rule(cancelled=st.none() | st.integers(1, 30), runs=st.booleans(), again=st.booleans())
    def tick(self, cancelled: int | None, runs: bool, again: bool) -> None:
        self.now += 1.0
        tick = self.tell("next")
        if again:
            assert self.tell("next") == tick
        if tick is None:
            return
        self.check(tick)
        if not runs:
            return
        if cancelled is not None:
            self.tell("cancel", cancelled)
            self.accounts.pop(cancelled, None)
        for scheduler in self.both:
            scheduler.ran(tick, 0.5, self.now)
        for step in tick.steps:
            account = self.accounts.get(step.job)
            if account is None:
                continue
            account.next[step.image] += 1
            account.seats[step.image] = step.seat
            if (step.job, step.image) in tick.finishing:
                del account.seats[step.image]
                self.undecoded.append((step.job, step.image))

    def check(self, tick: Tick) -> None:
        loads, controls = [0] * self.devices, dict[str, list[int]]()
        taken = {seat: who for who in self.sitting(tick.lane) for seat in [who[2]]}
        assert len({(step.job, step.image) for step in tick.steps}) == len(tick.steps)
        finishing = set()
        for step in tick.steps:
            account = self.accounts[step.job]
            work = account.work
            assert work.lane == tick.lane
            assert step.evaluation == account.next[step.image]  # each once, in order
            assert step.rows == work.rows[step.evaluation]
            assert work.names <= self.resident or step.evaluation > 0
            assert set(work.names_at(step.evaluation)) <= self.resident
            if step.evaluation:
                assert step.seat == account.seats[step.image]
            else:
                assert step.seat not in taken  # nobody shares a seat
                taken[step.seat] = (step.job, step.image, step.seat)
            assert 0 <= step.seat < self.devices * self.seats
            loads[step.seat // self.seats] += step.rows
            for name in work.names_at(step.evaluation):
                load = controls.setdefault(name, [0] * self.devices)
                load[step.seat // self.seats] += step.rows
            if step.evaluation == len(work.rows) - 1:
                finishing.add((step.job, step.image))
        assert set(tick.finishing) == finishing
        assert tick.size == min(size for size in SIZES if size >= max(loads))
        assert max(loads) <= max(self.most, 2)
        assert {call.name: call.size for call in tick.controls} == {
            name: min(size for size in SIZES if size >= max(load))
            for name, load in controls.items()
        }

    def sitting(self, lane: object) -> list[tuple[int, int, int]]:
        return [
            (job, image, seat)
            for job, account in self.accounts.items()
            if account.work.lane == lane
            for image, seat in account.seats.items()
        ]

    @precondition(lambda self: self.undecoded)
    @rule(some=st.integers(1, 3))
    def decode(self, some: int) -> None:
        images, self.undecoded = self.undecoded[:some], self.undecoded[some:]
        lane = {self.accounts[job].work.lane for job, _ in images if job in self.accounts}
        done = self.tell("decoded", images, 0.1 if len(lane) == 1 else None)
        for job, image in images:
            if job in self.accounts:
                self.accounts[job].out.add(image)
        complete = {
            job for job, account in self.accounts.items() if len(account.out) == account.work.images
        }
        assert set(done) == complete
        for job in complete:
            del self.accounts[job]

    @rule()
    def expire(self) -> None:
        late = {
            job
            for job, account in self.accounts.items()
            if account.work.deadline is not None
            and account.work.deadline < self.now
            and not account.has_begun
        }
        assert set(self.tell("expired")) == late
        for job in late:
            del self.accounts[job]

    @rule()
    def shrink(self) -> None:
        for scheduler in self.both:
            scheduler.shrink()
        self.most = max(1, self.most // 2)

    @rule()
    def want(self) -> None:
        wanted = self.tell("wanted")
        used = {
            name
            for account in self.accounts.values()
            for image in account.seats
            for name in account.work.names_from(account.next[image])
        }
        assert not set(wanted.drop) & (used | self.pinned)
        assert set(wanted.drop) <= self.resident
        assert not set(wanted.load) & (self.resident | set(self.on_the_way))
        for name in wanted.drop:
            self.resident.discard(name)
            self.tell("missing", name)
        if wanted.load:
            self.on_the_way.append(wanted.load[0])
            self.tell("loading", wanted.load[0])
        assert len(self.resident) + len(self.on_the_way) <= self.room  # the budget holds

    @precondition(lambda self: self.on_the_way)
    @rule(fails=st.booleans())
    def load(self, fails: bool) -> None:
        name = self.on_the_way.pop(0)
        if not fails:
            self.resident.add(name)
            self.tell("ready", name)
            return
        self.tell("missing", name)
        for scheduler in self.both:
            needing = scheduler.needing(name)
        for job in needing:
            self.tell("fail", job)
            del self.accounts[job]

    @invariant()
    def positions_never_go_up_while_no_job_comes_in(self) -> None:
        before, self.positions = self.positions, {}
        waiting = sum(not account.has_begun for account in self.accounts.values())
        for job, account in self.accounts.items():
            place = self.tell("place", job)
            assert place.waiting == waiting
            assert (place.position == 0) == account.has_begun
            assert place.position <= waiting
            assert place.seconds >= 0
            assert place.position <= before.get(job, place.position)
            self.positions[job] = place.position
        queued = [position for position in self.positions.values() if position]
        assert sorted(queued) == list(range(1, waiting + 1))

    def teardown(self) -> None:
        """Whatever is left comes to its end."""
        for _ in range(2000):
            if not self.accounts:
                return
            self.want()
            self.tick(None, True, False)
            if self.on_the_way:
                self.load(False)
            if self.undecoded:
                self.decode(3)
        raise AssertionError("a job was lost or starved")


TestServing = pytest.mark.slow(Serving.TestCase)
TestServing.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
