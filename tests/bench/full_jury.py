"""A jury at the beginning of its evening, in a folder: demos, who judges which, and cookies."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from gallery.database.connection import Database
from gallery.database.tables import Account, Assignment, Judging, Role
from gallery.event.phase import PhaseKey
from gallery.people import sessions
from tests.bench.full_gallery import EVENT, KEY
from tests.bench.jurors import CRITERIA, Juror
from tests.gallery.browsing.entries import hand_in_many


def fill(folder: Path, address: str, *, jurors: int, demos: int, each: int) -> list[Juror]:
    """Makes the event file and the database at `address`; every juror has `each` demos to judge."""
    now = datetime.now(UTC)
    (folder / "event.toml").write_text(_event(now), "utf-8")
    with closing(Database(address)) as database:
        database.migrate()
        with database.write() as session:
            people = [
                {"id": n + 1, "name": f"juror-{n}", "display_name": f"Juror {n}", "created_at": now}
                for n in range(jurors)
            ]
            session.execute(insert(Account), people)
            session.execute(
                insert(Role),
                [
                    {"event": EVENT, "account_id": n + 1, "role": "juror", "given_at": now}
                    for n in range(jurors)
                ],
            )
            hand_in_many(session, EVENT, demos, now - timedelta(days=2))
            session.add(Judging(event=EVENT, looks=3, away=[], final_order=[], final_reason=""))
            given = {n + 1: [(n + k * 7) % demos + 1 for k in range(each)] for n in range(jurors)}
            session.execute(
                insert(Assignment), [_given(n, d, now) for n in given for d in given[n]]
            )
            return [
                Juror(
                    account.id,
                    sessions.begin(session, account, now, key=KEY.encode()),
                    given[account.id],
                )
                for account in session.query(Account).order_by(Account.id)
                if account.id in given
            ]


def _given(juror: int, demo: int, now: datetime) -> dict[str, object]:
    return {
        **{"account_id": juror, "submission_id": demo, "event": EVENT, "state": "open"},
        **{"assigned_at": now, "reason": ""},
    }


def _event(now: datetime) -> str:
    spans = {key: (now - timedelta(days=9), now - timedelta(days=1)) for key in PhaseKey}
    spans |= dict.fromkeys(
        (PhaseKey.JUDGING, PhaseKey.RESULTS), (now - timedelta(hours=1), now + timedelta(days=5))
    )
    phases = "".join(
        f'[[phases]]\nkey = "{key}"\ntitle = "{key}"\n'
        f"starts = {first.isoformat()}\nends = {last.isoformat()}\n"
        for key, (first, last) in spans.items()
    )
    rubric = "".join(
        f'[[rubric.criteria]]\nkey = "{key}"\nname = "{key.capitalize()}"\n' for key in CRITERIA
    )
    return (
        f'slug = "{EVENT}"\nname = "A jury"\ntag = "bench"\n'
        f'summary = "An evening of it."\ntimezone = "UTC"\n{phases}{rubric}'
    )
