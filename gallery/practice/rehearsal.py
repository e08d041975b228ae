"""A jury at work, to rehearse with: demos are handed out, programs score, one seat is for a person.

Who signs in as `juror` finds a list of their own. The programs have scored some before; the rest
comes in calmly, so that an organiser sees the board move. Everything goes through the use cases
that pages call. Begun again, it goes on where it stopped.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select

from gallery.act import Act
from gallery.actor import COMMAND_LINE, Actor
from gallery.database.tables import Submission
from gallery.errors import Closed, GalleryError, Unavailable
from gallery.event.event import Event
from gallery.event.phase import PhaseKey
from gallery.gallery import Gallery, open_gallery
from gallery.judging import ballots, comparisons, evening, handing_out, judgings
from gallery.people import accounts, sessions
from gallery.people.openid import HubPerson
from gallery.practice.entrants import entrants
from gallery.practice.event import PROGRAMS, ROLES, called
from gallery.practice.opinions import Opinions, drawn
from gallery.practice.small_hub.accounts import Account as HubAccount
from gallery.settings import Settings

LOOKS = 3
BEFORE = 5
"""So many demos each program has scored when one comes to look."""
COMPARED = 3
"""So many pairs each compares at the end."""
SINCE = timedelta(days=3)
"""So long before now the demos were handed out, where judging had begun by then."""
LOOKING = timedelta(minutes=4)
CALM_SECONDS = 15.0
"""From one thing that a program does to the next."""
ENTRIES_SECONDS = 300
LOOK_EVERY = 1.0


def main() -> int:
    """0 when the programs have said all that they have to say, or judging is closed."""
    gallery = open_gallery(Settings.read())
    event = gallery.current
    try:
        _wait_for_entries(gallery, event)
        begin(gallery, event)
        go_on(gallery, event, pause=lambda: time.sleep(CALM_SECONDS))
    except Closed as closed:
        print(f"the jury stops: {closed}", flush=True)
    except GalleryError as error:
        print(f"error: {error}", flush=True)
        return 2
    finally:
        gallery.database.close()
    return 0


def begin(gallery: Gallery, event: Event) -> None:
    """Seats the jury and hands out, some time ago; what was begun before stays as it is."""
    actors = [_seat(gallery, event, name) for name in (*ROLES["jurors"], *PROGRAMS)]
    _seat(gallery, event, *ROLES["organisers"])
    with gallery.database.read() as session:
        if judgings.of_event(session, event) is not None:
            return
    now = gallery.clock()
    since = max(now - SINCE, event.phase(PhaseKey.JUDGING).starts)
    then = replace(gallery, clock=lambda: since)
    handing_out.hand_out(then, COMMAND_LINE, event=event, looks=LOOKS)
    programs = actors[len(ROLES["jurors"]) :]
    opinions = drawn(event, PROGRAMS, spaces())
    step = (now - since) / (BEFORE * len(programs) + 1)
    for number in range(BEFORE * len(programs)):
        finished = since + (number + 1) * step
        juror = programs[number % len(programs)]
        _look(gallery, event, juror, opinions, finished - min(LOOKING, step / 2), finished)


def go_on(gallery: Gallery, event: Event, *, pause: Callable[[], object]) -> None:
    """Scores what is left, then compares; one thing at a time, with a pause before each.

    Raises `Closed` once scores are not taken any more.
    """
    programs = [_seat(gallery, event, name) for name in PROGRAMS]
    opinions = drawn(event, PROGRAMS, spaces())
    is_left = True
    while is_left:
        is_left = False
        for juror in programs:
            pause()
            now = gallery.clock()
            is_left |= _look(gallery, event, juror, opinions, now, now)
    for _ in range(COMPARED):
        for juror in programs:
            pause()
            _compare(gallery, event, juror, opinions)
    print("the programs have scored all of theirs; the rest is people's", flush=True)


def spaces() -> tuple[str, ...]:
    """Their ids on the Hub."""
    return tuple(entrant.space_id for entrant in entrants())


def _wait_for_entries(gallery: Gallery, event: Event) -> None:
    """Raises `Unavailable` when they are not handed in within some minutes."""
    until = time.monotonic() + ENTRIES_SECONDS
    handed_in = select(Submission.space_id).where(
        Submission.event == event.slug, Submission.submitted_at.is_not(None)
    )
    while True:
        with gallery.database.read() as session:
            there = set(session.scalars(handed_in))
        if there >= set(spaces()):
            return
        if time.monotonic() > until:
            raise Unavailable(
                f"a rehearsal takes {len(spaces())} demos, got {len(there)} after "
                f"{ENTRIES_SECONDS // 60} minutes; start again, perhaps when the machine is less "
                "busy"
            )
        time.sleep(LOOK_EVERY)


def _seat(gallery: Gallery, event: Event, name: str) -> Actor:
    """As if they had signed in: a person who does finds what is theirs."""
    shown = called(name) if name in PROGRAMS else name
    person = HubPerson(HubAccount(name=name).subject, name, shown)
    with gallery.database.write() as session:
        account = accounts.of_hub(session, person, gallery.clock())
        return sessions.actor_for(session, account, [event])


def _look(
    gallery: Gallery,
    event: Event,
    juror: Actor,
    opinions: Opinions,
    begun: datetime,
    finished: datetime,
) -> bool:
    """At the next demo of the juror's list, if there is one: first a draft, then all of it."""
    with gallery.database.write() as session:
        act = Act(session, juror, begun, event)
        found = evening.evening(act).next_after()
        if found is None:
            return False
        demo = found.submission.id
        said = opinions.said.get((juror.name, found.submission.space_id))
        if said is None:  # a person's, handed in to the practice
            ballots.skip(act, submission_id=demo, reason="A program knows nothing of this one")
            return found.state != "skipped"
        kept = ballots.mine(session, juror.require_account("judge"), demo)
        draft = ballots.Said(said.scores)
        number = 0 if kept is None else kept.number
        number = ballots.save(act, submission_id=demo, number=number, said=draft).number
    with gallery.database.write() as session:
        act = Act(session, juror, finished, event)
        ballots.finish(act, submission_id=demo, number=number, said=said)
    return True


def _compare(gallery: Gallery, event: Event, juror: Actor, opinions: Opinions) -> None:
    with gallery.database.read() as session:  # a ranking is made: nobody waits for it
        pair = comparisons.offered(Act(session, juror, gallery.clock(), event))
    if pair is None:
        return
    better = opinions.better(juror.name, pair.left.space_id, pair.right.space_id)
    with gallery.database.write() as session:
        act = Act(session, juror, gallery.clock(), event)
        comparisons.compare(act, left=pair.left.id, right=pair.right.id, better=better)


if __name__ == "__main__":
    sys.exit(main())
