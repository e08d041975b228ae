"""The letter that a result is out: to the teams that were judged and to the jury, and no score."""

from datetime import timedelta

import pytest

from gallery.database.tables import Account, Notification, NotificationSwitch
from gallery.judging import ballots, judgings, publishing, results
from gallery.judging.ballots import Said
from gallery.people.notifications import Kind
from tests.gallery.judging.conftest import JURORS, Jury


@pytest.fixture
def jury(jury: Jury) -> Jury:
    """All is scored; `ada-l` is in a team, `jo-3` in one and in the jury, `grace-h` in neither."""
    jury.join("ada-l", jury.demos[0])
    jury.join("jo-3", jury.demos[1])
    jury.person("grace-h")
    for name in ("juror", "jo-2"):
        for place, demo in enumerate(jury.demos):
            said = Said({"craft": 5 - place, "idea": 9 - 3 * place}, comment="A secret remark")
            jury(ballots.finish, name, submission_id=demo, number=0, said=said)
    jury(judgings.close, "organiser", reason="all is in")
    juror = jury.person("juror").account_id
    with jury.gallery.database.write() as session:
        session.get_one(Account, juror).email = "juror@example.org"
    return jury


def told(jury: Jury) -> dict[str, list[Notification]]:
    """By name."""
    with jury.gallery.database.read() as session:
        found: dict[str, list[Notification]] = {}
        for one in session.query(Notification).filter_by(kind=Kind.RESULT.value):
            assert one.letter is None or one.letter.state == "waiting"
            found.setdefault(session.get_one(Account, one.account_id).name, []).append(one)
        return found


def test_it_goes_to_each_team_and_juror_once(jury: Jury) -> None:
    jury(results.publish, "organiser")
    found = told(jury)
    assert found.keys() == {"ada-l", *JURORS}
    assert all(len(each) == 1 for each in found.values())
    assert found["juror"][0].letter is not None
    assert found["jo-2"][0].letter is None, "who gave no address finds it in their news"


@pytest.mark.slow
def test_it_goes_out_at_the_set_time_and_not_before(jury: Jury) -> None:
    with jury.gallery.database.read() as session:
        seen = results.basis(session, jury.gallery.current)
    jury(publishing.schedule, "organiser", at=jury.clock.now + timedelta(hours=2), seen=seen)
    publishing.publish_due(jury.gallery)
    assert told(jury) == {}
    jury.clock.now += timedelta(hours=2)
    for _ in range(2):
        publishing.publish_due(jury.gallery)
    assert {name: len(each) for name, each in told(jury).items()} == dict.fromkeys(
        ("ada-l", *JURORS), 1
    )


@pytest.mark.slow
def test_it_says_what_the_page_says_and_nothing_of_scores(jury: Jury) -> None:
    result = jury(results.publish, "organiser")
    (one,) = told(jury)["ada-l"]
    assert one.path == "/summer/results"
    places = [line.partition(":")[0] for line in one.text.splitlines()]
    assert places == ["First", "Second", "Third"]
    for row, line in zip(result.podium, one.text.splitlines(), strict=True):
        assert row.title in line
        assert row.team in line
    said = one.text
    for row in result.podium:
        said = said.replace(row.title, "").replace(row.team, "")
    assert not any(letter.isdigit() for letter in said)
    assert "remark" not in said


@pytest.mark.slow
def test_who_switched_it_off_gets_none(jury: Jury) -> None:
    juror = jury.person("juror").account_id
    with jury.gallery.database.write() as session:
        switch = {"kind": Kind.RESULT.value, "channel": "letter", "at": jury.clock.now}
        session.add(NotificationSwitch(account_id=juror, **switch))
    jury(results.publish, "organiser")
    assert told(jury)["juror"][0].letter is None
