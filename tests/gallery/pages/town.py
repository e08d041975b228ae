"""A sprint in which every page has something to show, in two directions, served on loopback."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from gallery.act import Act
from gallery.actor import Actor
from gallery.database.tables import Account
from gallery.event.event import Event
from gallery.event.load import SHIPPED, load_event
from gallery.gallery import Gallery
from gallery.organising import decisions, moderation
from gallery.organising.moderation import Subject
from gallery.people import roles, schedule, sessions
from gallery.practice.event import practice_event
from gallery.submissions import submissions
from gallery.submissions.content import SubmissionContent
from gallery.teams import ideas, join_requests, sign_ups, teams, tokens
from gallery.teams import invitations as team_invitations
from tests.gallery.browsing.exhibition import demo, filled
from tests.gallery.serving import served
from tests.gallery.summer import NOW

ARABIC, HEBREW = "مدينة من خطوط", "רישום לתמונה"
STORY = f"# {HEBREW}\n\nOurs.\n\n- {ARABIC}\n\n> {HEBREW}"
LONG = "Pictures-of-small-things-which-nobody-has-ever-drawn-before"
VISITOR, MEMBER, ORGANISER = "", "ada-l", "organiser"
EVERYBODY = (
    "",
    "?q=zebra",
    "/submissions/1",
    "/submissions/{demo}",
    "/submissions/{demo}/revisions",
    "/event",
    "/ideas",
    "/ideas/{idea}",
    "/teams",
    "/teams/{team}",
    "/nowhere/at/all",
)
"""Below the sprint's own path."""
OF_A_MEMBER = (
    "/sign-up",
    "/ideas/new",
    "/ideas/{idea}/edit",
    "/teams/new",
)
OF_AN_ORGANISER = tuple(
    f"/organise{path}"
    for path in (
        "",
        "/people",
        "/teams",
        "/ideas",
        "/submissions",
        "/jury",
        "/jury/scores",
        "/jury/plan",
        "/result",
        "/reports",
        "/roles",
        "/deadline",
        "/log",
    )
)
PAGES = (
    *((VISITOR, f"/town{path}") for path in EVERYBODY),
    (VISITOR, "/sign-in"),
    (VISITOR, "/api/docs"),
    *((MEMBER, f"/town{path}") for path in (*EVERYBODY, *OF_A_MEMBER)),
    *((MEMBER, path) for path in ("/account", "/news")),
    *((MEMBER, f"/submit?event=town&submission={which}") for which in ("new", "{demo}", "{claim}")),
    *((ORGANISER, f"/town{path}") for path in OF_AN_ORGANISER),
)
"""Who looks, and at what."""


class Town:
    """Its gallery, and the numbers of what its pages are about."""

    def __init__(self, gallery: Gallery) -> None:
        self.gallery = gallery
        self.numbers: dict[str, int] = {}

    def address(self, path: str) -> str:
        return self.gallery.settings.base_url + path.format_map(self.numbers)

    def person(self, name: str, display_name: str = "") -> Actor:
        with self.gallery.database.write() as session:
            found = session.query(Account).filter_by(name=name).one_or_none()
            if found is None:
                found = Account(name=name, display_name=name, hub_name=name, created_at=NOW)
                session.add(found)
            found.display_name = display_name or found.display_name
            session.flush()
            return sessions.actor_for(session, found, self.gallery.events.values())

    def do(self, use_case: Callable[..., Any], who: str, /, **values: Any) -> Any:
        actor, event = self.person(who), self.gallery.current
        with self.gallery.database.write() as session:
            return use_case(Act(session, actor, NOW, event), **values)


@contextmanager
def town(folder: Path, port: int) -> Iterator[Town]:
    """Served while the block runs."""
    with demo() as demo_address:
        gallery = filled(folder, _sprint(), f"http://127.0.0.1:{port}", demo_address)
        made = Town(gallery)
        _people_do_things(made)
        with served(gallery, port):
            yield made
        gallery.database.close()


def _sprint() -> Event:
    """The shipped one, around now; nobody is accepted before an organiser says so."""
    event = practice_event(load_event(SHIPPED), day=NOW.date())
    return event.model_copy(update={"slug": "town", "practice_of": None, "notice": ""})


def _people_do_things(town: Town) -> None:
    do, numbers = town.do, town.numbers
    town.person(MEMBER, ARABIC)
    town.person("ben-y", HEBREW)
    for name in (MEMBER, "ben-y", "cleo", "dan", "eve"):
        do(sign_ups.sign_up, name, about=f"{LONG}, {ARABIC}")
    idea = do(ideas.propose, MEMBER, title=ARABIC, text=STORY)
    do(ideas.propose, "cleo", title=LONG, text="Who joins?")
    do(ideas.comment, "ben-y", idea_id=idea.id, text=STORY)
    do(ideas.comment, MEMBER, idea_id=idea.id, text="Yes.")
    team = do(teams.form, MEMBER, name=HEBREW, idea_id=idea.id, about=STORY)
    for name in ("ben-y", "dan"):
        do(team_invitations.invite, MEMBER, team_id=team.id, name=name)
    do(team_invitations.accept, "ben-y", invitation_id=1)
    do(join_requests.ask, "cleo", idea_id=idea.id, message=STORY)
    do(tokens.make_token, MEMBER, team_id=team.id, label=LONG[:40])
    numbers |= {"idea": idea.id, "team": team.id}
    for number, (name, owner) in enumerate((("demo", MEMBER), ("claim", "somebody-else"))):
        content = SubmissionContent(
            space_id=f"{owner}/{LONG}"[:96],
            title=ARABIC if number == 0 else LONG,
            summary=HEBREW,
            description=STORY,
            tags=(HEBREW, "art"),
            controls=("canny",),
        )
        draft = do(submissions.create_draft, MEMBER, content=content)
        do(submissions.submit, MEMBER, submission_id=draft.id, number=draft.number)
        numbers[name] = draft.id
    for which in ("demo", "idea"):
        subject = {"subject": Subject(which.replace("demo", "submission"))}
        do(moderation.report, "cleo", subject_id=numbers[which], reason=HEBREW, **subject)
    do(decisions.accept, ORGANISER, sign_up_ids=[1, 2], message=ARABIC)
    do(roles.invite, ORGANISER, role="juror", note=HEBREW)
    do(roles.give, ORGANISER, name="dan", role="juror")
    do(schedule.set_notice, ORGANISER, notice=f"**{ARABIC}**, and [{LONG}](https://example.org).")
    _move_the_deadline(town)


def _move_the_deadline(town: Town) -> None:
    actor, now = town.person(ORGANISER), town.gallery.current.deadline
    with town.gallery.database.write() as session:
        schedule.move(
            session,
            actor,
            NOW,
            file=town.gallery.events.files["town"],
            deadline=now + timedelta(days=1),
            reason=HEBREW,
            seen=now,
            is_confirmed=False,
        )
