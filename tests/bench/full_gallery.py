"""A gallery as full as it may become, in a folder: submissions, their history, pictures, people."""

import io
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from PIL import Image
from sqlalchemy import bindparam, insert, update
from sqlalchemy.orm import Session

from gallery.database.connection import Database
from gallery.database.tables import (
    Account,
    CheckRun,
    Health,
    Like,
    Membership,
    Picture,
    Revision,
    Submission,
    Team,
    TeamToken,
)
from gallery.event.phase import PhaseKey
from gallery.people import sessions
from gallery.submissions.content import SubmissionContent
from gallery.submissions.pictures import PictureStore, prepare
from tests.bench.visitors import Saver, Sights
from tests.gallery.browsing.entries import CONTROLS, THINGS, WAYS, entry, hand_in_many

EVENT = "bench"
KEY = "for this benchmark alone"
PICTURES = 40
LIKES_EACH = 3
LOOKS_EACH = 12


@dataclass(frozen=True)
class Full:
    """What the visitors need: sights, cookies of those who are signed in, who saves, tokens."""

    sights: Sights
    cookies: list[str]
    savers: list[Saver]
    tokens: list[str]


def fill(folder: Path, *, submissions: int, savers: int, people: int) -> Full:
    """Makes the event file, the database and the pictures."""
    now = datetime.now(UTC)
    (folder / "event.toml").write_text(_event(now), "utf-8")
    with closing(Database(f"sqlite:///{folder / 'gallery.db'}")) as database:
        database.migrate()
        with database.write() as session:
            _make_people(session, max(people, savers), now)
            hand_in_many(session, EVENT, submissions, now)
            pictures = _make_pictures(session, folder / "pictures", now)
            _decorate(session, submissions, people, pictures, now)
            cookies = [
                sessions.begin(session, account, now, key=KEY.encode())
                for account in session.query(Account).order_by(Account.id).limit(people // 3)
            ]
            tokens = _make_savers(session, savers, now)
    words = tuple({word.lower() for phrase in (*THINGS, *WAYS) for word in phrase.split()})
    return Full(
        Sights(EVENT, submissions, pictures, words, CONTROLS),
        cookies,
        [_saver(number) for number in range(savers)],
        tokens,
    )


def _event(now: datetime) -> str:
    starts, ends = now - timedelta(days=5), now + timedelta(days=5)
    spans = {
        key: (ends, ends + timedelta(days=5))
        if key in (PhaseKey.JUDGING, PhaseKey.RESULTS)
        else (starts, ends)
        for key in PhaseKey
    }
    phases = "".join(
        f'[[phases]]\nkey = "{key}"\ntitle = "{key}"\n'
        f"starts = {first.isoformat()}\nends = {last.isoformat()}\n"
        for key, (first, last) in spans.items()
    )
    return (
        f'slug = "{EVENT}"\nname = "A full sprint"\ntag = "bench"\n'
        f'summary = "As many demos as there may be."\ntimezone = "UTC"\n{phases}'
    )


def _make_people(session: Session, people: int, now: datetime) -> None:
    rows = [
        {"id": n + 1, "name": f"p-{n}", "display_name": f"Person {n}", "created_at": now}
        for n in range(people)
    ]
    session.execute(insert(Account), rows)


def _make_pictures(session: Session, folder: Path, now: datetime) -> tuple[str, ...]:
    """Smooth colours with some grain, so that they weigh what photographs do."""
    store, chance, digests = PictureStore(folder), np.random.default_rng(7), []
    for _ in range(PICTURES):
        small = chance.integers(0, 255, (6, 6, 3), dtype=np.uint8)
        smooth = np.asarray(Image.fromarray(small).resize((720, 720), Image.Resampling.BICUBIC))
        grain = chance.normal(0, 6, smooth.shape)
        pixels = np.clip(smooth + grain, 0, 255).astype(np.uint8)
        stream = io.BytesIO()
        Image.fromarray(pixels).save(stream, "JPEG", quality=90)
        picture = prepare(stream.getvalue())
        store.write(picture)
        session.add(Picture(digest=picture.digest, width=720, height=720, size=1, created_at=now))
        digests.append(picture.digest)
    session.flush()
    return tuple(digests)


def _decorate(
    session: Session, submissions: int, people: int, pictures: tuple[str, ...], now: datetime
) -> None:
    """Thumbnails, a second revision, checks, likes, and looks at each demo."""
    shown = [
        {"b_id": n + 1, "first": pictures[n % PICTURES], "second": pictures[(n + 1) % PICTURES]}
        for n in range(submissions)
    ]
    session.connection().execute(
        update(Submission)
        .where(Submission.id == bindparam("b_id"))
        .values(thumbnail=bindparam("first"), second_picture=bindparam("second"), number=2),
        shown,
    )
    session.execute(
        insert(Revision),
        [
            {
                "submission_id": n + 1,
                "number": 2,
                "begun_at": now,
                "saved_at": now,
                "content": _content(n, pictures).model_dump(mode="json"),
            }
            for n in range(submissions)
        ],
    )
    session.execute(
        insert(CheckRun),
        [{"submission_id": n + 1, "at": now, "results": []} for n in range(submissions)],
    )
    session.execute(
        insert(Like),
        [
            {"submission_id": n + 1, "account_id": (n * 7 + k) % people + 1, "at": now}
            for n in range(submissions)
            for k in range(min(LIKES_EACH, people))
        ],
    )
    session.execute(
        insert(Health),
        [_look(n, now - timedelta(hours=k)) for n in range(submissions) for k in range(LOOKS_EACH)],
    )


def _look(number: int, at: datetime) -> dict[str, object]:
    return {
        "space_id": f"team-{number}/demo-{number}",
        "at": at,
        "hour": at.hour,
        "state": "live",
        "seconds": 0.4,
    }


def _content(number: int, pictures: tuple[str, ...] = ()) -> SubmissionContent:
    samples = [
        {"digest": pictures[(number + k) % PICTURES], "caption": f"Sample {k}"}
        for k in range(4 if pictures else 0)
    ]
    story = "## The story\n\n" + "We drew, trained and looked at many pictures. " * 40
    return entry(number, pictures=samples, description=story)


def _make_savers(session: Session, savers: int, now: datetime) -> list[str]:
    """The first teams get a member each and a token for it."""
    tokens = []
    for number in range(savers):
        token = f"sprint_{number}_{'x' * 32}"
        team = session.get_one(Team, number + 1)
        team.lead_id = number + 1
        session.add(Membership(team_id=team.id, account_id=number + 1, event=EVENT, joined_at=now))
        session.add(
            TeamToken(
                token_digest=sessions.digest(token),
                team_id=team.id,
                account_id=number + 1,
                label="bench",
                created_at=now,
            )
        )
        tokens.append(token)
    return tokens


def _saver(number: int) -> Saver:
    return Saver(
        path=f"/api/v1/events/{EVENT}/submissions/{number + 1}",
        content=_content(number).model_dump(mode="json"),
        number=2,
    )
