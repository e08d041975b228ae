"""Fifty jurors who judge at once as the page's script does: how long each save takes, and that none
is lost."""

import asyncio
import json
import os
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from sqlalchemy import select

from gallery.database.connection import Database
from gallery.database.tables import Ballot, LogEntry
from tests.bench.full_gallery import EVENT
from tests.bench.report import Report
from tests.bench.visitors import Browser, Measured, all_at_once

TAKES = "two minutes"
BAR_SECONDS = 0.3
DEMOS, EACH = 60, 6
CRITERIA = ("craft", "idea", "use", "story")
PAUSE = (0.4, 1.2)
"""Seconds between two keys: the script waits for 0.4 before it saves."""
Scores = dict[str, int]


@dataclass
class Form:
    """One ballot as its page has it open."""

    number: int = 0
    scores: Scores = field(default_factory=dict)
    unanswered: list[Scores] = field(default_factory=list)
    is_finished: bool = False
    acknowledged: dict[int, Scores] = field(default_factory=dict)
    """By the number that the server told."""


@dataclass
class Juror:
    """Goes through their demos; goes on where they were when the server was away."""

    account: int
    cookie: str
    demos: list[int]
    forms: dict[int, Form] = field(default_factory=dict)

    @property
    def is_done(self) -> bool:
        return all(demo in self.forms and self.forms[demo].is_finished for demo in self.demos)

    async def judge(
        self, port: int, measured: Measured, chance: random.Random, pause: tuple[float, float]
    ) -> None:
        """Each demo: its page, a save for each score, "Save and next". Raises OSError."""
        headers = {"Cookie": f"sprint_session={self.cookie}", "Origin": f"http://127.0.0.1:{port}"}
        json_type, form_type = "application/json", "application/x-www-form-urlencoded"
        script = {**headers, "Accept": json_type, "Content-Type": json_type}
        page = {**headers, "Accept": "text/html", "Content-Type": form_type}
        await asyncio.sleep(chance.uniform(0, pause[1]))
        with Browser(port, headers=script) as saving, Browser(port, headers=page) as browser:
            for demo in self.demos:
                form = self.forms.setdefault(demo, Form())
                if form.is_finished:
                    continue
                path = f"/{EVENT}/jury/{demo}"
                await _asked(browser, measured, "ballot", "GET", path)
                await self._save(saving, measured, path, form)
                for key in chance.sample(CRITERIA, len(CRITERIA)):
                    await asyncio.sleep(chance.uniform(*pause))
                    form.scores[key] = chance.randint(1, 5)
                    await self._save(saving, measured, path, form)
                await self._finish(browser, measured, path, form)

    async def _save(self, browser: Browser, measured: Measured, path: str, form: Form) -> None:
        scores = {key: form.scores[key] for key in CRITERIA if key in form.scores}
        said = {"scores": scores, "comment": "", "note": "", "flag": ""}
        earlier = list(form.unanswered)
        form.unanswered.append(scores)
        sent = json.dumps({"number": form.number, "owner": self.account, **said}).encode()
        status, body = await _asked(browser, measured, "save", "POST", f"{path}/save", sent)
        answer = json.loads(body)
        if status == 409 and answer["kept"]["scores"] in earlier:
            form.number = answer["number"]  # it was our own, of which no answer had come
            form.acknowledged[form.number] = answer["kept"]["scores"]
            form.unanswered.clear()
            await self._save(browser, measured, path, form)
            return
        assert status == 200, (status, answer)
        form.unanswered.clear()
        form.number = answer["number"]
        form.acknowledged[form.number] = scores

    async def _finish(self, browser: Browser, measured: Measured, path: str, form: Form) -> None:
        fields = {f"score-{key}": value for key, value in form.scores.items()}
        sent = urlencode({"number": form.number, "owner": self.account, **fields}).encode()
        status, body = await _asked(browser, measured, "next", "POST", path, sent)
        assert status == 303, (status, body[:300])
        form.is_finished = True


async def _asked(
    browser: Browser, measured: Measured, kind: str, method: str, path: str, body: bytes = b""
) -> tuple[int, bytes]:
    began = time.perf_counter()
    status, answer = await browser.ask(method, path, body)
    told = 200 if status in (303, 409) else status
    measured.note(kind, path, told, time.perf_counter() - began)
    return status, answer


async def press(
    port: int,
    jurors: Sequence[Juror],
    measured: Measured,
    *,
    pause: tuple[float, float] = PAUSE,
    seed: int = 0,
) -> Measured:
    """All of them at once, until each is done or the server is gone."""
    coming: list[Callable[[], Awaitable[None]]] = [
        partial(juror.judge, port, measured, random.Random(f"{seed} {juror.account}"), pause)
        for juror in jurors
    ]
    measured.failures += await all_at_once(coming)
    return measured


