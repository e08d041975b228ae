"""Whatever a jury does in whatever order: each step ends in its word, and what is kept is what a
plain dict says must be there."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from gallery.database.connection import Database
from gallery.database.tables import Account, Assignment, Ballot, Comparison
from gallery.errors import GalleryError
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.judging import ballots, comparisons, conflicts, handing_out, judgings, results
from gallery.judging.ballots import Said
from gallery.people import sessions
from gallery.settings import Settings
from tests.gallery.conftest import Clock
from tests.gallery.databases import Postgres
from tests.gallery.judging.conftest import RUBRIC, WHOLE, Jury
from tests.gallery.judging.evening_model import OK, Model
from tests.gallery.summer import NOW, summer

NAMES = ("juror", "jo-2", "jo-3")
DEMOS = (1, 2, 3)
WHO, WHAT = st.sampled_from(NAMES), st.sampled_from(DEMOS)
LATE = st.sampled_from(("now", "now", "now", "before", "never"))
"""Which number a form was begun on: mostly the newest."""
SAID = st.builds(
    Said,
    st.one_of(
        st.fixed_dictionaries({"craft": st.integers(1, 5), "idea": st.integers(0, 9)}),
        st.fixed_dictionaries({"craft": st.integers(1, 2)}),
        st.sampled_from([{"craft": 6, "idea": 1}, {"craft": 0}, {"beauty": 3}, {}]),
    ),
    comment=st.sampled_from(("", "Good work", "שלום <b>")),
)
STEPS = st.one_of(
    st.tuples(st.just("save"), WHO, WHAT, LATE, SAID),
    st.tuples(st.just("finish"), WHO, WHAT, LATE, SAID),
    st.tuples(st.just("finish"), WHO, WHAT, st.just("now"), st.just(WHOLE)),
    st.tuples(st.just("skip"), WHO, WHAT),
    st.tuples(st.just("declare"), WHO, WHAT),
    st.tuples(st.just("lift"), WHO, WHAT),
    st.tuples(st.just("compare"), WHO, WHAT, WHAT, st.sampled_from(comparisons.ANSWERS)),
    st.tuples(st.sampled_from(("close", "reopen", "reopen"))),
    st.tuples(st.just("hand_out"), st.integers(1, 3)),
    st.tuples(st.just("away"), WHO, st.booleans()),
    st.tuples(st.just("time"), st.sampled_from(("before", "open", "open", "over"))),
)
Steps = list[tuple[Any, ...]]


class Evening:
    """The real one beside the model: each step is done in both, and both are compared."""

    def __init__(self, database: Database) -> None:
        self.clock = Clock(NOW)
        event = summer(NOW).model_copy(update={"rubric": RUBRIC, "jurors": NAMES})
        settings = Settings.model_validate({"data_dir": "/nowhere", "secret_key": "x"})
        self.gallery = Gallery(settings, database, {event.slug: event}, self.clock)
        self.jury = Jury(self.gallery, self.clock, self.person)
        for name in (*NAMES, "organiser"):
            self.person(name)
        self.jury.hand_in(len(DEMOS))
        assert tuple(self.jury.demos) == DEMOS
        self.model = Model()
        self.time("open")
        self.hand_out(2)

    @property
    def event(self) -> Event:
        return self.gallery.current

    def person(self, name: str) -> Any:
        with self.gallery.database.write() as session:
            account = session.scalars(select(Account).where(Account.name == name)).one_or_none()
            if account is None:
                account = Account(name=name, display_name=name, hub_name=name, created_at=NOW)
                session.add(account)
                session.flush()
            return sessions.actor_for(session, account, [self.event])

    def step(self, name: str, *values: Any) -> None:
        getattr(self, name)(*values)
        self.check()

    def save(self, who: str, demo: int, late: str, said: Said) -> None:
        self._score(ballots.save, self.model.save, who, demo, late, said)

    def finish(self, who: str, demo: int, late: str, said: Said) -> None:
        self._score(ballots.finish, self.model.finish, who, demo, late, said)

    def skip(self, who: str, demo: int) -> None:
        done = self._do(ballots.skip, who, submission_id=demo, reason="asleep")
        assert done == self.model.skip((who, demo))

    def declare(self, who: str, demo: int) -> None:
        done = self._do(conflicts.declare, who, submission_id=demo, reason="my student")
        assert done == self.model.declare((who, demo))

    def lift(self, who: str, demo: int) -> None:
        account = self.person(who).account_id
        values = {"account_id": account, "submission_id": demo, "reason": "another one"}
        assert self._do(conflicts.lift, "organiser", **values) == self.model.lift((who, demo))

    def compare(self, who: str, left: int, right: int, better: str) -> None:
        done = self._do(comparisons.compare, who, left=left, right=right, better=better)
        assert done == self.model.compare(who, left, right, better)

    def close(self) -> None:
        assert self._do(judgings.close, "organiser", reason="late") == self.model.close()

    def reopen(self) -> None:
        assert self._do(judgings.reopen, "organiser", reason="more") == self.model.reopen()

    def away(self, who: str, is_away: bool) -> None:
        account = self.person(who).account_id
        values = {"account_id": account, "is_away": is_away, "reason": "ill"}
        assert self._do(handing_out.set_away, "organiser", **values) == OK

    def time(self, when: str) -> None:
        phase = self.event.phase(judgings.PhaseKey.JUDGING)
        self.model.when = when
        self.clock.now = {
            "before": self.event.deadline - timedelta(hours=1),
            "open": phase.starts + timedelta(hours=1),
            "over": phase.ends + timedelta(hours=1),
        }[when]

    def hand_out(self, looks: int) -> None:
        """Who gets what is not for the model to say: it says what must hold, and learns it."""
        counted = set(self.model.counting())
        try:
            handing_out.hand_out(
                self.gallery, self.person("organiser"), event=self.event, looks=looks
            )
        except GalleryError:
            return
        assert self.model.when != "before"
        given = self._assigned()
        held = {pair for pair, state in given.items() if state != "dropped"}
        assert not held & self.model.conflicts
        for demo in DEMOS:
            assert len({who for who, one in held | counted if one == demo}) >= looks
        for pair, state in self.model.assigned.items():
            if state == "skipped" and pair in held:
                assert given[pair] == "skipped", "what was skipped stays so"
        self.model.assigned = given

    def check(self) -> None:
        with self.gallery.database.read() as session:
            rows = session.scalars(select(Ballot)).all()
            names = dict(session.execute(select(Account.id, Account.name)).all())
            compared = session.scalars(select(Comparison)).all()
            evidence = results.evidence_of(session, self.event)
        kept = {(names[one.account_id], one.submission_id): one for one in rows}
        assert set(kept) == set(self.model.forms), "no score is lost, and none is there twice"
        for pair, form in self.model.forms.items():
            row = kept[pair]
            assert (row.number, row.scores, row.comment) == (
                form.number,
                form.said.scores,
                form.said.comment,
            )
            assert (row.finished_at is not None) == form.is_finished, pair
            assert (row.set_aside_at is not None) == form.is_aside, pair
        for name, order in self.model.order.items():
            mine = [
                one for pair, one in kept.items() if pair[0] == name and one.position is not None
            ]
            mine.sort(key=lambda one: one.position or 0)
            assert [one.submission_id for one in mine] == order
        assert self._assigned() == self.model.assigned
        assert {
            (names[one.account_id], one.first_id, one.second_id): one.better
            for one in compared
            if one.set_aside_at is None
        } == self.model.compared
        scores = sorted((look.demo, sorted(look.scores.items())) for look in evidence.looks)
        counting = self.model.counting()
        assert scores == sorted(
            (demo, sorted(said.items())) for (_, demo), said in counting.items()
        )
        assert len(evidence.comparisons) == len(self.model.compared)

    def _score(
        self,
        use_case: Callable[..., Any],
        model: Callable[..., str],
        who: str,
        demo: int,
        late: str,
        said: Said,
    ) -> None:
        form = self.model.forms.get((who, demo))
        newest = 0 if form is None else form.number
        number = {"now": newest, "before": max(0, newest - 1), "never": newest + 7}[late]
        done = self._do(use_case, who, submission_id=demo, number=number, said=said)
        assert done == model((who, demo), number, said)

    def _do(self, use_case: Callable[..., Any], who: str, **values: Any) -> str:
        """What it ends in: `ok`, or the error's name, which comes with a sentence."""
        try:
            self.jury(use_case, who, **values)
        except GalleryError as refused:
            name, said = type(refused).__name__, str(refused)
        else:
            return OK
        assert said.count(" ") > 3, "a refusal is a sentence"
        return name

    def _assigned(self) -> dict[tuple[str, int], str]:
        with self.gallery.database.read() as session:
            names = dict(session.execute(select(Account.id, Account.name)).all())
            rows = session.scalars(select(Assignment)).all()
        return {(names[one.account_id], one.submission_id): one.state for one in rows}


