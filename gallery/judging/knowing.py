"""Who may know what jurors gave, before everybody may."""

from gallery.act import Act
from gallery.errors import NotAllowed
from gallery.event.event import PhaseKey
from gallery.judging import judgings
from gallery.judging.evening import evening


def require_may_know(act: Act) -> None:
    """For organisers; who judges as well sees what others gave when their own is in.

    Raises `NotSignedIn` and `NotAllowed`.
    """
    act.actor.require_organiser(act.event.slug)
    if act.event.slug not in act.actor.juror_of:
        return
    judging = judgings.of_event(act.session, act.event)
    is_over = act.now >= act.event.phase(PhaseKey.JUDGING).ends
    if is_over or (judging is not None and judging.closed_at is not None):
        return
    left = evening(act).left
    if left:
        raise NotAllowed(
            f"you judge as well, and {left} of yours are left; the result is shown when they are in"
        )
