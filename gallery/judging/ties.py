"""The rule for ties that holds: the event file's, as it stood when demos were first handed out.

A rule that is chosen when scores are known would choose the winner. So the first handing out writes
it into the log, and whatever the file says later changes nothing.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.database.tables import LogEntry
from gallery.event.event import Event

HANDED_OUT = "jury.handed_out"


def rule_of(session: Session, event: Event) -> tuple[str, ...]:
    """The file's until demos are handed out, then as it stood."""
    stood = stood_at_opening(session, event)
    return event.rubric.ties if stood is None else stood


def stood_at_opening(session: Session, event: Event) -> tuple[str, ...] | None:
    """None while nothing was handed out."""
    details = session.scalar(
        select(LogEntry.details)
        .where(LogEntry.event == event.slug, LogEntry.action == HANDED_OUT)
        .order_by(LogEntry.id)
        .limit(1)
    )
    told = (details or {}).get("ties")
    return None if told is None else tuple(str(key) for key in told)


def changed_since(session: Session, event: Event) -> str | None:
    """In a sentence, that the file says another rule by now, which does not hold."""
    stood = stood_at_opening(session, event)
    if stood is None or stood == event.rubric.ties:
        return None
    return (
        f"the rule for ties must stay as it was when demos were handed out ({_list(stood)}), and "
        f"the event file says {_list(event.rubric.ties)}; the former holds, write it back"
    )


def _list(rule: tuple[str, ...]) -> str:
    return ", ".join(rule) or "none"