@contextmanager
def sqlite(template: Path) -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        path = shutil.copy(template, Path(folder) / "gallery.db")
        database = Database(f"sqlite:///{path}")
        yield database
        database.close()


LIFTED: Steps = [
    *(("finish", who, 1, "now", WHOLE) for who in NAMES),
    ("declare", "juror", 1),
    ("finish", "juror", 1, "now", WHOLE),
    ("lift", "juror", 1),
    ("hand_out", 3),
    ("finish", "juror", 1, "now", replace(WHOLE, comment="anew")),
    ("finish", "juror", 2, "now", WHOLE),
]
"""A conflict that was none after all: the demo is judged anew, and counts."""


@pytest.mark.slow
@given(st.lists(STEPS, min_size=10, max_size=40))
@example(LIFTED)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_evening_is_kept_as_a_plain_dict_says(sqlite_template: Path, steps: Steps) -> None:
    with sqlite(sqlite_template) as database:
        evening = Evening(database)
        for step in steps:
            evening.step(*step)


@pytest.mark.slow
@given(st.lists(STEPS, min_size=20, max_size=40))
@example(LIFTED)
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_and_so_it_is_on_postgresql(
    postgres: Postgres, postgres_template: str, steps: Steps
) -> None:
    address = postgres.create(template=postgres_template)
    database = Database(address)
    evening = Evening(database)
    for step in steps:
        evening.step(*step)
    database.close()
    postgres.drop(address)


def test_a_lifted_conflict_is_judged_anew_and_counts(sqlite_template: Path) -> None:
    with sqlite(sqlite_template) as database:
        evening = Evening(database)
        for step in LIFTED:
            evening.step(*step)
        assert ("juror", 1) in evening.model.counting()
