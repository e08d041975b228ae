"""Re-assignment: one demo from one juror to another, by an organiser's hand and with a reason."""

from gallery.act import Act
from gallery.database.tables import Account, Assignment, Ballot, Submission
from gallery.errors import Exists, Invalid, NotAllowed
from gallery.judging import conflicts, judgings
from gallery.judging.jurors import jurors
from gallery.people import texts

MOVED = "It was given to somebody else: "
"""Before the reason, where a juror loses a demo to another."""


def reassign(act: Act, *, submission_id: int, from_id: int, to_id: int, reason: str) -> None:
    """What the first has finished stays with them; what they began is kept and does not count.

    Raises `NotAllowed` for a conflict, `Exists` when the other has it, `Invalid` for all else.
    """
    act.actor.require_organiser(act.event.slug)
    judgings.require_unpublished(act)
    said = texts.line(reason, field="reason", what="the reason", least=3, most=500)
    demo = act.session.get(Submission, submission_id)
    if demo is None or demo not in judgings.demos(act.session, act.event):
        raise Invalid("this demo is not judged any more; open the board again", field="demo")
    _require_taking_part(act, to_id)
    given = act.session.get(Assignment, (from_id, submission_id), with_for_update=True)
    if given is None or given.state == "dropped":
        raise Invalid(
            "this demo is not with that juror any more; open the board again", field="juror"
        )
    if from_id == to_id:
        raise Invalid("this demo is with that juror already; choose another one", field="to")
    ballot = act.session.get(Ballot, (from_id, submission_id))
    if ballot is not None and ballot.finished_at is not None and ballot.set_aside_at is None:
        raise Invalid(
            "this demo is judged by that juror, and their score counts; to have one more look, "
            "hand out with more looks",
            field="juror",
        )
    conflicts.refresh(act)
    conflict = conflicts.between(act.session, to_id, submission_id)
    if conflict is not None:
        raise NotAllowed(
            f"this juror must not judge this demo ({conflict.reason.rstrip('.')}); choose another "
            "one"
        )
    taken = act.session.get(Assignment, (to_id, submission_id), with_for_update=True)
    if taken is not None and taken.state != "dropped":
        raise Exists("the other juror has this demo already; choose another one")
    given.state, given.changed_at = "dropped", act.now
    given.reason = f"{MOVED}{said}"
    if taken is None:
        taken = Assignment(
            account_id=to_id,
            submission_id=submission_id,
            event=act.event.slug,
            state="open",
            assigned_at=act.now,
            reason="",
        )
        act.session.add(taken)
    else:
        taken.state, taken.changed_at, taken.reason = "open", act.now, ""
    act.record(
        "assignment.moved",
        subject=("submission", submission_id),
        details={"juror": from_id, "to": to_id, "reason": said},
    )


def _require_taking_part(act: Act, account_id: int) -> None:
    account = act.session.get(Account, account_id)
    judging = judgings.of_event(act.session, act.event)
    away = judging.away if judging is not None else []
    if account is None or account not in jurors(act.session, act.event):
        raise Invalid("the other must be a juror of the event; choose one", field="to")
    if account_id in away:
        raise Invalid("the other juror takes no part any more; choose another one", field="to")