def wrong(address: str, jurors: Sequence[Juror]) -> list[str]:
    """What was acknowledged and is lost, or is there twice: in ballots and in the log of saves."""
    with closing(Database(address)) as database, database.read() as session:
        rows = {(one.account_id, one.submission_id): one for one in session.scalars(select(Ballot))}
        saves: dict[tuple[int, int], list[tuple[int, Scores]]] = {pair: [] for pair in rows}
        entries = select(LogEntry).where(LogEntry.action == "ballot.saved").order_by(LogEntry.id)
        for entry in session.scalars(entries):
            pair = entry.details["juror"], int(entry.subject_id)
            saves.setdefault(pair, []).append((entry.details["number"], entry.details["scores"]))
    found = [
        f"the log of {pair} tells {told}, not each number once"
        for pair, told in saves.items()
        if pair not in rows or [number for number, _ in told] != [*range(1, rows[pair].number + 1)]
    ]
    for juror in jurors:
        for demo, form in juror.forms.items():
            pair = juror.account, demo
            found += _lost(pair, form, rows.get(pair), dict(saves.get(pair, [])))
    return found


def _lost(
    pair: tuple[int, int], form: Form, row: Ballot | None, saves: Mapping[int, Scores]
) -> list[str]:
    if row is None:
        return [f"{pair} was acknowledged, and there is no ballot"] if form.acknowledged else []
    found = [
        f"save {number} of {pair} was acknowledged as {scores}, and is {saves.get(number)}"
        for number, scores in form.acknowledged.items()
        if saves.get(number) != scores
    ]
    if saves.get(row.number) != row.scores:
        found.append(f"the ballot of {pair} is not what was saved last")
    if form.is_finished and row.finished_at is None:
        found.append(f"{pair} was finished, and is not")
    return found


def bench(*, jurors: int) -> Report:
    """On SQLite, and on PostgreSQL."""
    from tests.gallery.databases import running_postgres

    rows, notes = [], []
    with TemporaryDirectory(prefix="gallery-jury-") as folder:
        measured = _evening(f"sqlite:///{folder}/gallery.db", Path(folder), jurors, rows, notes)
    with running_postgres() as postgres, TemporaryDirectory(prefix="gallery-jury-") as folder:
        _evening(postgres.create(), Path(folder), jurors, rows, notes)
    is_met = _quantile(_all(measured), 0.95) < BAR_SECONDS
    notes.append(
        f"95 % of answers under {1000 * BAR_SECONDS:.0f} ms on SQLite: {'yes' if is_met else 'no'}."
    )
    return Report(
        title=f"{jurors} jurors judge {EACH} demos each, all at once",
        columns=("", "answers", "p50 ms", "p95 ms", "p99 ms", "slowest ms"),
        rows=rows,
        notes=notes,
    )


def _evening(
    address: str, folder: Path, jurors: int, rows: list[tuple[str, ...]], notes: list[str]
) -> Measured:
    from tests.bench.full_jury import fill
    from tests.bench.gallery import serving

    kind = "SQLite" if address.startswith("sqlite") else "PostgreSQL"
    people = fill(folder, address, jurors=jurors, demos=DEMOS, each=EACH)
    with serving(folder, DATABASE_URL=address) as (process, port):
        before, began = process.cpu_times(), time.monotonic()
        measured = asyncio.run(press(port, people, Measured()))
        after, spent = process.cpu_times(), time.monotonic() - began
    busy = (after.user + after.system - before.user - before.system) / spent
    found = wrong(address, people)
    for name, times in (*sorted(measured.seconds.items()), ("all", _all(measured))):
        figures = (*(_quantile(times, part) for part in (0.5, 0.95, 0.99)), max(times, default=0))
        rows.append((f"{kind}: {name}", f"{len(times):,}", *(f"{1000 * f:.0f}" for f in figures)))
    saved = sum(len(form.acknowledged) for juror in people for form in juror.forms.values())
    done = sum(juror.is_done for juror in people)
    mean = 1000 * busy * spent / len(_all(measured))
    notes.append(
        f"{kind}: {saved:,} saves acknowledged, {len(found)} of them lost or doubled; {done} of "
        f"{jurors} jurors through; {len(measured.failures)} answers that were none. The server "
        f"used {busy:.2f} CPUs of {os.cpu_count()}, {mean:.1f} ms an answer; jurors share them."
    )
    return measured


def _all(measured: Measured) -> list[float]:
    return [one for times in measured.seconds.values() for one in times]


def _quantile(times: list[float], part: float) -> float:
    return sorted(times)[min(len(times) - 1, int(part * len(times)))] if times else 0.0
