"""Takes in every Space that carries an event's tag, as submissions that nobody typed.

It can be stopped and run again at any time: what is there and unchanged costs no request of its
own. What a team wrote is never touched; only what the Hub counts (likes, state) follows the Hub.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.actor import Actor
from gallery.database.tables import Submission, Team
from gallery.errors import GalleryError, Invalid, Unavailable
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.names import name_key
from gallery.sources import records
from gallery.sources.pace import Pace
from gallery.submissions import log, renaming, revisions, thumbnails, withholding
from gallery.submissions.content import SubmissionContent
from gallery.submissions.first_draft import first_draft
from gallery.submissions.index import reindex
from gallery.submissions.ownership import owner_of
from gallery.submissions.samples import is_untouched
from gallery.submissions.submissions import of_space
from spaces.errors import HubUnavailable
from spaces.hub.addresses import repo_key
from spaces.hub.facts import ModelFacts, SpaceFacts

Outcome = Literal["new", "changed", "unchanged", "its team's", "withdrawn", "problem"]
PATIENCE = 5
"""So many Spaces in a row that cannot be read mean that the Hub is down."""
LINKED = 5
"""Models and datasets that are looked at for one Space."""
FRESH = timedelta(days=1)


@dataclass(frozen=True)
class Taken:
    """What became of one Space. `problem` may also tell of a thumbnail that was left out."""

    space_id: str
    outcome: Outcome
    problem: str | None = None


def collect(
    gallery: Gallery,
    actor: Actor,
    *,
    event: Event,
    pace: Pace,
    tag: str | None = None,
    again: bool = False,
) -> Iterator[Taken]:
    """Yields each Space as it is done; the caller owns progress, and may stop at any time.

    `tag` stands in for the event's; `again` asks the Hub about unchanged Spaces too. Raises
    `NotAllowed`, and `Unavailable` when the Hub goes down: run it again then.
    """
    actor.require_organiser(event.slug)
    seen: set[str] = set()
    problems = 0
    try:
        for listed in gallery.hub.tagged_spaces(tag or event.tag):
            key = repo_key(listed.repo_id)
            if key in seen:  # lists move while their pages are turned
                continue
            seen.add(key)
            taken = take(gallery, actor, listed, event=event, pace=pace, again=again)
            yield taken
            problems = problems + 1 if taken.outcome == "problem" else 0
            if problems == PATIENCE:
                raise Unavailable(f"{taken.problem}; {len(seen)} Spaces were looked at so far")
    except HubUnavailable as error:
        raise Unavailable(f"{error}; {len(seen)} Spaces were looked at so far") from None


def take(
    gallery: Gallery,
    actor: Actor,
    listed: SpaceFacts,
    *,
    event: Event,
    pace: Pace,
    again: bool = False,
) -> Taken:
    """Takes in one Space, of which a list told `listed`. The Hub is asked only for what is new.

    Must not be called within a transaction.
    """
    space_id = listed.repo_id
    with gallery.database.write() as session:
        renaming.follow_listed(session, gallery.clock(), listed)
        is_known = records.store_listed(session, gallery.clock(), listed)
        existing = of_space(session, event=event, space_id=space_id)
        if existing is not None and not is_untouched(session, existing):
            if not is_known:
                records.announce(session, gallery.clock(), "space", space_id)
            return Taken(space_id, "its team's")
        if existing is not None and existing.state != "submitted":
            return Taken(space_id, "withdrawn")
        if existing is None and withholding.is_declined(session, event, owner_of(space_id)):
            return Taken(space_id, "withdrawn")
        before = None if existing is None else revisions.current(session, existing)
        if before is not None and is_known and not again and _says(session, before, event):
            return Taken(space_id, "unchanged")
    try:
        facts = _read(gallery, space_id, pace)
    except HubUnavailable as error:
        return Taken(space_id, "problem", str(error))
    if facts is None:
        return Taken(space_id, "problem", f"{space_id} is in the Hub's list, but not there")
    thumbnail, problem = _thumbnail(gallery, actor, facts, before)
    with gallery.database.write() as session:
        try:
            content = _draft(session, facts, event, thumbnail, before)
        except Invalid as error:
            return Taken(space_id, "problem", f"{space_id}: {error}")
        now = gallery.clock()
        outcome = take_in(Act(session, actor, now, event), facts=facts, content=content)
    return Taken(space_id, outcome, problem)


def take_in(act: Act, *, facts: SpaceFacts, content: SubmissionContent) -> Outcome:
    """Makes or brings up to date the collected submission of a Space. Raises `NotAllowed`."""
    act.actor.require_organiser(act.event.slug)
    submission = of_space(act.session, event=act.event, space_id=facts.repo_id)
    if submission is None:
        submission = Submission(
            event=act.event.slug,
            team=_team(act, owner=facts.repo_id.partition("/")[0]),
            source="collected",
            state="submitted",
            created_at=act.now,
            submitted_at=min(facts.last_modified or act.now, act.now),
            number=0,
        )
        outcome = "new"
    elif not is_untouched(act.session, submission):
        return "its team's"
    elif submission.state != "submitted":
        return "withdrawn"
    elif revisions.current(act.session, submission) == content:
        return "unchanged"
    else:
        outcome = "changed"
    reindex(submission, content, facts)
    act.session.add(submission)
    act.session.flush()
    revisions.append(act.session, act.actor, act.now, submission, content)
    details = {"space": facts.repo_id, "commit": facts.commit}
    log.record(act.session, act.actor, act.now, submission, "collected", **details)
    return outcome


def _team(act: Act, *, owner: str) -> Team:
    """One for each owner on the Hub; people of that name may have made theirs already."""
    teams = act.session.scalars(
        select(Team).where(Team.event == act.event.slug, Team.dissolved_at.is_(None))
    ).all()
    key = repo_key(owner)
    known = next((team for team in teams if repo_key(team.hub_owner or "") == key), None)
    if known is not None:
        return known
    taken = {team.name_key for team in teams}
    names = (owner, f"{owner} on the Hub", *(f"{owner} on the Hub {n}" for n in range(2, 1000)))
    team = Team(
        event=act.event.slug,
        name=next(name for name in names if name_key(name) not in taken),
        about="",
        hub_owner=owner,
        created_at=act.now,
    )
    act.session.add(team)
    act.session.flush()
    act.record("team.collected", subject=("team", team.id))
    return team


def _read(gallery: Gallery, space_id: str, pace: Pace) -> SpaceFacts | None:
    """What the Hub says now, of the Space and of what it links to. Raises `HubUnavailable`."""
    known = records.refresh(gallery, "space", space_id, before=pace.wait)
    if known.problem is not None:
        raise HubUnavailable(known.problem)
    if known.facts is not None:
        for model in known.facts.models[:LINKED]:
            records.refresh(gallery, "model", model, max_age=FRESH, before=pace.wait)
        for dataset in known.facts.datasets[:LINKED]:
            records.refresh(gallery, "dataset", dataset, max_age=FRESH, before=pace.wait)
    return known.facts


def _draft(
    session: Session,
    facts: SpaceFacts,
    event: Event,
    thumbnail: str | None,
    before: SubmissionContent | None,
) -> SubmissionContent:
    """What the Hub says, with the sample that a check has kept."""
    known = records.many(session, ModelFacts, facts.models[:LINKED])
    models = [one.facts for one in known.values() if one.facts is not None]
    draft = first_draft(facts, event_tag=event.tag, models=models, thumbnail=thumbnail)
    return draft.model_copy(update={"pictures": before.pictures}) if before else draft


def _says(session: Session, content: SubmissionContent, event: Event) -> bool:
    """Whether it says already what is known of its Space."""
    facts = records.space(session, content.space_id).facts
    if facts is None:
        return False
    return content == _draft(session, facts, event, content.thumbnail, content)


def _thumbnail(
    gallery: Gallery, actor: Actor, facts: SpaceFacts, before: SubmissionContent | None
) -> tuple[str | None, str | None]:
    """A digest, or why there is none. One that cannot be had (now) does not keep a Space out."""
    if facts.thumbnail is None:
        return None, None
    try:
        return thumbnails.take(gallery, actor, facts.thumbnail), None
    except GalleryError as error:
        return before and before.thumbnail, f"without its thumbnail: {error}"
