"""How long it takes to assign 300 demos to 40 jurors, fresh and again, in cases easy and hard."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random
from time import perf_counter

from gallery.judging.assignment.impossible import Impossible
from gallery.judging.assignment.solve import Assignment, assign
from gallery.judging.assignment.wish import Demo, Juror, Wish, choose_anchors
from tests.bench.report import Report

Answer = Assignment | Impossible
TAKES = "a minute"
DEMOS, JURORS = 300, 40
TOPICS = tuple(f"topic {number}" for number in range(8))


def bench() -> Report:
    rows, notes = [], ["The bar is 10 seconds on two cores."]
    for name, asked in cases():
        answer, seconds = _timed(lambda asked=asked: assign(asked, seconds=60))
        rows.append((name, *_figures(asked, answer, seconds)))
        if isinstance(answer, Impossible):
            notes.append(f"{name}: {answer}.")
        else:
            done = frozenset(look for look in answer.looks if look[0] % 3 == 0)
            later = replace(asked, jurors=asked.jurors[1:], done=done, kept=answer.looks - done)
            again, seconds = _timed(lambda later=later: assign(later, seconds=60))
            rows.append(("  a third done, one drops out", *_figures(later, again, seconds)))
    return Report(
        f"{DEMOS} demos assigned to {JURORS} jurors",
        ("", "seconds", "looks", "matched", "added", "dropped", "answer"),
        rows,
        notes,
    )


def cases() -> Iterator[tuple[str, Wish]]:
    """Two topics each, 5 % conflicts and no anchors, if nothing else is said."""
    plain = _jury()
    yield "three looks, three demos seen by all", replace(plain, anchors=choose_anchors(plain, 3))
    yield "three looks", plain
    yield "nobody says a topic", _jury(topics=0)
    yield "a topic each, eight islands", _jury(topics=1)
    yield "a look each, no more than it takes", replace(plain, looks=1)
    yield "five looks", replace(plain, looks=5)
    yield "40 % conflicts", _jury(conflicts=0.4)
    shares = tuple(
        replace(juror, share=share)
        for juror, share in zip(
            plain.jurors, (100, 90, 75, 60, 50, 40, 35, 30, 25, 20) * 4, strict=True
        )
    )
    yield "ten different shares", replace(plain, jurors=shares)
    tight = tuple(replace(juror, capacity=23) for juror in plain.jurors)
    yield "room for 20 more looks than it takes", replace(plain, jurors=tight)
    short = tuple(replace(juror, capacity=22) for juror in plain.jurors)
    yield "room for 20 looks too few", replace(plain, jurors=short)
    barred = frozenset((7, juror.id) for juror in plain.jurors[2:])
    yield "a demo that two may see", replace(plain, conflicts=plain.conflicts | barred)


def _jury(*, topics: int = 2, conflicts: float = 0.05) -> Wish:
    random = Random(1)

    def some() -> frozenset[str]:
        return frozenset(random.sample(TOPICS, topics))

    demos = tuple(Demo(number, some()) for number in range(1, DEMOS + 1))
    jurors = tuple(Juror(number, some()) for number in range(1001, 1001 + JURORS))
    barred = ((demo.id, juror.id) for demo in demos for juror in jurors)
    return Wish(
        demos=demos,
        jurors=jurors,
        conflicts=frozenset(look for look in barred if random.random() < conflicts),
    )


def _timed(work: Callable[[], Answer]) -> tuple[Answer, float]:
    started = perf_counter()
    return work(), perf_counter() - started


def _figures(asked: Wish, answer: Answer, seconds: float) -> tuple[str, ...]:
    if isinstance(answer, Impossible):
        return (f"{seconds:.1f}", "", "", "", "", "impossible")
    counts = (len(answer.looks | asked.done), answer.matched, len(answer.added))
    told = "proven" if answer.proven else "not proven"
    return (f"{seconds:.1f}", *map(str, counts), str(len(answer.dropped)), told)
