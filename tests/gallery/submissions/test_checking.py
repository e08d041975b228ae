"""The checks of a submission: what is looked at, what is kept, who may ask."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gallery.act import Act
from gallery.actor import Actor
from gallery.database.tables import CheckRun, Submission
from gallery.errors import NotFound
from gallery.gallery import Gallery
from gallery.practice.small_hub import Trouble
from gallery.settings import Settings
from gallery.submissions import checking, submissions
from gallery.submissions.checking import Checker, newest, owner_check
from gallery.submissions.ownership import Standing
from spaces.checks.run import Outcome
from tests.gallery.conftest import BASE_URL
from tests.gallery.hub_fixtures import ServedHub, served_hub, settings_at, small_hub
from tests.gallery.submissions.conftest import content

__all__ = ["served_hub", "small_hub"]

Person = Callable[[str], Actor]


@pytest.fixture
def settings(tmp_path: Path, small_hub: ServedHub) -> Settings:
    """A gallery that asks the small Hub."""
    return settings_at(small_hub, base_url=BASE_URL, data_dir=tmp_path / "data")


@pytest.fixture
def checker(gallery: Gallery) -> Iterator[Checker]:
    checker = Checker(gallery, debounce=0.05)
    yield checker
    checker.close()


@pytest.fixture
def draft(gallery: Gallery, person: Person) -> Submission:
    ada, now = person("ada-l"), gallery.clock()
    with gallery.database.write() as session:
        return submissions.create_draft(
            Act(session, ada, now, gallery.current), content=content(models=["ada-l/net"])
        )


def outcomes(gallery: Gallery, submission_id: int) -> dict[str, Outcome]:
    with gallery.database.read() as session:
        return {check.name: check.outcome for check in newest(session, submission_id)}


def test_outcomes_come_one_by_one_and_are_kept(
    gallery: Gallery, checker: Checker, draft: Submission, person: Person, small_hub: ServedHub
) -> None:
    small_hub.hub.add_space(draft.space_id, card={"tags": ["summer-sprint"]})
    ada = person("ada-l")
    run = checker.run(ada, event=gallery.current, submission_id=draft.id)
    first = next(run)
    assert (first.name, first.outcome) == ("space_owner", Outcome.PASS)
    rest = {check.name: check.outcome for check in run}
    assert rest["space_tag"] is Outcome.PASS
    assert rest["team_size"] is Outcome.WARNING
    assert rest["models_linked"] is Outcome.FAILURE
    assert outcomes(gallery, draft.id) == {first.name: first.outcome, **rest}


@pytest.mark.slow
def test_a_hub_that_is_down_leaves_unknowns_and_breaks_nothing(
    gallery: Gallery, checker: Checker, draft: Submission, person: Person, small_hub: ServedHub
) -> None:
    small_hub.hub.trouble = Trouble.down()
    run = checker.run(person("ada-l"), event=gallery.current, submission_id=draft.id)
    told = {check.name: check.outcome for check in run}
    assert told["space_exists"] is Outcome.UNKNOWN
    assert told["team_size"] is Outcome.WARNING


def test_strangers_may_not_run_the_checks_of_a_draft(
    gallery: Gallery, checker: Checker, draft: Submission, person: Person
) -> None:
    with pytest.raises(NotFound):
        next(checker.run(person("eve-x"), event=gallery.current, submission_id=draft.id))


def test_saves_in_a_row_are_checked_once(
    gallery: Gallery, draft: Submission, small_hub: ServedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_hub.hub.add_space(draft.space_id)
    kept = threading.Event()
    real = checking.keep

    def noting(*args: Any, **options: Any) -> None:
        real(*args, **options)
        kept.set()

    monkeypatch.setattr(checking, "keep", noting)
    checker = Checker(gallery, debounce=0.2)
    for _ in range(5):
        checker.soon(draft.id)
    assert kept.wait(20)
    checker.close()
    with gallery.database.read() as session:
        assert len(session.scalars(select(CheckRun)).all()) == 1


def test_a_closed_checker_begins_nothing(gallery: Gallery, draft: Submission) -> None:
    checker = Checker(gallery, debounce=0)
    checker.close()
    checker.soon(draft.id)
    assert outcomes(gallery, draft.id) == {}


def test_only_the_last_runs_are_kept(
    gallery: Gallery, draft: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "KEPT_RUNS", 2)
    for _ in range(4):
        with gallery.database.write() as session:
            checking.keep(session, gallery.clock(), submission_id=draft.id, checks=(), facts=None)
    with gallery.database.read() as session:
        assert session.scalars(select(CheckRun.id)).all() == [3, 4]


def test_a_second_submission_of_the_same_app_is_told_of_the_first(
    gallery: Gallery, checker: Checker, person: Person, small_hub: ServedHub
) -> None:
    event, same = gallery.current, {"app.py": b"print('the very same')"}
    told = {}
    for name in ("ada-l", "bob-k"):
        actor, space_id = person(name), f"{name}/demo"
        small_hub.hub.add_space(space_id, files=same)
        with gallery.database.write() as session:
            draft = submissions.create_draft(
                Act(session, actor, gallery.clock(), event), content=content(space_id=space_id)
            )
            submissions.submit(
                Act(session, actor, gallery.clock(), event), submission_id=draft.id, number=1
            )
        run = checker.run(actor, event=event, submission_id=draft.id)
        told[name] = {check.name: check for check in run}["space_original"]
        gallery.clock.now += gallery.clock.now.resolution  # type: ignore[attr-defined]
    assert told["ada-l"].outcome is Outcome.PASS
    assert told["bob-k"].outcome is Outcome.FAILURE
    assert "ada-l/demo" in told["bob-k"].message


def test_whose_the_space_is() -> None:
    assert owner_check(Standing.NOBODY, "ada-l/demo") is None
    told = {
        Standing.OWNER: Outcome.PASS,
        Standing.ORGANISERS_WORD: Outcome.PASS,
        Standing.STRANGER: Outcome.WARNING,
    }
    for standing, outcome in told.items():
        check = owner_check(standing, "ada-l/demo")
        assert check is not None
        assert check.outcome is outcome
