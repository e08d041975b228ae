"""The letter that a result is out: to the teams that were judged and to the jury, once."""

from sqlalchemy import select

from gallery.act import Act
from gallery.database.tables import Membership, Submission
from gallery.judging.jurors import jurors
from gallery.judging.reckoning import Result
from gallery.names import isolated
from gallery.people import notifications
from gallery.people.notifications import Kind

PLACES = ("First", "Second", "Third")


def announce(act: Act, result: Result) -> None:
    """In the transaction that publishes it. It says no more than the page that it leads to."""
    judged = [row.demo for row in result.rows]
    members = act.session.scalars(
        select(Membership.account_id)
        .join(Submission, Submission.team_id == Membership.team_id)
        .where(Submission.id.in_(judged))
        .distinct()
    )
    panel = [one.id for one in jurors(act.session, act.event)]
    notifications.tell(
        act.session,
        act.now,
        event=act.event,
        kind=Kind.RESULT,
        to=[*members, *panel],
        about=("event", act.event.slug),
        title=f"The result of {act.event.name} is out",
        text="\n".join(_line(result, row.demo, row.title, row.team) for row in result.podium),
        path="/results",
        key=f"result:{act.event.slug}",
    )


def _line(result: Result, demo: int, title: str, team: str) -> str:
    place = PLACES[result.place(demo) - 1]
    shared = ", shared" if result.shares_place(demo) else ""
    return f"{place}{shared}: “{isolated(title)}” by {isolated(team)}"
