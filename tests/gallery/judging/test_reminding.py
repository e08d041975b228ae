"""Reminders: who is behind gets the organisers' words, once a day, and the log keeps them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from gallery.database.tables import Account, LogEntry, Notification
from gallery.errors import Closed, Invalid, NotAllowed, TooMany
from gallery.event.phase import PhaseKey
from gallery.judging import ballots, judgings, reminding
from tests.gallery.judging.conftest import WHOLE, Jury

SignedIn = Callable[[str], TestClient]


def remind(jury: Jury, who: str = "organiser", name: str = "juror", text: str = "Please go on"):
    return jury(reminding.remind, who, account_id=jury.person(name).account_id or 0, text=text)


def told(jury: Jury, name: str) -> list[Notification]:
    account = jury.person(name).account_id
    with jury.gallery.database.read() as session:
        found = session.query(Notification).filter_by(account_id=account, kind="judging_left").all()
        for one in found:
            assert one.letter is None or one.letter.state == "waiting"
        return found


def test_who_is_behind_is_told_in_the_organisers_words(jury: Jury) -> None:
    account_id = jury.person("juror").account_id
    with jury.gallery.database.write() as session:
        account = session.get_one(Account, account_id)
        account.email = "juror@example.org"
    assert remind(jury).by_letter
    (news,) = told(jury, "juror")
    assert (news.title, news.text) == ("3 demos wait for your judgement", "Please go on")
    assert news.path == "/summer/jury"
    with jury.gallery.database.read() as session:
        line = session.query(LogEntry).filter_by(action="juror.reminded").one()
        assert (line.details["left"], line.details["text"]) == (3, "Please go on")


def test_who_gave_no_address_finds_it_in_their_news(jury: Jury) -> None:
    assert not remind(jury).by_letter
    assert len(told(jury, "juror")) == 1


def test_nobody_gets_more_than_one_a_day(jury: Jury) -> None:
    remind(jury)
    jury.clock.now += timedelta(hours=23)
    with pytest.raises(TooMany, match="23 hours ago") as refused:
        remind(jury)
    assert refused.value.retry_after == 3600
    remind(jury, name="jo-2")
    jury.clock.now += timedelta(hours=1)
    remind(jury)
    assert len(told(jury, "juror")) == 2


def test_only_who_has_something_left_while_scores_are_taken(jury: Jury) -> None:
    with pytest.raises(Invalid, match="nothing left"):
        remind(jury, name="jo-3")
    with pytest.raises(Invalid, match="no juror"):
        remind(jury, name="ada-l")
    for demo in jury.demos:
        jury(ballots.finish, "juror", submission_id=demo, number=0, said=WHOLE)
    with pytest.raises(Invalid, match="nothing left"):
        remind(jury)
    jury(judgings.close, "organiser", reason="all is in")
    with pytest.raises(Closed):
        remind(jury, name="jo-2")


@pytest.mark.parametrize("text", ["", "ab", "x" * 1001])
def test_a_letter_says_something_and_not_too_much(jury: Jury, text: str) -> None:
    with pytest.raises(Invalid, match="the letter"):
        remind(jury, text=text)


def test_organisers_alone_send_them(jury: Jury) -> None:
    for name in ("juror", "ada-l"):
        with pytest.raises(NotAllowed):
            remind(jury, who=name)


def test_the_letter_that_is_offered_says_how_many_and_until_when(jury: Jury) -> None:
    said = reminding.words_for(jury.gallery.current, 1)
    assert said.startswith("1 demo is left on your list")
    ends = jury.gallery.current.phase(PhaseKey.JUDGING).ends.astimezone(jury.gallery.current.zone)
    assert ends.strftime("%-d %B") in said
    assert len(said) <= reminding.TEXT_MOST


def test_one_press_on_the_board_sends_it(jury: Jury, signed_in: SignedIn) -> None:
    browser, account = signed_in("organiser"), jury.person("juror").account_id
    board = browser.get("/summer/organise/jury").text
    assert "3 demos are left on your list" in board
    address = f"/summer/organise/jury/jurors/{account}/remind"
    sent = browser.post(address, data={"text": "Please go on"})
    assert sent.headers["location"] == "/summer/organise/jury"
    assert "on its way" in browser.get("/summer/organise/jury").text
    again = browser.post(address, data={"text": "Please go on"})
    assert again.status_code == 429
    assert "one reminder a day" in again.text
