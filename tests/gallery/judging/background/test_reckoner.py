"""Jobs beside the pages: once for the same, a few at a time, ended with the server."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest

from gallery.errors import Unavailable
from gallery.judging.background.reckoner import WAITING_MOST, Job, Reckoner, State
from gallery.judging.background.task import Task

COUNTING = """
import json, os, pathlib, sys
kind, told = json.loads(sys.stdin.readline())
wish = json.loads(told)
with open(wish["log"], "a") as log: log.write(f"{os.getpid()}\\n")
for part in range(wish["parts"]): print(part, flush=True)
if wish.get("gate"):
    with open(wish["gate"]) as gate: gate.read()
print(json.dumps(sorted(os.environ)) if wish.get("environment") else wish["parts"], flush=True)
sys.exit(wish.get("code", 0))
"""
"""A process that reckons nothing: it says its parts, and waits at a pipe before the last one."""


@pytest.fixture
def reckoner() -> Iterator[Reckoner]:
    made = Reckoner(at_once=1, command=(sys.executable, "-c", COUNTING))
    yield made
    made.close()


@pytest.fixture
def task(tmp_path: Path) -> Callable[..., Task]:
    def make(name: str = "one", **wish: object) -> Task:
        told = {"parts": 2, "log": str(tmp_path / name)} | wish
        return Task("plan", "summer", json.dumps(told), 3)

    return make


def gate(folder: Path, name: str = "gate") -> str:
    os.mkfifo(folder / name)
    return str(folder / name)


def until(reckoner: Reckoner, task: Task, is_so: Callable[[Job], bool]) -> Job:
    """Waits for a state, whatever it takes."""
    pause = Event()
    while True:
        found = reckoner.look(task)
        assert found is not None
        if is_so(found):
            return found
        pause.wait(0.01)


def test_what_is_asked_twice_is_reckoned_once(
    reckoner: Reckoner, task: Callable[..., Task], tmp_path: Path
) -> None:
    one = task()
    assert reckoner.look(one) is None
    assert reckoner.ask(one).is_under_way
    reckoner.ask(task())
    done = until(reckoner, one, lambda job: job.state is State.DONE)
    assert done.parts == (0, 1, 2)
    assert reckoner.ask(one) == done
    assert reckoner.newest("plan", "summer") == done
    assert reckoner.newest("plan", "winter") is None
    assert len((tmp_path / "one").read_text().split()) == 1


def test_parts_are_told_as_they_come_and_one_can_stop(
    reckoner: Reckoner, task: Callable[..., Task], tmp_path: Path
) -> None:
    one = task(gate=gate(tmp_path))
    reckoner.ask(one)
    half = until(reckoner, one, lambda job: len(job.parts) == 2)
    assert half.state is State.RUNNING
    reckoner.stop(one)
    stopped = reckoner.look(one)
    assert stopped is not None
    assert (stopped.state, stopped.parts) == (State.STOPPED, (0, 1))


def test_one_at_a_time_and_no_endless_queue(
    reckoner: Reckoner, task: Callable[..., Task], tmp_path: Path
) -> None:
    first = task("first", gate=gate(tmp_path))
    reckoner.ask(first)
    until(reckoner, first, lambda job: job.state is State.RUNNING)
    for number in range(WAITING_MOST):
        assert reckoner.ask(task(f"next-{number}")).state is State.WAITING
    with pytest.raises(Unavailable, match="try again in a minute"):
        reckoner.ask(task("too-many"))
    with (tmp_path / "gate").open("w"):
        pass
    until(reckoner, task(f"next-{WAITING_MOST - 1}"), lambda job: job.state is State.DONE)


@pytest.mark.parametrize("wish", [{"code": 1}, {"parts": 1}])
def test_an_answer_that_is_not_whole_has_failed_and_can_be_asked_again(
    reckoner: Reckoner, task: Callable[..., Task], tmp_path: Path, wish: dict
) -> None:
    one = task(**wish)
    reckoner.ask(one)
    until(reckoner, one, lambda job: job.state is State.FAILED)
    assert reckoner.ask(one).state is State.WAITING
    until(reckoner, one, lambda job: job.state is State.FAILED)
    assert len((tmp_path / "one").read_text().split()) == 2


def test_what_takes_too_long_breaks_off_and_what_came_is_kept(
    task: Callable[..., Task], tmp_path: Path
) -> None:
    reckoner = Reckoner(at_once=1, longest=1.5, command=(sys.executable, "-c", COUNTING))
    one = task(gate=gate(tmp_path))
    reckoner.ask(one)
    broken = until(reckoner, one, lambda job: job.state is State.FAILED)
    assert broken.parts in ((), (0,), (0, 1))
    reckoner.close()


def test_how_long_it_takes_still_is_told_by_what_came() -> None:
    one = Task("plan", "", "{}", 4)
    assert Job(one, State.RUNNING).seconds_left is None
    assert Job(one, State.RUNNING, (1,), seconds=20).seconds_left == 60
    assert Job(one, State.DONE, (1, 2, 3, 4), seconds=80).seconds_left is None


def test_a_process_is_told_no_secret(
    reckoner: Reckoner, task: Callable[..., Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "canary")
    monkeypatch.setenv("HF_TOKEN", "canary")
    one = task(environment=True)
    reckoner.ask(one)
    done = until(reckoner, one, lambda job: job.state is State.DONE)
    assert "OPENBLAS_NUM_THREADS" in done.parts[-1]
    assert not {"SECRET_KEY", "HF_TOKEN"} & set(done.parts[-1])


def test_no_process_outlives_the_server(task: Callable[..., Task], tmp_path: Path) -> None:
    reckoner = Reckoner(at_once=1, command=(sys.executable, "-c", COUNTING))
    one = task(gate=gate(tmp_path))
    reckoner.ask(one)
    until(reckoner, one, lambda job: len(job.parts) == 2)
    process = int((tmp_path / "one").read_text())
    reckoner.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    with pytest.raises(Unavailable):
        reckoner.ask(task("late"))


@pytest.mark.slow
def test_the_real_process_reckons_a_plan() -> None:
    from gallery.judging.background import plans
    from gallery.judging.ranking.simulation import RUBRIC

    reckoner = Reckoner()
    try:
        wanted = plans.task_for(demos=4, jurors=2, scales=RUBRIC, juries=2)
        reckoner.ask(wanted)
        done = until(reckoner, wanted, lambda job: not job.is_under_way)
        assert done.state is State.DONE
        assert [figure.looks for figure in plans.figures(done)] == [1, 2]
    finally:
        reckoner.close()
