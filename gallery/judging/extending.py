"""More time for the jury: the end of judging is moved, with a reason, and jurors hear of it."""

from datetime import datetime

from gallery.act import Act
from gallery.errors import Invalid
from gallery.event.event import Event, PhaseKey
from gallery.event.moving import with_judging_until
from gallery.event.phase import told
from gallery.event.zones import in_words
from gallery.judging import judgings
from gallery.judging.jurors import jurors
from gallery.people import notifications, schedule, texts
from gallery.people.notifications import Kind


def extend(act: Act, *, file: Event, until: datetime, reason: str) -> Event:
    """Gives the event as it is from now on; `file` is as its file says. Raises `Invalid`.

    It may be over already: then judging is open again.
    """
    act.actor.require_organiser(act.event.slug)
    judgings.require_unpublished(act)
    said = texts.line(reason, field="reason", what="the reason", least=3, most=200)
    event = schedule.in_force(act.session, file)
    ends = event.phase(PhaseKey.JUDGING).ends
    if until <= max(ends, act.now):
        raise Invalid(
            f"the end of judging must lie after {told(max(ends, act.now))}, got {told(until)}; "
            "choose a later one, or close the judging early",
            field="until",
        )
    after = with_judging_until(event, until, act.now)
    schedule.write(
        act,
        "judging",
        reason=said,
        deadline=until,
        moved_from=ends,
        file_deadline=file.deadline,
    )
    act.record(
        "event.judging_extended",
        subject=("event", event.slug),
        details={"from": ends.isoformat(), "to": until.isoformat(), "reason": said},
    )
    notifications.tell(
        act.session,
        act.now,
        event=after,
        kind=Kind.DEADLINE_MOVED,
        to=[juror.id for juror in jurors(act.session, event)],
        about=("event", event.slug),
        title=f"Judging of {event.name} goes on until {in_words(until, event.zone)}",
        text=f"It was to end {in_words(ends, event.zone)}.\n\nThe organisers write: {said}",
        path="/jury",
        until=until,
    )
    return after
