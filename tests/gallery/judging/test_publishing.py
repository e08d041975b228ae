"""Publishing: at a set time, once, and only what was looked at."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from gallery.database.tables import LogEntry, Notification, Submission
from gallery.errors import Closed, Invalid, NotAllowed, Stale
from gallery.event.terms import Prize
from gallery.gallery import Gallery
from gallery.judging import ballots, conflicts, judgings, publishing, results
from gallery.judging.ballots import Said
from gallery.organising import moderation
from gallery.organising.moderation import Subject
from gallery.watcher.posting import Posting
from tests.gallery.judging.conftest import Jury

SignedIn = Callable[[str], TestClient]


@pytest.fixture
def jury(jury: Jury) -> Jury:
    """All is scored, and judging is closed."""
    for strict, name in enumerate(("juror", "jo-2")):
        for place, demo in enumerate(jury.demos):
            said = Said({"craft": 5 - strict - place, "idea": 9 - 3 * place}, comment=f"of {name}")
            jury(ballots.finish, name, submission_id=demo, number=0, said=said)
    jury(judgings.close, "organiser", reason="all is in")
    return jury


def basis(jury: Jury) -> str:
    with jury.gallery.database.read() as session:
        return results.basis(session, jury.gallery.current)


def published(jury: Jury) -> results.Result | None:
    with jury.gallery.database.read() as session:
        return results.published(session, jury.gallery.current)


def schedule(jury: Jury, **values: object) -> None:
    given = {"at": jury.clock.now + timedelta(hours=2), "seen": basis(jury), **values}
    jury(publishing.schedule, "organiser", **given)


def actions(jury: Jury, action: str) -> int:
    with jury.gallery.database.read() as session:
        return len(session.scalars(select(LogEntry).where(LogEntry.action == action)).all())


def test_it_is_published_when_its_time_has_come_and_not_before(jury: Jury) -> None:
    schedule(jury)
    jury.clock.now += timedelta(hours=1, minutes=59)
    publishing.publish_due(jury.gallery)
    assert published(jury) is None
    jury.clock.now += timedelta(minutes=1)
    publishing.publish_due(jury.gallery)
    found = published(jury)
    assert found is not None
    assert found.order == tuple(jury.demos)
    publishing.publish_due(jury.gallery)
    assert actions(jury, "result.published") == 1


@pytest.mark.slow
def test_the_thread_beside_the_server_does_it_also_after_a_restart(jury: Jury) -> None:
    schedule(jury)
    jury.clock.now += timedelta(days=1)
    anew = replace(jury.gallery)
    Posting(anew, threading.Event()).tick()
    assert published(jury) is not None


@pytest.mark.slow
def test_several_processes_at_once_publish_it_once(jury: Jury) -> None:
    schedule(jury)
    jury.clock.now += timedelta(hours=3)
    found: list[Exception] = []

    def work() -> None:
        try:
            publishing.publish_due(jury.gallery)
        except Exception as error:
            found.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == []
    assert actions(jury, "result.published") == 1
    assert actions(jury, "publication.refused") == 0


def test_what_was_cancelled_is_not_published(jury: Jury) -> None:
    schedule(jury)
    jury(publishing.cancel, "organiser")
    jury.clock.now += timedelta(hours=3)
    publishing.publish_due(jury.gallery)
    assert published(jury) is None


@pytest.mark.slow
@pytest.mark.parametrize("what", ["hidden", "conflict"])
def test_a_result_that_changed_since_is_refused_and_the_organisers_hear_of_it(
    jury: Jury, what: str
) -> None:
    schedule(jury)
    if what == "hidden":
        jury(
            moderation.hide,
            "organiser",
            subject=Subject.SUBMISSION,
            subject_id=jury.demos[0],
            reason="it is stolen",
        )
    else:
        jury(conflicts.declare, "jo-2", submission_id=jury.demos[0], reason="my student")
    jury.clock.now += timedelta(hours=3)
    for _ in range(2):
        publishing.publish_due(jury.gallery)
    assert published(jury) is None
    assert actions(jury, "publication.refused") == 1
    with jury.gallery.database.read() as session:
        judging = judgings.of_event(session, jury.gallery.current)
        assert judging is not None
        assert "changed since its order was settled" in judging.publish_problem
        (told,) = session.scalars(select(Notification).where(Notification.kind == "publishing"))
        assert told.account_id == jury.person("organiser").account_id
    with pytest.raises(Stale, match="keep the order anew"):
        jury(results.publish, "organiser")
    order = [demo for demo in jury.demos if what == "conflict" or demo != jury.demos[0]]
    jury(results.settle, "organiser", order=order, reason="as before, without it")
    jury(results.publish, "organiser", seen=basis(jury))
    assert published(jury) is not None


@pytest.mark.slow
def test_a_conflict_that_nobody_declared_is_found_before_it_is_published(jury: Jury) -> None:
    schedule(jury)
    with jury.gallery.database.write() as session:
        submission = session.get_one(Submission, jury.demos[0])
        submission.space_id = "jo-2/theirs"
    jury.clock.now += timedelta(hours=3)
    publishing.publish_due(jury.gallery)
    assert published(jury) is None


def test_a_time_that_does_not_fit_is_refused_in_a_sentence(jury: Jury) -> None:
    with pytest.raises(Invalid, match="in the year ahead"):
        schedule(jury, at=jury.clock.now)
    with pytest.raises(Invalid, match="in the year ahead"):
        schedule(jury, at=jury.clock.now + timedelta(days=400))
    with pytest.raises(Stale, match="looked at or settled"):
        schedule(jury, seen="another")
    jury(judgings.reopen, "organiser", reason="one is late")
    with pytest.raises(Invalid, match="scores are taken until"):
        schedule(jury)
    with pytest.raises(NotAllowed):
        jury(publishing.schedule, "juror", at=jury.clock.now, seen="")
    with pytest.raises(NotAllowed):
        jury(publishing.cancel, "ada-l")


@pytest.mark.slow
def test_reopened_judging_is_not_published_by_itself(jury: Jury) -> None:
    schedule(jury)
    jury(judgings.reopen, "organiser", reason="one is late")
    jury.clock.now += timedelta(hours=3)
    publishing.publish_due(jury.gallery)
    assert published(jury) is None
    assert actions(jury, "publication.refused") == 1


def test_whoever_looked_at_something_older_does_not_publish_it(jury: Jury) -> None:
    before = basis(jury)
    jury(conflicts.declare, "jo-2", submission_id=jury.demos[0], reason="my student")
    with pytest.raises(Stale, match="look once more"):
        jury(results.publish, "organiser", seen=before)


@pytest.mark.slow
def test_pages_set_the_time_cancel_it_and_show_it(jury: Jury, signed_in: SignedIn) -> None:
    board, base = signed_in("organiser"), "/summer/organise/result"
    at = jury.clock.now + timedelta(hours=30)
    local = at.astimezone(jury.gallery.current.zone).strftime("%Y-%m-%dT%H:%M")
    form = {"at": local, "confirmed": "yes", "seen": basis(jury)}
    assert "the tick" in board.post(f"{base}/schedule", data={**form, "confirmed": ""}).text
    assert board.post(f"{base}/schedule", data={**form, "at": "soon"}).status_code == 422
    assert board.post(f"{base}/schedule", data=form).headers["location"] == base
    assert "Do not publish by itself" in board.get(base).text
    assert board.post(f"{base}/cancel").headers["location"] == base
    assert "Publish the result now" in board.get(base).text
    for verb in ("schedule", "cancel"):
        assert signed_in("juror").post(f"{base}/{verb}", data=form).status_code == 403
    jury(results.publish, "organiser")
    with pytest.raises(Closed):
        jury(publishing.cancel, "organiser")


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["settle", "publish", "schedule"])
def test_a_late_press_is_refused_and_sets_no_ballot_aside(
    jury: Jury, signed_in: SignedIn, verb: str
) -> None:
    """A conflict that arose after publication is found by nobody: it would change the evidence."""
    jury(results.publish, "organiser")
    first = jury.demos[0]
    jury.join("juror", first)
    form = {"first": str(first), "confirmed": "yes", "at": "2030-01-01T10:00"}
    late = signed_in("organiser").post(f"/summer/organise/result/{verb}", data=form)
    assert late.status_code == 409
    assert "published" in late.text
    kept = jury.ballot("juror", first)
    assert kept is not None
    assert kept.set_aside_at is None
    with pytest.raises(Closed, match="what led to it stays"):
        jury(conflicts.refresh, "organiser")


@pytest.mark.slow
def test_once_published_the_first_three_are_marked_wherever_they_are_shown(
    jury: Jury, gallery: Gallery, client: TestClient
) -> None:
    first = jury.demos[0]
    pages = ("/summer", "/summer/found", "/summer/event", f"/summer/submissions/{first}")
    for page in pages:
        assert "First place" not in client.get(page).text, page
        assert "winners" not in client.get(page).text, page
    jury(results.publish, "organiser")
    assert client.get("/summer").text.count("badge won") == 3
    assert "First place of the jury" in client.get(f"/summer/submissions/{first}").text
    assert client.get("/summer/event").text.count('class="place"') == 3
    jury(
        moderation.hide,
        "organiser",
        subject=Subject.SUBMISSION,
        subject_id=first,
        reason="it is stolen",
    )
    with gallery.database.read() as session:
        title = session.get_one(Submission, first).title
    for page in ("/summer/results", "/summer/event"):
        shown = client.get(page).text
        assert "This demo is not shown any more" in shown
        assert f'<strong dir="auto">{title}</strong>' not in shown


@pytest.mark.parametrize(
    ("titles", "won"),
    [
        ((), (None, None, None)),
        (("One for each",), ("One for each",) * 3),
        (("Gold", "Silver"), (None, None, None)),
        (("Gold", "Silver", "Bronze"), ("Gold", "Silver", "Bronze")),
    ],
)
def test_a_place_has_the_prize_that_the_event_file_names(
    jury: Jury, titles: tuple[str, ...], won: tuple[str | None, ...]
) -> None:
    prizes = tuple(Prize(title=title) for title in titles)
    event = jury.gallery.current.model_copy(update={"prizes": prizes})
    found = [results.prize(event, place) for place in (1, 2, 3)]
    assert tuple(one.title if one else None for one in found) == won
