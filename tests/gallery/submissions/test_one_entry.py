"""One Space, one entry, however its id is spelt and whatever it was called before."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from gallery.act import Act
from gallery.actor import COMMAND_LINE, Actor
from gallery.app import build_app
from gallery.database.tables import Account, Health, LogEntry, Submission
from gallery.errors import Invalid, NotAllowed
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.practice.small_hub import SmallHub, Trouble
from gallery.sources import health, records
from gallery.sources.health import Look, State
from gallery.sources.pace import Pace
from gallery.submissions import likes, naming, revisions, submissions
from gallery.teams import tokens
from gallery.watcher import collect, rounds
from gallery.watcher.rounds import Round
from tests.gallery.conftest import BASE_URL, Clock
from tests.gallery.hub_fixtures import ServedHub
from tests.gallery.submissions.conftest import Desk, content
from tests.gallery.watched import enter, gallery, pace, paged_hub, settings, small_hub

__all__ = ["enter", "gallery", "pace", "paged_hub", "settings", "small_hub"]

Person = Callable[[str], Actor]
SPELT = ("own8/demo", "OWN8/Demo")
DRAFTED = ("../..", "nobody/nothing", "own8/a..b")


@pytest.fixture
def hub(small_hub: ServedHub) -> SmallHub:
    small_hub.hub.add_space("own8/demo", card={"tags": ["summer-sprint"], "title": "Demo"})
    return small_hub.hub


@pytest.fixture
def hand_in(gallery: Gallery, desk: Desk) -> Callable[..., Submission]:
    """As the doors do it: the Hub is asked, then a transaction."""

    def do(actor: Actor, draft: Submission) -> Submission:
        naming.ask_about(gallery, actor, event=gallery.current, submission_id=draft.id)
        return desk.submit(actor, draft)

    return do


def _all(gallery: Gallery) -> list[tuple[str, str]]:
    """What is there, and its state."""
    with gallery.database.read() as session:
        rows = session.execute(
            select(Submission.space_id, Submission.state).order_by(Submission.id)
        )
        return [(space_id, state) for space_id, state in rows]


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize(("first", "second"), [SPELT, SPELT[::-1]])
def test_two_spellings_are_one_space_and_it_is_called_as_the_hub_does(
    gallery: Gallery, desk: Desk, person: Person, hand_in, first: str, second: str
) -> None:
    own, other = person("own8"), person("eve-x")
    draft, late = desk.draft(own, space_id=first), desk.draft(other, space_id=second)
    assert desk.draft(own, space_id=second).id == draft.id
    handed_in = hand_in(own, draft)
    assert handed_in.space_id == "own8/demo"
    assert desk.current(handed_in).space_id == "own8/demo"
    with pytest.raises(NotAllowed, match="handed this Space in already"):
        hand_in(other, late)
    with pytest.raises(NotAllowed, match="handed this Space in already"):
        desk.draft(person("bob-k"), space_id=second)


def test_the_database_itself_keeps_two_spellings_apart(
    gallery: Gallery, desk: Desk, person: Person
) -> None:
    first = desk.submit(person("own8"), desk.draft(person("own8"), space_id="own8/demo"))
    second = desk.draft(person("eve-x"), space_id="eve-x/other")
    with gallery.database.writing() as session:
        doubled = session.get_one(Submission, second.id)
        doubled.space_id, doubled.state = first.space_id.upper(), "submitted"
        with pytest.raises(IntegrityError):
            session.flush()


@pytest.mark.parametrize("space_id", DRAFTED)
def test_what_is_no_space_stays_a_draft(
    gallery: Gallery, desk: Desk, person: Person, hub: SmallHub, hand_in, space_id: str
) -> None:
    own = person("own8")
    draft = desk.draft(own, space_id=space_id)
    with pytest.raises(Invalid) as refused:
        hand_in(own, draft)
    assert refused.value.field == "space_id"
    assert space_id in str(refused.value)
    assert _all(gallery) == [(space_id, "draft")]
    if space_id == "nobody/nothing":
        hub.add_space(space_id)
        assert hand_in(own, draft).state == "waiting"  # for a proof: it is nobody's of the team


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize(("field", "what"), [("models", "model"), ("datasets", "dataset")])
def test_models_and_datasets_are_known_to_the_hub_and_spelt_as_it_does(
    gallery: Gallery, desk: Desk, person: Person, hub: SmallHub, hand_in, field: str, what: str
) -> None:
    own = person("own8")
    add = hub.add_model if what == "model" else hub.add_dataset
    add("own8/Lines")
    draft = desk.draft(own, space_id="own8/demo")
    for wrong in ("../..", "own8/gone"):
        given = {"space_id": "own8/demo", field: ("own8/lines", wrong)}
        draft = desk.save(own, draft, draft.number, **given)
        with pytest.raises(Invalid, match=f"{what}.*{wrong}") as refused:
            hand_in(own, draft)
        assert refused.value.field == field
    given = {"space_id": "own8/demo", field: ("OWN8/LINES", "own8/lines")}
    draft = desk.save(own, draft, draft.number, **given)
    handed_in = hand_in(own, draft)
    assert getattr(desk.current(handed_in), field) == ("own8/Lines",)
    naming.ask_about(
        gallery,
        own,
        event=gallery.current,
        submission_id=handed_in.id,
        content=content(space_id="own8/demo", **{field: ("own8/gone",)}),
        is_handing_in=False,
    )
    with pytest.raises(Invalid, match="own8/gone"):
        desk.save(own, handed_in, handed_in.number, space_id="own8/demo", **{field: ("own8/gone",)})


def test_what_is_deleted_later_keeps_nobody_from_saving(
    gallery: Gallery, desk: Desk, person: Person, hub: SmallHub, hand_in
) -> None:
    own = person("own8")
    hub.add_model("own8/lines")
    given = {"space_id": "own8/demo", "models": ("own8/lines",)}
    handed_in = hand_in(own, desk.draft(own, **given))
    hub.delete("model", "own8/lines")
    hub.delete("space", "own8/demo")
    records.refresh(gallery, "model", "own8/lines")
    records.refresh(gallery, "space", "own8/demo")
    saved = desk.save(own, handed_in, handed_in.number, title="Better", **given)
    assert saved.title == "Better"


def test_a_hub_that_is_down_keeps_nobody_from_handing_in(
    gallery: Gallery, desk: Desk, person: Person, hub: SmallHub, hand_in, pace: Pace
) -> None:
    own = person("own8")
    hub.trouble = Trouble.down()
    handed_in = hand_in(own, desk.draft(own, space_id="OWN8/Demo", models=("own8/a", "own8/b")))
    assert handed_in.state == "submitted"
    assert len(hub.requests) == 2  # one question, tried twice: not one for each model
    hub.trouble = None
    rounds.repositories(Round(gallery, pace, lambda: False), timedelta(0))
    assert _all(gallery) == [("own8/demo", "submitted")]


@pytest.mark.usefixtures("hub")
def test_programs_meet_the_same_rules_at_the_api(
    gallery: Gallery, desk: Desk, person: Person
) -> None:
    own, now = person("own8"), gallery.clock()
    draft = desk.draft(own, space_id="../..")
    with gallery.database.write() as session:
        token = tokens.make_token(
            Act(session, own, now, gallery.current), team_id=draft.team_id, label="tests"
        )
    headers = {"Authorization": f"Bearer {token}"}
    address = f"/api/v1/events/{gallery.current.slug}/submissions/{draft.id}"
    with TestClient(build_app(gallery), base_url=BASE_URL, headers=headers) as api:
        refused = api.post(f"{address}/submit", json={"number": draft.number})
        assert (refused.status_code, refused.json()["error"]["field"]) == (422, "space_id")
        given = content(space_id="OWN8/Demo").model_dump(mode="json")
        saved = api.put(address, json={"number": draft.number, "content": given}).json()
        handed_in = api.post(f"{address}/submit", json={"number": saved["number"]}).json()
        assert (handed_in["state"], handed_in["space_id"]) == ("submitted", "own8/demo")
        again = {"number": handed_in["number"], "content": given}
        assert api.put(address, json=again).json()["number"] == handed_in["number"]


def test_collecting_meets_an_entry_in_another_spelling(
    gallery: Gallery, event: Event, desk: Desk, person: Person, hub: SmallHub, pace: Pace
) -> None:
    desk.submit(person("own8"), desk.draft(person("own8"), space_id="OWN8/Demo"))
    hub.add_space("sky/clouds", card={"tags": ["summer-sprint"]})
    taken = list(collect.collect(gallery, COMMAND_LINE, event=event, pace=pace))
    assert {one.space_id: one.outcome for one in taken} == {
        "own8/demo": "its team's",
        "sky/clouds": "new",
    }


def _announce(gallery: Gallery, name: str, hub_id: str) -> bool:
    repo = {"type": "space", "name": name, "id": hub_id, "tags": []}
    headers = {"X-Webhook-Secret": "told to the Hub", "Accept": "*/*"}
    with TestClient(build_app(gallery), base_url=BASE_URL) as client:
        return client.post("/webhooks/hub", json={"repo": repo}, headers=headers).json()["noted"]


@pytest.mark.parametrize("how", ["asking", "a list", "a webhook", "handing in"])
def test_a_space_that_was_renamed_is_the_same_entry(
    gallery: Gallery,
    event: Event,
    clock: Clock,
    desk: Desk,
    person: Person,
    hub: SmallHub,
    hand_in,
    pace: Pace,
    how: str,
) -> None:
    own, fan = person("own8"), person("bob-k")
    handed_in = hand_in(own, desk.draft(own, space_id="own8/demo"))
    desk(likes.like, fan, submission_id=handed_in.id)
    with gallery.database.write() as session:
        health.record_look(session, clock.now, "own8/demo", Look(State.LIVE, "RUNNING", 0.1))
        known = records.space(session, "own8/demo")
    hub.rename("space", "own8/demo", "Own8/Better-Demo")
    clock.now += timedelta(hours=1)
    round = Round(gallery, pace, lambda: False)
    match how:
        case "asking":
            rounds.repositories(round, timedelta(minutes=10))
        case "a list":
            list(collect.collect(gallery, COMMAND_LINE, event=event, pace=pace))
        case "a webhook":
            assert known.facts is not None
            assert _announce(gallery, "Own8/Better-Demo", known.facts.hub_id or "")
            rounds.announced(round)
        case "handing in":
            desk(submissions.withdraw, own, submission_id=handed_in.id)
            naming.ask_about(gallery, own, event=event, submission_id=handed_in.id)
            desk(submissions.come_back, own, submission_id=handed_in.id)
    assert _all(gallery) == [("Own8/Better-Demo", "submitted")]
    with gallery.database.read() as session:
        found = submissions.of_space(session, event=event, space_id="own8/better-demo")
        assert found is not None
        assert (found.id, found.likes, found.health) == (handed_in.id, 1, "live")
        assert "better-demo" in found.search_text
        assert revisions.current(session, found).space_id == "Own8/Better-Demo"
        assert session.scalars(select(Health.space_id)).all() == ["own8/better-demo"]
    assert "submission.renamed" in desk.log()
    eve = person("eve-x")
    with pytest.raises(NotAllowed, match="handed this Space in already"):
        hand_in(eve, desk.draft(eve, space_id="own8/demo"))


def test_two_entries_that_turn_out_to_be_one_space_become_one(
    gallery: Gallery, event: Event, desk: Desk, person: Person, hub: SmallHub, hand_in, pace: Pace
) -> None:
    """The Space was renamed, and its new name collected before anybody noticed."""
    own, fan = person("own8"), person("bob-k")
    hub.trouble = Trouble.down()
    handed_in = hand_in(own, desk.draft(own, space_id="own8/demo"))
    hub.trouble = None
    hub.rename("space", "own8/demo", "own8/other")
    (taken,) = collect.collect(gallery, COMMAND_LINE, event=event, pace=pace)
    assert taken.outcome == "new"
    with gallery.database.read() as session:
        double = submissions.of_space(session, event=event, space_id="own8/other")
    assert double is not None
    desk(likes.like, fan, submission_id=double.id)
    rounds.repositories(Round(gallery, pace, lambda: False), timedelta(0))
    with gallery.database.read() as session:
        mine = session.get_one(Submission, handed_in.id)
        assert (mine.space_id, mine.state, mine.likes) == ("own8/other", "submitted", 1)
        assert session.get_one(Submission, double.id).state == "withdrawn"


@pytest.mark.slow
def test_a_migration_makes_one_of_what_was_handed_in_twice(
    gallery: Gallery, desk: Desk, person: Person
) -> None:
    """Back to the form of before, where two spellings stood side by side, and forward again."""
    from alembic import command

    first = desk.submit(person("own8"), desk.draft(person("own8"), space_id="own8/demo"))
    other = desk.submit(person("eve-x"), desk.draft(person("eve-x"), space_id="eve-x/else"))
    fans = [person("bob-k"), person("zoe-m")]
    for fan in fans:
        desk(likes.like, fan, submission_id=other.id)
    desk(likes.like, fans[0], submission_id=first.id)
    records.refresh(gallery, "model", "own8/lines")
    gallery.database.close()
    command.downgrade(gallery.database.migrations(), "0003")
    with gallery.database.rebuild() as connection:
        for statement in (
            f"UPDATE submissions SET space_id = 'OWN8/Demo' WHERE id = {other.id}",
            "UPDATE repo_records SET repo_id = 'OWN8/Lines'",
            "INSERT INTO repo_records (repo_type, repo_id) VALUES ('model', 'own8/lines')",
        ):
            connection.exec_driver_sql(statement)
    gallery.database.migrate()
    with gallery.database.read() as session:
        kept, gone = session.get_one(Submission, first.id), session.get_one(Submission, other.id)
        assert (kept.state, kept.likes, kept.space_key) == ("submitted", 2, "own8/demo")
        assert (gone.state, gone.likes, gone.space_id) == ("withdrawn", 0, "OWN8/Demo")
        line = session.scalars(
            select(LogEntry).where(LogEntry.action == "submission.gave_way")
        ).one()
        assert "are one Space" in line.details["reason"]
        assert records.model(session, "Own8/Lines").tried_at is not None
        assert session.scalars(select(Account.id)).all()
