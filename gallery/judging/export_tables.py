"""The tables of an export: tidy ones, a row is one score, one comparison, one assignment, …

A juror's notes are for them alone and in none, nor is what they flagged, why they skipped or what
connects them with a demo, nor what organisers noted while they deliberated; of comments the tables
have the words, without who wrote them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery import __version__
from gallery.database.tables import Assignment, Ballot, Conflict, Feedback
from gallery.event.event import Event
from gallery.judging.evidence import Evidence, pseudonyms
from gallery.judging.reckoning import DIGITS, Result, chances_of, ranked
from gallery.spreadsheets import harmless, written

Cell = str | int | float | bool | None


@dataclass(frozen=True)
class Table:
    """`columns` are names and kinds: `text`, `number`, `real` or `flag`."""

    name: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.columns)

    def csv(self) -> str:
        """Text that a spreadsheet would run is made harmless; numbers are exact."""
        return written([self.names, *(tuple(map(_plain, row)) for row in self.rows)])


def of_result(evidence: Evidence, result: Result) -> tuple[Table, ...]:
    """What the result can be made of again, and the result."""
    final = {demo: place for place, demo in enumerate(result.order, 1)}
    told = {
        **about(),
        "event": evidence.event,
        "method": str(result.method),
        "at": result.at.isoformat(),
        "islands": str(result.islands),
        "reason": result.reason,
        "ties": " ".join(evidence.ties),
    }
    return (
        Table("about", (("key", "text"), ("value", "text")), tuple(told.items())),
        Table(
            "criteria",
            (("criterion", "text"), ("lowest", "number"), ("highest", "number"), ("share", "real")),
            tuple((one.key, one.lowest, one.highest, one.share) for one in evidence.criteria),
        ),
        Table(
            "scores",
            (
                ("juror", "text"),
                ("demo", "number"),
                ("position", "number"),
                ("criterion", "text"),
                ("score", "number"),
            ),
            tuple(
                (look.juror, look.demo, look.position, key, value)
                for look in evidence.looks
                for key, value in look.scores.items()
            ),
        ),
        Table(
            "comparisons",
            (("juror", "text"), ("first", "number"), ("second", "number"), ("better", "text")),
            tuple(
                (side.juror, side.first, side.second, side.better) for side in evidence.comparisons
            ),
        ),
        Table(
            "result",
            (
                *(("place", "number"), ("demo", "number"), ("title", "text"), ("team", "text")),
                *(("rank", "number"), ("quality", "real"), ("lower", "real"), ("upper", "real")),
                *(("podium", "real"), ("looks", "number")),
            ),
            tuple(
                (
                    *(final[row.demo], row.demo, row.title, row.team),
                    *(row.rank, row.quality, row.lower, row.upper),
                    *(row.podium, row.looks),
                )
                for row in result.rows
            ),
        ),
        Table(
            "tied",
            (("run", "number"), ("demo", "number")),
            tuple((number, demo) for number, run in enumerate(result.tied, 1) for demo in run),
        ),
        Table(
            "qualities",
            (("demo", "number"), ("criterion", "text"), ("quality", "real"), ("mean", "real")),
            tuple(
                (row.demo, key, row.criteria.get(key), row.means.get(key))
                for row in result.rows
                for key in dict.fromkeys((*row.criteria, *row.means))
            ),
        ),
    )


def of_ranking(evidence: Evidence) -> tuple[Table, ...]:
    """What the ranking says besides: of places, of jurors, and of a whole evening of looking."""
    ranking = ranked(evidence)
    effect, sure = ranking.order_effect, ranking.order_interval
    return (
        Table(
            "places",
            (
                *(("demo", "number"), ("first", "real"), ("second", "real"), ("third", "real")),
                *(("best", "number"), ("worst", "number")),
            ),
            tuple((demo, *chances) for demo, chances in chances_of(ranking).items()),
        ),
        Table(
            "jurors",
            (
                *(("juror", "text"), ("severity", "real"), ("lower", "real"), ("upper", "real")),
                *(("consistency", "real"), ("looks", "number"), ("comparisons", "number")),
            ),
            _sorted(
                (
                    str(one.juror),
                    round(one.severity, DIGITS),
                    round(one.interval.lower, DIGITS),
                    round(one.interval.upper, DIGITS),
                    round(one.consistency, DIGITS),
                    one.looks,
                    one.comparisons,
                )
                for one in ranking.jurors
            ),
        ),
        Table(
            "evening",
            (("effect", "real"), ("lower", "real"), ("upper", "real")),
            ((round(effect, DIGITS), round(sure.lower, DIGITS), round(sure.upper, DIGITS)),),
        ),
    )


def of_jury(session: Session, event: Event) -> tuple[Table, ...]:
    """Who was to look at what, who must not, and what was said: whether it counts or not."""
    named = pseudonyms(session, event)
    assigned = session.scalars(select(Assignment).where(Assignment.event == event.slug)).all()
    ballots = session.scalars(select(Ballot).where(Ballot.event == event.slug)).all()
    found = session.scalars(select(Conflict).where(Conflict.event == event.slug)).all()
    decided = session.scalars(select(Feedback).where(Feedback.event == event.slug)).all()
    counted = {(one.account_id, one.submission_id): _state(one) == "counts" for one in ballots}
    return (
        Table(
            "assignments",
            (("juror", "text"), ("demo", "number"), ("state", "text"), ("counts", "flag")),
            _sorted(
                (
                    named(one.account_id),
                    one.submission_id,
                    one.state,
                    counted.get((one.account_id, one.submission_id), False),
                )
                for one in assigned
            ),
        ),
        Table(
            "ballots",
            (
                *(("juror", "text"), ("demo", "number"), ("state", "text")),
                ("flagged", "flag"),
            ),
            _sorted(
                (named(one.account_id), one.submission_id, _state(one), bool(one.flag))
                for one in ballots
            ),
        ),
        Table(
            "uncounted",
            (("juror", "text"), ("demo", "number"), ("criterion", "text"), ("score", "number")),
            _sorted(
                (named(one.account_id), one.submission_id, key, score)
                for one in ballots
                if _state(one) != "counts"
                for key, score in one.scores.items()
            ),
        ),
        Table(
            "feedback",
            (("demo", "number"), ("state", "text"), ("text", "text")),
            _sorted(
                (
                    one.submission_id,
                    "held back" if one.is_held_back else "sent" if one.sent_at else "released",
                    "" if one.is_held_back else one.text,
                )
                for one in decided
            ),
        ),
        Table(
            "conflicts",
            (("juror", "text"), ("demo", "number"), ("kind", "text")),
            _sorted((named(one.account_id), one.submission_id, one.kind) for one in found),
        ),
        Table(
            "comments",
            (("demo", "number"), ("comment", "text")),
            _sorted(
                (one.submission_id, one.comment)
                for one in ballots
                if one.comment and counted[one.account_id, one.submission_id]
            ),
        ),
    )


def _state(ballot: Ballot) -> str:
    if ballot.set_aside_at is not None:
        return "set aside"
    return "counts" if ballot.finished_at is not None else "unfinished"


def _sorted(rows: Iterable[tuple[Cell, ...]]) -> tuple[tuple[Cell, ...], ...]:
    """By what they say: the order in which they came tells who came when."""
    return tuple(sorted(rows, key=lambda row: tuple(map(str, row))))


def about() -> dict[str, str]:
    """What made it: with the same evidence, the same arithmetic and seed give the same result."""
    from gallery.judging.ranking.mixing import SEED  # and with it NumPy

    return {"software": __version__, "seed": str(SEED)}


def _plain(cell: Cell) -> str:
    if isinstance(cell, str):
        return harmless(cell)
    return "" if cell is None else str(cell).lower() if isinstance(cell, bool) else repr(cell)
