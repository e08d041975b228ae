"""The rubric that holds: the event file's criteria, as they stood when demos were handed out.

A scale that is narrowed, or a criterion that is taken out, while scores come in would leave scores
that nothing takes. So the first handing out keeps them, and the event in force has them from then
on, whatever the file says; its words may still change.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.database.tables import ScheduleChange
from gallery.event.event import Event
from gallery.event.rubric import Rubric
from gallery.people import schedule


def keep(act: Act) -> None:
    """The first time; later it changes nothing."""
    if stood_at_opening(act.session, act.event) is not None or not act.event.rubric.criteria:
        return
    criteria = act.event.rubric.model_dump(mode="json", include={"criteria"})
    schedule.write(act, "rubric", rubric=criteria)


def stood_at_opening(session: Session, event: Event) -> Rubric | None:
    """None while nothing was handed out."""
    kept = session.scalar(
        select(ScheduleChange.rubric)
        .where(ScheduleChange.event == event.slug, ScheduleChange.what == "rubric")
        .order_by(ScheduleChange.id)
        .limit(1)
    )
    return None if kept is None else Rubric.model_validate(kept)


def changed_since(session: Session, file: Event) -> str | None:
    """In a sentence, that the file says other criteria by now, which do not hold."""
    stood = stood_at_opening(session, file)
    if stood is None or _told(stood) == _told(file.rubric):
        return None
    return (
        f"the criteria must stay as they were when demos were handed out ({_told(stood)}), and the "
        f"event file says {_told(file.rubric) or 'none'}; the former hold, write them back"
    )


def _told(rubric: Rubric) -> str:
    return ", ".join(
        f"{one.key} {one.lowest} to {one.highest} with {rubric.share(one):.0%}"
        for one in rubric.criteria
    )
