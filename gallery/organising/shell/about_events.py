"""The event itself: its deadline and its notice."""

from gallery.actor import COMMAND_LINE
from gallery.event.event import Event
from gallery.event.zones import in_words, instant
from gallery.organising.shell.desk import Answer, Desk
from gallery.people import schedule


def show_deadline(desk: Desk) -> Answer:
    event, file = desk.act.event, _file(desk)
    rows: list[tuple[object, object]] = [("in force", in_words(event.deadline, event.zone))]
    rows.append(("the event file says", in_words(file.deadline, file.zone)))
    if event.moved is not None:
        rows.append(("moved from", in_words(event.moved.was, event.zone)))
        rows.append(("moved at", event.moved.at))
        rows.append(("because", event.moved.reason))
    rows.append(("notice", event.notice))
    return Answer(("what", "value"), rows)


def move_deadline(desk: Desk) -> Answer:
    options = desk.options
    deadline = instant(options.when, desk.act.event.zone, field="when")
    planned = schedule.move(
        desk.act.session,
        COMMAND_LINE,
        desk.act.now,
        file=_file(desk),
        deadline=deadline,
        reason=options.reason,
        seen=desk.act.event.deadline,
        is_confirmed=options.earlier,
    )
    said = [f"the deadline is {in_words(planned.event.deadline, desk.act.event.zone)}"]
    said += [
        f"{one.after.title} is {in_words(one.after.starts, desk.act.event.zone)} to "
        f"{in_words(one.after.ends, desk.act.event.zone)}"
        for one in planned.shifts
        if one.after.key != "submission"
    ]
    if planned.left_behind:
        said.append(f"not moved along: {', '.join(planned.left_behind)}")
    return Answer(sentence="; ".join(said))


def give_deadline_back(desk: Desk) -> Answer:
    file = _file(desk)
    schedule.give_back(
        desk.act.session,
        COMMAND_LINE,
        desk.act.now,
        file=file,
        reason=desk.options.reason,
        seen=desk.act.event.deadline,
    )
    return Answer(
        sentence=f"the deadline is {in_words(file.deadline, file.zone)}, as the file says"
    )


def set_notice(desk: Desk) -> Answer:
    text = None if desk.options.as_file else desk.options.text
    schedule.set_notice(desk.act, notice=text)
    return Answer(sentence="the notice is that of the event file" if text is None else "it is set")


def _file(desk: Desk) -> Event:
    return desk.gallery.schedule.files[desk.act.event.slug]
