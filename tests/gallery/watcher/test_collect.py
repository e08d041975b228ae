"""Whole sprints at once: every tagged Space becomes a submission, again and again the same one."""

import io
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import func, select

from gallery.act import Act
from gallery.actor import COMMAND_LINE, Actor
from gallery.database.tables import Facet, LogEntry, Revision, Submission, Team
from gallery.errors import NotAllowed, Unavailable
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.practice.small_hub import Trouble
from gallery.sources.pace import Pace
from gallery.submissions import revisions, submissions
from gallery.submissions.content import SubmissionContent
from gallery.watcher import collect
from gallery.watcher.collect import Taken
from tests.gallery.conftest import Clock
from tests.gallery.hub_fixtures import ServedHub
from tests.gallery.watched import PAGE, Enter

TAGGED = {"tags": ["summer-sprint"], "title": "Clouds"}


@pytest.fixture
def collected(gallery: Gallery, event: Event, pace: Pace) -> Callable[..., list[Taken]]:
    """Collects once, to the end."""

    def run(**options: bool) -> list[Taken]:
        return list(collect.collect(gallery, COMMAND_LINE, event=event, pace=pace, **options))

    return run


def _count(gallery: Gallery, table: type) -> int:
    with gallery.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_everything_about_a_space_is_taken_in(
    gallery: Gallery,
    event: Event,
    small_hub: ServedHub,
    clock: Clock,
    collected: Callable[..., list[Taken]],
) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (64, 48), "skyblue").save(stream, "PNG")
    address = f"{small_hub.address}/spaces/ada-l/clouds/resolve/main/thumb.png"
    card = {**TAGGED, "thumbnail": address, "models": ["ada-l/canny"], "datasets": ["ada-l/skies"]}
    small_hub.hub.add_space(
        "ada-l/clouds", card=card, files={"thumb.png": stream.getvalue()}, likes=9
    )
    small_hub.hub.add_space("ada-l/rain", card=TAGGED)
    small_hub.hub.add_space("ada-l/elsewhere", card={"tags": ["winter-sprint"]})
    small_hub.hub.add_model("ada-l/canny", card={"base_model": "someone/base"})
    clock.now += timedelta(hours=1)
    assert Counter(taken.outcome for taken in collected()) == {"new": 2}

    with gallery.database.read() as session:
        submission = submissions.of_space(session, event=event, space_id="ada-l/clouds")
        assert submission is not None
        assert (submission.source, submission.state) == ("collected", "submitted")
        assert submission.submitted_at == clock.now - timedelta(hours=1)
        assert submission.hub_likes == 9
        assert (submission.team.name, submission.team.hub_owner) == ("ada-l", "ada-l")
        assert submission.team.lead_id is None
        content = revisions.current(session, submission)
        assert content.title == "Clouds"
        assert content.models == ("ada-l/canny",)
        assert content.base_model == "someone/base"
        assert content.thumbnail == submission.thumbnail
        assert submission.thumbnail is not None
        facets = {(facet.kind, facet.value) for facet in submission.facets}
        assert {("model", "ada-l/canny"), ("dataset", "ada-l/skies")} <= facets
    assert _count(gallery, Team) == 1
    assert (gallery.settings.pictures_dir / content.thumbnail[:2]).is_dir()


def test_collecting_twice_is_collecting_once_and_asks_for_the_lists_alone(
    gallery: Gallery, small_hub: ServedHub, collected: Callable[..., list[Taken]]
) -> None:
    for name in ("clouds", "rain", "snow"):
        small_hub.hub.add_space(f"ada-l/{name}", card=TAGGED, likes=1)
    collected()
    rows = _count(gallery, LogEntry)
    small_hub.hub.add_space("ada-l/rain", card=TAGGED, likes=50)
    small_hub.hub.requests.clear()
    assert Counter(taken.outcome for taken in collected()) == {"unchanged": 3}
    assert len(small_hub.hub.requests) == 1
    assert _count(gallery, LogEntry) == rows
    with gallery.database.read() as session:
        likes = select(Submission.hub_likes).where(Submission.space_id == "ada-l/rain")
        assert session.scalars(likes).one() == 50


def test_what_changed_on_the_hub_becomes_a_revision(
    gallery: Gallery, small_hub: ServedHub, collected: Callable[..., list[Taken]]
) -> None:
    small_hub.hub.add_space("ada-l/clouds", card=TAGGED)
    collected()
    small_hub.hub.add_space("ada-l/clouds", card={**TAGGED, "title": "Better clouds"})
    assert [taken.outcome for taken in collected()] == ["changed"]
    small_hub.hub.change("space", "ada-l/clouds", {"app.py": b"# no word of it on the card\n"})
    assert [taken.outcome for taken in collected()] == ["unchanged"]
    with gallery.database.read() as session:
        assert session.scalars(select(Submission.title)).one() == "Better clouds"
        assert session.scalars(select(Revision.number)).all() == [1, 2]
        assert session.scalars(select(Facet.value).where(Facet.kind == "task")).one() == "other"


