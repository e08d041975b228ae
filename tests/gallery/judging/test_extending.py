"""More time for the jury: in force at once, told to jurors, and kept beside a moved deadline."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from gallery.database.tables import LogEntry, Notification
from gallery.errors import Closed, Invalid, NotAllowed
from gallery.event.event import PhaseKey
from gallery.event.zones import in_words
from gallery.judging import ballots, extending, judgings, results
from gallery.people import schedule
from tests.gallery.judging.conftest import WHOLE, Jury

SignedIn = Callable[[str], TestClient]


def extend(jury: Jury, hours: float, who: str = "organiser", reason: str = "Two are ill") -> None:
    gallery = jury.gallery
    until = gallery.current.phase(PhaseKey.JUDGING).ends + timedelta(hours=hours)
    file = gallery.schedule.files[gallery.current.slug]
    jury(extending.extend, who, file=file, until=until, reason=reason)


def test_it_is_in_force_at_once(jury: Jury) -> None:
    before = jury.gallery.current
    extend(jury, 36)
    after = jury.gallery.current
    judging = after.phase(PhaseKey.JUDGING)
    assert judging.ends - before.phase(PhaseKey.JUDGING).ends == timedelta(hours=36)
    assert judging.starts == before.phase(PhaseKey.JUDGING).starts
    assert after.deadline == before.deadline


def test_judging_that_was_over_is_open_again(jury: Jury) -> None:
    jury.clock.now = jury.gallery.current.phase(PhaseKey.JUDGING).ends + timedelta(hours=1)
    with pytest.raises(Closed):
        jury(ballots.finish, "juror", submission_id=jury.demos[0], number=0, said=WHOLE)
    extend(jury, 5)
    jury(ballots.finish, "juror", submission_id=jury.demos[0], number=0, said=WHOLE)


def test_jurors_hear_of_it_and_the_log_has_the_reason(jury: Jury) -> None:
    extend(jury, 24)
    ends = jury.gallery.current.phase(PhaseKey.JUDGING).ends
    with jury.gallery.database.read() as session:
        told = session.query(Notification).filter_by(kind="deadline_moved").all()
        names = {one.account.name for one in told}
        assert names == {"juror", "jo-2", "jo-3", "jo-4"}
        assert in_words(ends, jury.gallery.current.zone) in told[0].title
        assert "The organisers write: Two are ill" in told[0].text
        line = session.query(LogEntry).filter_by(action="event.judging_extended").one()
        assert line.details["reason"] == "Two are ill"
        assert line.details["to"] == ends.isoformat()


def test_twice_the_later_one_holds(jury: Jury) -> None:
    before = jury.gallery.current.phase(PhaseKey.JUDGING).ends
    extend(jury, 5)
    extend(jury, 5)
    after = jury.gallery.current.phase(PhaseKey.JUDGING).ends
    assert after - before == timedelta(hours=10)


@pytest.mark.slow
def test_time_is_only_given(jury: Jury) -> None:
    for hours in (0, -5):
        with pytest.raises(Invalid, match="choose a later one, or close the judging early"):
            extend(jury, hours)
    with pytest.raises(Invalid, match="the reason"):
        extend(jury, 5, reason="")
    for name in ("juror", "ada-l"):
        with pytest.raises(NotAllowed):
            extend(jury, 5, who=name)
    jury(judgings.close, "organiser", reason="all is in")
    jury(results.publish, "organiser")
    with pytest.raises(Closed, match="published"):
        extend(jury, 5)


def test_the_board_s_form_gives_time_and_keeps_what_was_refused(
    jury: Jury, signed_in: SignedIn
) -> None:
    browser, event = signed_in("organiser"), jury.gallery.current
    ends = event.phase(PhaseKey.JUDGING).ends
    typed = (ends - timedelta(days=1)).astimezone(event.zone).strftime("%Y-%m-%dT%H:%M")
    page = browser.post("/summer/organise/jury/extend", data={"until": typed, "reason": "Ill"})
    assert page.status_code == 422
    assert f'value="{typed}"' in page.text
    assert browser.post("/summer/organise/jury/extend", data={"until": "soon"}).status_code == 422
    typed = (ends + timedelta(days=1)).astimezone(event.zone).strftime("%Y-%m-%dT%H:%M")
    done = browser.post("/summer/organise/jury/extend", data={"until": typed, "reason": "Ill"})
    assert done.headers["location"] == "/summer/organise/jury"
    assert jury.gallery.current.phase(PhaseKey.JUDGING).ends > ends


def test_a_deadline_that_is_moved_too_takes_nothing_from_it(jury: Jury) -> None:
    gallery, event = jury.gallery, jury.gallery.current
    jury.clock.now = event.deadline - timedelta(hours=1)
    extend(jury, 24)
    ends = gallery.current.phase(PhaseKey.JUDGING).ends
    organiser, file = jury.person("organiser"), gallery.schedule.files[event.slug]
    with gallery.database.write() as session:
        schedule.move(
            session,
            organiser,
            jury.clock.now,
            file=file,
            deadline=event.deadline + timedelta(hours=3),
            reason="The Hub was down.",
            seen=event.deadline,
            is_confirmed=False,
        )
    assert gallery.current.deadline == event.deadline + timedelta(hours=3)
    assert gallery.current.phase(PhaseKey.JUDGING).ends == ends
