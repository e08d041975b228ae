"""Submissions for the tests of browsing: many of them, quickly, and the same ones every time."""

import random
from datetime import datetime, timedelta

from sqlalchemy import insert
from sqlalchemy.orm import Session

from gallery.database.tables import Account, Facet, Membership, Revision, Submission, Team
from gallery.submissions.content import SubmissionContent, Task
from gallery.submissions.index import facets, search_text

THINGS = (
    "Mugs",
    "Cacti",
    "Balloons",
    "Teapots",
    "Fish",
    "Apples",
    "Rooms",
    "Maps",
    "Faces",
    "Cars",
)
WAYS = ("from a sketch", "at night", "in watercolour", "by depth", "for children", "in clay")
CONTROLS = ("canny", "depth", "scribble", "pose", "segmentation", "lineart", "normal")
BASES = ("runwayml/stable-diffusion-v1-5", "stabilityai/stable-diffusion-2-1", "sprint/icons-64")
TAGS = ("interior", "art", "kids", "medicine", "games", "fashion", "maps", "comics")
STATES = ("live", "live", "live", "asleep", "down", "unknown")


def entry(number: int, **changes: object) -> SubmissionContent:
    """The content of the `number`-th submission; the same number gives the same one."""
    chance = random.Random(number)
    title = f"{chance.choice(THINGS)} {chance.choice(WAYS)}"
    values = {
        "space_id": f"team-{number}/demo-{number}",
        "title": title,
        "emoji": chance.choice("🎨🐟🌵🫖🍎🎈"),
        "summary": f"Draw a line, get {title.lower()}.",
        "description": f"## How it came about\n\nWe wanted **{title.lower()}** without a model.",
        "task": chance.choice(list(Task)),
        "controls": tuple(chance.sample(CONTROLS, chance.randint(1, 2))),
        "base_model": chance.choice(BASES),
        "models": (f"team-{number}/controlnet",),
        "datasets": (f"team-{number}/drawings",),
        "tags": tuple(chance.sample(TAGS, chance.randint(1, 3))),
        "license": "apache-2.0",
    }
    return SubmissionContent.model_validate({**values, **changes})


def hand_in(
    session: Session,
    event: str,
    content: SubmissionContent,
    now: datetime,
    *,
    team: str = "",
    members: tuple[int, ...] = (),
    state: str = "submitted",
    health: str = "live",
    likes: int = 0,
    hub_likes: int = 0,
    thumbnail: str | None = None,
    second_picture: str | None = None,
) -> Submission:
    """One submission with its team, first revision and facets, as rows."""
    name = team or f"Team {content.space_id.split('/')[0]}"
    found = session.query(Team).filter_by(event=event, name=name).one_or_none()
    if found is None:
        lead = members[0] if members else None
        found = Team(event=event, name=name, about="", lead_id=lead, created_at=now)
        session.add(found)
        session.flush()
        for account_id in members:
            account = session.get_one(Account, account_id)
            session.add(Membership(team=found, account=account, event=event, joined_at=now))
    submission = Submission(
        event=event,
        team=found,
        space_id=content.space_id,
        source="team",
        state=state,
        created_at=now,
        submitted_at=now if state == "submitted" else None,
        number=1,
        title=content.title,
        emoji=content.emoji,
        summary=content.summary,
        thumbnail=thumbnail or content.thumbnail,
        second_picture=second_picture,
        likes=likes,
        hub_likes=hub_likes,
        health=health,
        search_text=search_text(content),
        facets=[Facet(kind=kind, value=value) for kind, value in facets(content)],
    )
    session.add(submission)
    session.flush()
    session.add(
        Revision(
            submission_id=submission.id,
            number=1,
            begun_at=now,
            saved_at=now,
            account_id=members[0] if members else None,
            content=content.model_dump(mode="json"),
        )
    )
    session.flush()
    return submission


def hand_in_many(session: Session, event: str, count: int, now: datetime) -> None:
    """As `hand_in`, for thousands of them."""
    contents = [entry(number) for number in range(count)]
    session.execute(
        insert(Team),
        [
            {
                "id": n + 1,
                "event": event,
                "name": f"Team {n}",
                "name_key": f"team {n}",
                "about": "",
                "created_at": now,
            }
            for n in range(count)
        ],
    )
    session.execute(
        insert(Submission),
        [
            {
                "id": n + 1,
                "event": event,
                "team_id": n + 1,
                "space_id": content.space_id,
                "source": "team",
                "state": "submitted",
                "created_at": now,
                "submitted_at": now - timedelta(minutes=n),
                "number": 1,
                "title": content.title,
                "emoji": content.emoji,
                "summary": content.summary,
                "likes": n * 37 % 101,
                "hub_likes": n * 53 % 211,
                "health": STATES[n % len(STATES)],
                "search_text": search_text(content),
            }
            for n, content in enumerate(contents)
        ],
    )
    session.execute(
        insert(Facet),
        [
            {"submission_id": n + 1, "kind": kind, "value": value}
            for n, content in enumerate(contents)
            for kind, value in facets(content)
        ],
    )
    session.execute(
        insert(Revision),
        [
            {
                "submission_id": n + 1,
                "number": 1,
                "begun_at": now,
                "saved_at": now,
                "content": content.model_dump(mode="json"),
            }
            for n, content in enumerate(contents)
        ],
    )