def test_what_a_team_wrote_is_never_overwritten(
    gallery: Gallery,
    event: Event,
    small_hub: ServedHub,
    enter: Enter,
    person: Callable[[str], Actor],
    collected: Callable[..., list[Taken]],
) -> None:
    small_hub.hub.add_space("ada-l/clouds", card=TAGGED)
    small_hub.hub.add_space("ada-l/rain", card=TAGGED)
    small_hub.hub.add_space("ada-l/snow", card=TAGGED)
    enter("ada-l/clouds")
    collected()
    organiser = person("organiser")
    with gallery.database.write() as session:
        rain = submissions.of_space(session, event=event, space_id="ada-l/rain")
        snow = submissions.of_space(session, event=event, space_id="ada-l/snow")
        assert rain is not None
        assert snow is not None
        submissions.save(
            Act(session, organiser, gallery.clock(), event),
            submission_id=rain.id,
            number=1,
            content=SubmissionContent(space_id="ada-l/rain", title="Written by hand"),
            reason="its title was rude",
        )
        submissions.withdraw(
            Act(session, organiser, gallery.clock(), event),
            submission_id=snow.id,
            reason="asked for by its owner",
        )
    for name in ("clouds", "rain", "snow"):
        small_hub.hub.add_space(f"ada-l/{name}", card={**TAGGED, "title": "New"}, likes=3)
    assert {taken.space_id: taken.outcome for taken in collected()} == {
        "ada-l/clouds": "its team's",
        "ada-l/rain": "its team's",
        "ada-l/snow": "withdrawn",
    }
    with gallery.database.read() as session:
        rows = session.execute(select(Submission.space_id, Submission.title, Submission.state))
        assert {tuple(row) for row in rows} == {
            ("ada-l/clouds", "Clouds", "submitted"),
            ("ada-l/rain", "Written by hand", "submitted"),
            ("ada-l/snow", "Clouds", "withdrawn"),
        }


def test_a_team_of_that_name_is_not_mistaken_for_the_owner_on_the_hub(
    gallery: Gallery, event: Event, small_hub: ServedHub, collected: Callable[..., list[Taken]]
) -> None:
    with gallery.database.write() as session:
        session.add(Team(event=event.slug, name="ada-l", about="", created_at=gallery.clock()))
    small_hub.hub.add_space("ada-l/clouds", card=TAGGED)
    collected()
    with gallery.database.read() as session:
        assert session.scalars(select(Submission)).one().team.name == "ada-l on the Hub"


def test_only_organisers_and_programs_collect(
    gallery: Gallery, event: Event, pace: Pace, person: Callable[[str], Actor]
) -> None:
    with pytest.raises(NotAllowed):
        next(collect.collect(gallery, person("ada-l"), event=event, pace=pace))


def test_a_thumbnail_inside_or_broken_is_left_out_and_told(
    gallery: Gallery, small_hub: ServedHub, collected: Callable[..., list[Taken]]
) -> None:
    inside = {**TAGGED, "thumbnail": "http://169.254.169.254/latest/meta-data"}
    broken = {**TAGGED, "thumbnail": f"{small_hub.address}/spaces/ada-l/rain"}
    small_hub.hub.add_space("ada-l/clouds", card=inside)
    small_hub.hub.add_space("ada-l/rain", card=broken)
    taken = {one.space_id: one for one in collected()}
    assert {one.outcome for one in taken.values()} == {"new"}
    assert "private network" in (taken["ada-l/clouds"].problem or "")
    assert "a picture must be" in (taken["ada-l/rain"].problem or "")


@pytest.mark.slow
def test_three_hundred_spaces_in_pages_survive_limits_and_an_outage_in_the_middle(
    gallery: Gallery, small_hub: ServedHub, collected: Callable[..., list[Taken]]
) -> None:
    for number in range(3 * PAGE):
        small_hub.hub.add_space(f"owner-{number % 40}/demo-{number:03}", card=TAGGED)

    small_hub.hub.trouble = Trouble.down(after=150)
    with pytest.raises(Unavailable, match="Spaces were looked at so far"):
        collected()
    first = _count(gallery, Submission)
    assert 60 <= first < 150

    small_hub.hub.trouble = Trouble.too_many(1, after=20, times=1)
    outcomes = Counter(taken.outcome for taken in collected())
    assert outcomes == {"unchanged": first, "new": 3 * PAGE - first}
    assert _count(gallery, Submission) == 3 * PAGE
    assert _count(gallery, Team) == 40

    small_hub.hub.trouble = Trouble.nonsense(path="/api/spaces", after=1)
    with pytest.raises(Unavailable, match="the Hub must answer with"):
        collected()
    assert _count(gallery, Submission) == 3 * PAGE
