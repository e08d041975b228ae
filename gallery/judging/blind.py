"""Blind judging: who still judges is not told what the public likes.

From the deadline on, a juror sees no likes of the event's demos and no order by them, and gives
none, until all that they were asked to judge is in, or judging is over or closed. Who organises as
well sees none on the board either, nor others' ballots in the log. Everybody else sees all as ever.
"""

from gallery.act import Act
from gallery.errors import NotAllowed
from gallery.event.event import PhaseKey
from gallery.judging import judgings
from gallery.judging.evening import evening_of
from gallery.judging.jurors import jurors

LOGGED = ("ballot.", "comparison.", "submission.liked", "submission.unliked")
"""How actions in the log begin that tell what others gave."""


def is_blind(act: Act) -> bool:
    """Whether the actor is a juror of the event who still judges; also behind a team's token."""
    account_id = _juror(act)
    if account_id is None or act.now < act.event.deadline:
        return False
    if act.now >= act.event.phase(PhaseKey.JUDGING).ends:
        return False
    judging = judgings.of_event(act.session, act.event)
    if judging is None:
        return True  # nobody was asked yet
    return judging.closed_at is None and evening_of(act, account_id).left > 0


def require_sighted(act: Act) -> None:
    """Before what tells of likes. Raises `NotAllowed`."""
    if is_blind(act):
        raise NotAllowed(
            "likes are closed to jurors until their own ballots are in; judge what is left first"
        )


def _juror(act: Act) -> int | None:
    """A token speaks for one team and without its maker's roles, but it is they who read."""
    if act.actor.token_team_id is None:
        return act.actor.account_id if act.event.slug in act.actor.juror_of else None
    account_id = act.actor.account_id
    panel = {one.id for one in jurors(act.session, act.event)}
    return account_id if account_id in panel else None
