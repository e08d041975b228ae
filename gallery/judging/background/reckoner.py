"""Background jobs of the jury's arithmetic: each in a process of its own, its answer kept.

What is asked twice is reckoned once. A few processes run at a time, at low priority: fifty
jurors who save at the same moment do not wait for a plan. They end with the server, however it
ends.
"""

import json
import logging
import os
import subprocess
import sys
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from threading import Lock, Timer
from typing import Any

from gallery.errors import Unavailable
from gallery.judging.background.shelf import Shelf
from gallery.judging.background.task import Task

log = logging.getLogger(__name__)

AT_ONCE = 2
"""Processes: a plan of minutes does not keep others from an answer of seconds."""
WAITING_MOST = 4
LONGEST = 3600.0
"""Seconds that one task may take; what came until then is kept."""
KEPT = 16
"""Answers; the one that nobody looked at for longest goes first."""
TOLD_MOST = 16 * 2**20
"""Characters of a task."""
ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")
"""What a process is told of ours: no secret."""


class State(StrEnum):
    """Of a job."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True)
class Job:
    """A task at one moment: the parts that came so far."""

    task: Task
    state: State
    parts: tuple[Any, ...] = ()
    seconds: float = 0.0
    """That these parts took."""

    @property
    def seconds_left(self) -> int | None:
        """About; None before anything can be said."""
        if not self.is_under_way or not self.parts:
            return None
        return round(self.seconds / len(self.parts) * (self.task.parts - len(self.parts)))

    @property
    def is_under_way(self) -> bool:
        return self.state in (State.WAITING, State.RUNNING)


@dataclass
class _Running:
    job: Job
    process: "subprocess.Popen[str] | None" = field(default=None, repr=False)


class Reckoner:
    """Shared by the pages of one gallery. `close` it, so that no process outlives the server."""

    def __init__(
        self,
        *,
        at_once: int = AT_ONCE,
        longest: float = LONGEST,
        command: tuple[str, ...] | None = None,
        folder: Path | None = None,
    ) -> None:
        """What was reckoned is kept in `folder`, where there is one, and found there again."""
        self._longest = longest
        self._command = command or (sys.executable, "-P", "-m", "gallery.judging.background.child")
        self._pool = ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="reckoning")
        self._jobs: OrderedDict[Task, _Running] = OrderedDict()
        self._lock = Lock()
        self._is_closed = False
        self._shelf = None if folder is None else Shelf(folder, most=KEPT)
        for one in () if self._shelf is None else self._shelf.all():
            self._jobs[one.task] = _Running(Job(one.task, State.DONE, one.parts, one.seconds))

    def ask(self, task: Task) -> Job:
        """Begins it, unless it is under way or done. Raises `Unavailable` when too many wait."""
        with self._lock:
            found = self._jobs.get(task)
            if found is not None and found.job.state not in (State.FAILED, State.STOPPED):
                self._jobs.move_to_end(task)
                return found.job
            waiting = sum(one.job.state is State.WAITING for one in self._jobs.values())
            if waiting >= WAITING_MOST or self._is_closed or len(task.told) > TOLD_MOST:
                raise Unavailable(
                    "this cannot be reckoned now, since others wait for their answers already; "
                    "try again in a minute"
                )
            begun = _Running(Job(task, State.WAITING))
            self._jobs[task] = begun
            self._jobs.move_to_end(task)
            self._forget()
            self._pool.submit(self._run, begun)
            return begun.job

    def look(self, task: Task) -> Job | None:
        """None for what was not asked, or is kept no longer."""
        with self._lock:
            found = self._jobs.get(task)
            return None if found is None else found.job

    def newest(self, kind: str, about: str) -> Job | None:
        """The one that was asked for last, of a kind and an event."""
        with self._lock:
            for task in reversed(self._jobs):
                if (task.kind, task.about) == (kind, about):
                    return self._jobs[task].job
        return None

    def stop(self, task: Task) -> None:
        """What came so far is kept."""
        with self._lock:
            found = self._jobs.get(task)
            if found is None or not found.job.is_under_way:
                return
            found.job = replace(found.job, state=State.STOPPED)
            process = found.process
        if process is not None:
            process.kill()

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            tasks = list(self._jobs)
        for task in tasks:
            self.stop(task)
        self._pool.shutdown(wait=True)

    def _forget(self) -> None:
        done = [task for task, one in self._jobs.items() if not one.job.is_under_way]
        for task in done[: max(len(self._jobs) - KEPT, 0)]:
            del self._jobs[task]

    def _run(self, running: _Running) -> None:
        task = running.job.task
        try:
            with self._lock:
                if not running.job.is_under_way:
                    return
                running.process = process = self._process()
                running.job = replace(running.job, state=State.RUNNING)
            with process:
                self._read(running, process)
        except OSError:
            log.exception("no process to reckon a %s", task.kind)
            self._end(running, State.FAILED)

    def _read(self, running: _Running, process: "subprocess.Popen[str]") -> None:
        task = running.job.task
        assert process.stdin is not None
        assert process.stdout is not None
        began = time.monotonic()
        watch = Timer(self._longest, process.kill)
        watch.daemon = True
        watch.start()
        try:
            process.stdin.write(json.dumps([task.kind, task.told]) + "\n")
            process.stdin.flush()
            for line in process.stdout:
                with self._lock:
                    parts = (*running.job.parts, json.loads(line))
                    seconds = time.monotonic() - began
                    running.job = replace(running.job, parts=parts, seconds=seconds)
        except (OSError, ValueError) as error:
            log.error("what reckons a %s cannot be talked to: %s", task.kind, error)
            process.kill()
        with suppress(OSError):  # what it was to be told it did not read
            process.stdin.close()
        watch.cancel()
        is_whole = process.wait() == 0 and len(running.job.parts) == task.parts
        self._end(running, State.DONE if is_whole else State.FAILED)

    def _end(self, running: _Running, state: State) -> None:
        with self._lock:
            if running.job.is_under_way:
                running.job = replace(running.job, state=state)
        job = running.job
        if job.state is State.DONE and self._shelf is not None:
            self._shelf.keep(job.task, job.parts, job.seconds)
        if state is State.FAILED and running.job.state is State.FAILED:
            log.error("a %s was not reckoned to its end", running.job.task.kind)

    def _process(self) -> "subprocess.Popen[str]":
        kept = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
        return subprocess.Popen(  # noqa: S603  our own module, no shell
            self._command,
            stdin=subprocess.PIPE,  # its other end closes when we are gone: see `child`
            stdout=subprocess.PIPE,
            env={
                **kept,
                "PYTHONPATH": str(Path(__file__).parents[3]),
                "OPENBLAS_NUM_THREADS": "1",
            },
            encoding="utf-8",
            start_new_session=True,  # Ctrl-C is for the server
        )
