"""All parts of a source to shards, over all cores, resumable after a kill at any moment.

Below the folder, `.progress/` holds a journal for each part that is being worked on and a report
for each that is done; it goes when all are. What is written depends on the recipe and the source
alone: not on the number of processes, nor on how often they were killed.
"""

import json
import multiprocessing
import os
import shutil
import signal
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from fcntl import LOCK_EX, LOCK_NB, flock
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from pathlib import Path

from training.errors import OtherPreparation, TrainingError
from training.pairs.journal import Journal
from training.pairs.making import HELD_OUT, TRAIN, Damaged, LeftOut, make_pair
from training.pairs.recipe import Recipe
from training.pairs.report import NAME as REPORT
from training.pairs.report import PartReport, Report, summed
from training.pairs.shards import FOLDER, ShardWriter, shard_name
from training.pairs.sources.source import Part, Source

PROGRESS = ".progress"
PLAN = "plan.json"
LISTED = "damaged.jsonl"
TELLING = 0.5
"""Seconds between two words on the progress."""


@dataclass(frozen=True)
class Job:
    """One part, for a process of its own."""

    folder: Path
    number: int
    count: int
    part: Part
    recipe: Recipe
    kept: tuple[str, ...]

    @property
    def journal(self) -> Path:
        return self.folder / PROGRESS / f"{self.number:05d}.journal"

    @property
    def report(self) -> Path:
        return self.folder / PROGRESS / f"{self.number:05d}.json"


def prepare(
    source: Source,
    recipe: Recipe,
    folder: Path,
    *,
    processes: int,
    told: Callable[[int, int], object],
) -> Report:
    """Prepares what is not prepared yet; `told` is given samples done, and of how many.

    Raises UnusableDataset and InvalidRequest for what cannot be done, OtherPreparation where
    something else is in the folder, AnnotatorUnavailable, and KeyboardInterrupt after what was
    begun is kept.
    """
    recipe.require_fit(source)
    plan = recipe.fingerprint(source)
    progress = folder / PROGRESS
    if (folder / REPORT).exists():
        report = Report.read(folder)
        _require_same(folder, report.plan, plan)
    else:
        progress.mkdir(parents=True, exist_ok=True)
        with (progress / "lock").open("w") as lock:
            _alone(lock.fileno(), folder)
            report = _prepared(source, recipe, folder, plan, processes, told)
    shutil.rmtree(progress, ignore_errors=True)
    return report


def _prepared(
    source: Source,
    recipe: Recipe,
    folder: Path,
    plan: str,
    processes: int,
    told: Callable[[int, int], object],
) -> Report:
    written = folder / PROGRESS / PLAN
    if written.exists():
        _require_same(folder, written.read_text(), plan)
    elif any((folder / FOLDER).glob("*.parquet")):
        raise OtherPreparation(
            f"{folder} must be empty or a preparation that was begun here, got other Parquet "
            "files; give another --out"
        )
    _write(written, plan)
    (folder / FOLDER).mkdir(exist_ok=True)
    kept = recipe.kept(source)
    jobs = [
        Job(folder, number, len(source.parts), part, recipe, kept)
        for number, part in enumerate(source.parts)
    ]
    _run(jobs, processes, told)
    parts = [PartReport(**json.loads(job.report.read_text())) for job in jobs]
    report = summed(parts, source=source, recipe=recipe, plan=plan)
    _write(folder / LISTED, "".join(f"{json.dumps(each)}\n" for each in report.damaged))
    _write(folder / REPORT, report.to_json())  # last: what has it is whole
    return report


def _run(jobs: list[Job], processes: int, told: Callable[[int, int], object]) -> None:
    context = multiprocessing.get_context("spawn")
    waiting = [job for job in jobs if not job.report.exists()]
    total = sum(job.part.rows for job in jobs)
    done = total - sum(job.part.rows for job in waiting)
    counter, stop = context.Value("q", 0), context.Event()
    told(done, total)
    if not waiting:
        return
    pool = ProcessPoolExecutor(
        min(processes, len(waiting)), context, initializer=_begin, initargs=(counter, stop)
    )
    try:
        running: set[Future[None]] = {pool.submit(_work, job) for job in waiting}
        while running:
            ended, running = wait(running, TELLING, FIRST_COMPLETED)
            for each in ended:
                each.result()
            told(done + counter.value, total)
    except (BrokenProcessPool, BrokenPipeError) as error:  # the latter while one is started
        raise TrainingError(
            "a process that prepared pictures must end by itself, got one that was killed, most "
            "likely for want of memory; the same line goes on, with fewer --processes"
        ) from error
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)


_done: "Synchronized[int]"
_stop: Event


def _begin(done: "Synchronized[int]", stop: Event) -> None:
    """A process that works on parts, and ends with the one that started it."""
    global _done, _stop
    _done, _stop = done, stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which says stop
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _work(job: Job) -> None:
    """Goes on with a part where its journal ends; then its shards and its report."""
    journal = Journal(job.journal)
    try:
        with _done.get_lock():
            _done.value += journal.done
        for sample in job.part.read(journal.done):
            if _stop.is_set():
                return
            journal.append(make_pair(sample, job.recipe, job.kept))
            with _done.get_lock():
                _done.value += 1
        _finish(job, journal)
    finally:
        journal.close()


def _finish(job: Job, journal: Journal) -> None:
    """Again after a kill it writes the same once more, and the report comes last."""
    folder = job.folder / FOLDER
    rows: Counter[str] = Counter()
    left_out: Counter[str] = Counter()
    licences: Counter[str] = Counter()
    damaged: list[dict[str, str]] = []
    wordless = 0
    writers = {
        split: ShardWriter(
            folder / shard_name(split, job.number, job.count),
            job.kept,
            has_maps=job.recipe.has_maps,
        )
        for split in (TRAIN, HELD_OUT)
    }
    with writers[TRAIN], writers[HELD_OUT]:
        for outcome in journal.outcomes():
            if isinstance(outcome, Damaged):
                damaged.append(asdict(outcome))
            elif isinstance(outcome, LeftOut):
                left_out[outcome.why] += 1
            else:
                writers[outcome.split].add(outcome)
                rows[outcome.split] += 1
                wordless += not outcome.text
                for name, value in zip(job.kept, outcome.kept, strict=True):
                    if name in ("license", "licence"):
                        licences[value or "unknown"] += 1
    report = PartReport(
        rows=dict(rows),
        left_out=dict(left_out),
        damaged=damaged,
        licences=dict(licences),
        wordless=wordless,
    )
    _write(job.report, json.dumps(asdict(report), sort_keys=True))
    job.journal.unlink()


def _alone(lock: int, folder: Path) -> None:
    try:
        flock(lock, LOCK_EX | LOCK_NB)
    except OSError as error:
        raise OtherPreparation(
            f"one process at a time may prepare data in {folder}, and another is at work there; "
            "wait for it, or give another --out"
        ) from error


def _require_same(folder: Path, there: str, plan: str) -> None:
    if there != plan:
        raise OtherPreparation(
            f"{folder} must hold a preparation of this source with these settings, got another "
            "one; give another --out, or delete the folder"
        )


def _write(path: Path, text: str) -> None:
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(text, "utf-8")
    partial.replace(path)
