"""What waits for organisers while a jury judges: the most urgent first, and it alone is red."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from gallery.act import Act
from gallery.errors import GalleryError
from gallery.event.event import Event, PhaseKey
from gallery.judging import results, rubrics, ties
from gallery.judging.disagreements import disagreements
from gallery.judging.progress import Progress
from gallery.names import isolated
from gallery.people.texts import count_of
from gallery.sources.health import BROKEN

SOON = timedelta(days=1)
NAMED_MOST = 3


@dataclass(frozen=True)
class Task:
    """One sentence, and where it is done: a path below the board's."""

    sentence: str
    path: str
    verb: str


def may_know_scores(act: Act) -> str | None:
    """None for who may; else why not, in a sentence."""
    try:
        results.require_may_know(act)
    except GalleryError as problem:
        return str(problem)
    return None


def tasks(act: Act, found: Progress, *, file: Event) -> tuple[Task, ...]:
    """Nothing after publication: then it is over. `file` is the event as its file says."""
    if found.published_at is not None:
        return ()
    return (
        *_rules(act, found, file),
        *_handing_out(act, found),
        *_people(act, found),
        *_demos(act, found),
    )


def _rules(act: Act, found: Progress, file: Event) -> Iterator[Task]:
    for changed in filter(
        None, (each.changed_since(act.session, file) for each in (rubrics, ties))
    ):
        yield Task(changed[:1].upper() + changed[1:] + ".", "/event#judging", "Look")
    if not act.event.rubric.criteria:
        yield Task("The event file has no criteria, so nothing can be scored.", "/event", "Look")
    if not found.jurors:
        yield Task("Nobody who has signed in is a juror yet.", "/organise/roles", "Invite some")


def _handing_out(act: Act, found: Progress) -> Iterator[Task]:
    if act.now < act.event.deadline or not found.jurors or not found.demos:
        return
    if not found.assigned:
        yield Task("The demos are not handed out yet.", "#hand-out", "Hand out")
        return
    left = [one for one in found.jurors if one.is_away and one.assigned > one.done]
    short = [one for one in found.demos if one.assigned < found.looks]
    skipped = [one.submission.title for one in found.demos if one.is_skipped_by_all]
    if found.gone:
        said = count_of(len(found.gone), "demo was", "demos were")
        yield Task(
            f"{said} hidden or withdrawn after the handing out: {_named_titles(found)}. Hand out "
            "again, so that loads are even.",
            "#hand-out",
            "Hand out again",
        )
    elif found.departed:
        verb = "is" if len(found.departed) == 1 else "are"
        looks = sum(one.left for one in found.departed)
        yield Task(
            f"{_named([one.name for one in found.departed])} {verb} on the jury no more, with "
            f"{count_of(looks, 'look', 'looks')} left; others should take them.",
            "#hand-out",
            "Hand out again",
        )
    elif left:
        yield Task(
            f"{_named([one.name for one in left])} dropped out with demos left; others should look "
            "at them.",
            "#hand-out",
            "Hand out again",
        )
    elif short:
        said = count_of(len(short), "demo has", "demos have")
        yield Task(f"{said} fewer jurors than wanted.", "#hand-out", "Hand out again")
    if skipped:
        yield Task(
            f"Everybody who was asked skipped {_named(skipped)}: talk to them, or give it to "
            "somebody else.",
            "#move",
            "Give it to another",
        )


def _people(act: Act, found: Progress) -> Iterator[Task]:
    ends = act.event.phase(PhaseKey.JUDGING).ends
    left = sum(one.left for one in found.jurors)
    stuck = [one for one in found.jurors if one.is_stuck]
    if found.assigned and left and found.closed_at is None:
        if act.now >= ends:
            said = count_of(left, "look is", "looks are")
            yield Task(f"Judging is over, and {said} missing.", "#more-time", "Give more time")
        elif ends - act.now <= SOON:
            said = count_of(left, "look is", "looks are")
            yield Task(f"Judging ends within a day, and {said} left.", "#jurors", "Remind")
    if stuck and found.closed_at is None and act.now < ends:
        yield Task(
            f"{_named([one.name for one in stuck])} saved nothing for a day, while others went on.",
            "#jurors",
            "Remind",
        )
    if found.assigned and not left and (found.closed_at is not None or act.now >= ends):
        yield Task("All looks are in, and judging is over.", "/organise/result", "See the result")


def _demos(act: Act, found: Progress) -> Iterator[Task]:
    flagged = [one.submission.title for one in found.demos if one.flags]
    down = [one.submission.title for one in found.demos if one.submission.health in BROKEN]
    failing = [one.submission.title for one in found.demos if one.failing]
    if flagged:
        yield Task(f"Jurors flagged {_named(flagged)}.", "#demos", "Read")
    if down:
        verb = "does" if len(down) == 1 else "do"
        yield Task(f"{_named(down)} {verb} not answer.", "#demos", "Look")
    if failing:
        verb = "fails" if len(failing) == 1 else "fail"
        yield Task(f"{_named(failing)} {verb} a check.", "/organise/submissions", "Look")
    if may_know_scores(act) is None:
        apart = {one.submission.id: one.submission.title for one in disagreements(act)}
        if apart:
            yield Task(
                f"Jurors lie far apart on {_named(list(apart.values()))}.",
                "/organise/jury/scores#disagreements",
                "See who",
            )


def _named_titles(found: Progress) -> str:
    return _named([one.title for one in found.gone])


def _named(names: list[str]) -> str:
    """The first few, and how many more."""
    shown = [f"“{isolated(name)}”" for name in names[:NAMED_MOST]]
    more = len(names) - len(shown)
    if more:
        return f"{', '.join(shown)} and {count_of(more, 'other', 'others')}"
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else "".join(shown)
