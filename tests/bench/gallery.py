"""People browsing a full gallery while teams save, all on this machine: how long pages take."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from sqlalchemy import select

from gallery.database.connection import Database
from gallery.database.tables import Revision
from tests.bench.environments import ROOT
from tests.bench.full_gallery import KEY, Full, fill
from tests.bench.report import Report
from tests.bench.visitors import Browser, Measured, all_at_once, browse
from tests.browser import free_port

TAKES = "about two minutes"
BAR_SECONDS = 0.3
WARM_UP_SECONDS = 5


def bench(*, people: int, savers: int, submissions: int, seconds: int) -> Report:
    """Fills a folder, serves it with `python -m gallery`, lets everybody in, and counts."""
    with TemporaryDirectory(prefix="gallery-bench-") as name:
        folder = Path(name)
        full = fill(folder, submissions=submissions, savers=savers, people=people)
        with serving(folder) as (process, port):
            before = process.cpu_times()
            began = time.monotonic()
            measured = asyncio.run(_visit(port, full, people=people, seconds=seconds))
            spent, after = time.monotonic() - began, process.cpu_times()
        lost = _lost(folder, full)
    busy = (after.user + after.system - before.user - before.system) / spent
    return _report(measured, full, lost, people=people, busy=busy, seconds=seconds)


@contextmanager
def serving(folder: Path, **more: str) -> Iterator[tuple[psutil.Process, int]]:
    """The gallery as an organiser starts it; the Hub that it would ask does not answer."""
    port = free_port()
    settings = {
        "BASE_URL": f"http://127.0.0.1:{port}",
        "DATA_DIR": str(folder),
        "EVENTS": f'["{folder / "event.toml"}"]',
        "HF_ENDPOINT": "http://127.0.0.1:9",
        "POLL_MINUTES": "0",
        "SECRET_KEY": KEY,
        **more,
    }
    process = psutil.Popen(
        [sys.executable, "-m", "gallery", "serve", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, **settings},
        stdout=subprocess.DEVNULL,
    )
    try:
        asyncio.run(_until_it_answers(port))
        yield process, port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


async def _until_it_answers(port: int) -> None:
    for _ in range(300):
        try:
            with Browser(port, headers={}) as browser:
                for path in ("/healthz", "/", "/bench/found?q=mugs"):
                    await browser.ask("GET", path)
            return
        except OSError:
            await asyncio.sleep(0.1)
    raise TimeoutError("the gallery did not start within 30 seconds")


async def _visit(port: int, full: Full, *, people: int, seconds: int) -> Measured:
    measured, ends = Measured(), time.monotonic() + WARM_UP_SECONDS + seconds
    coming = []
    for number in range(people):
        headers = {"Accept": "text/html"}
        if number < len(full.cookies):
            headers["Cookie"] = f"sprint_session={full.cookies[number]}"
        visitor, chance = Browser(port, headers=headers), random.Random(number)
        coming.append(partial(browse, visitor, full.sights, measured, chance, ends))
    for number, (saver, token) in enumerate(zip(full.savers, full.tokens, strict=True)):
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        program, chance = Browser(port, headers=headers), random.Random(-1 - number)
        coming.append(partial(saver.save, program, measured, chance, ends))
    measured.failures += await all_at_once(coming)
    return measured


def _lost(folder: Path, full: Full) -> list[str]:
    """Acknowledged saves that the database does not hold as they were."""
    with (
        closing(Database(f"sqlite:///{folder / 'gallery.db'}")) as database,
        database.read() as session,
    ):
        lost = []
        for number, saver in enumerate(full.savers):
            rows = session.execute(
                select(Revision.number, Revision.content).where(
                    Revision.submission_id == number + 1
                )
            )
            kept = {row.number: row.content["title"] for row in rows}
            lost += [title for at, title in saver.saved.items() if kept.get(at) != title]
    return lost


def _report(
    measured: Measured, full: Full, lost: list[str], *, people: int, busy: float, seconds: int
) -> Report:
    rows, pages = [], []
    for kind, times in sorted(measured.seconds.items()):
        rows.append(_row(kind, times))
        pages += times if kind not in ("save", "picture") else []
    rows.append(_row("all pages", pages))
    saved = sum(len(saver.saved) for saver in full.savers)
    is_met = _quantile(pages, 0.95) < BAR_SECONDS
    return Report(
        title=f"{people} people browse {full.sights.submissions:,} submissions and "
        f"{len(full.savers)} teams save, for {seconds} seconds",
        columns=("", "answers", "p50 ms", "p95 ms", "p99 ms", "slowest ms"),
        rows=rows,
        notes=(
            f"{saved:,} saves acknowledged, {len(lost)} of them lost; "
            f"{len(measured.failures)} answers that were none{_first(measured.failures)}.",
            f"The server used {busy:.2f} CPUs of {os.cpu_count()}; visitors share them. "
            f"One process, SQLite; times are the visitors'.",
            f"95 % of pages under {1000 * BAR_SECONDS:.0f} ms: {'yes' if is_met else 'no'}.",
        ),
    )


def _row(kind: str, times: list[float]) -> tuple[str, ...]:
    figures = (*(_quantile(times, part) for part in (0.5, 0.95, 0.99)), max(times, default=0))
    return (kind, f"{len(times):,}", *(f"{1000 * figure:.0f}" for figure in figures))


def _quantile(times: list[float], part: float) -> float:
    return sorted(times)[min(len(times) - 1, int(part * len(times)))] if times else 0.0


def _first(failures: list[str]) -> str:
    return f" (the first: {failures[0]})" if failures else ""
