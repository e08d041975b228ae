"""The parts of the page that are only shown, as HTML from templates."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from gallery.actor import Actor
from gallery.browsing.browse import Card
from gallery.database.tables import Claim, Submission
from gallery.errors import GalleryError
from gallery.event.event import Event
from gallery.event.phase import PhaseKey
from gallery.pages.front import STATE_WORDS
from gallery.sources.records import Known
from gallery.submissions.checking import Check
from gallery.submissions.content import SubmissionContent
from gallery.submissions.ownership import owner_of
from gallery.web.render import fragment
from spaces.hub.facts import SpaceFacts

PREVIEW_WORDS = {**STATE_WORDS, "unknown": "live or not: not known yet"}
"""Beside the checks of what was filled in, “not checked” would read as if they had not run."""
BLANK = Card(
    id=0,
    event="",
    space_id="",
    title="Your demo",
    emoji="✎",
    summary="",
    team_id=0,
    team="Your team",
    thumbnail=None,
    second_picture=None,
    likes=0,
    hub_likes=0,
    health="unknown",
    submitted_at=None,
)


def head(event: Event, events: Sequence[Event], viewer: Actor, now: datetime) -> str:
    return fragment("submit_head.html", event=event, events=events, viewer=viewer, now=now)


def card(content: SubmissionContent | None, submission: Submission | None) -> str:
    """The card as the gallery's home will show it."""
    shown = BLANK
    if content is not None and submission is not None:
        pictures = [picture.digest for picture in content.pictures]
        thumbnail = content.thumbnail or next(iter(pictures), None)
        shown = Card(
            id=submission.id,
            event=submission.event,
            space_id=content.space_id,
            title=content.title,
            emoji=content.emoji,
            summary=content.summary,
            team_id=submission.team_id,
            team=submission.team.name,
            thumbnail=thumbnail,
            second_picture=next((one for one in pictures if one != thumbnail), None),
            likes=submission.likes,
            hub_likes=submission.hub_likes,
            health=submission.health,
            submitted_at=submission.submitted_at,
            controls=tuple(content.controls),
            tags=tuple(content.tags),
        )
    return fragment("submit_card.html", card=shown, first=True, state_words=PREVIEW_WORDS)


def mine(event: Event, submissions: Sequence[Submission], opened: int | None, now: datetime) -> str:
    """The team's own submissions, each with the way to it, and to another while there is time."""
    is_open = event.is_open(PhaseKey.SUBMISSION, now)
    return fragment(
        "submit_mine.html", event=event, submissions=submissions, opened=opened, is_open=is_open
    )


def found(known: Known[SpaceFacts], page: str) -> str:
    """What the Hub says of the Space, and how old that is; `page` is the Space's address."""
    return fragment("submit_found.html", known=known, page=page)


def problem(error: GalleryError) -> str:
    """Escaped like everything here: sentences quote what people sent, also in an address."""
    return fragment("submit_problem.html", problem=str(error))


def opened_again() -> str:
    """Why what stands here is not what the Hub says of the Space."""
    return fragment("submit_opened.html")


def story(content: SubmissionContent | None) -> str:
    """The description as the submission's page will show it."""
    return fragment("submit_story.html", text=content.description if content else "")


def checks(done: Sequence[Check], *, is_running: bool) -> str:
    """Each with its sign, its word and what to do."""
    return fragment("submit_checks.html", checks=done, is_running=is_running)


def checked(done: Sequence[Check], *, is_coming: bool) -> str:
    """How many are good and how many are not, in a line; `is_coming` when they will run again."""
    counts = Counter(check.outcome for check in done)
    return fragment("submit_checked.html", counts=counts, is_coming=is_coming)


def deadline(event: Event, now: datetime) -> str:
    phase = event.phase(PhaseKey.SUBMISSION)
    return fragment("submit_deadline.html", event=event, phase=phase, now=now)


def standing(
    event: Event,
    submission: Submission | None,
    now: datetime,
    *,
    can_change: bool,
    claim: Claim | None = None,
    readme: str = "",
) -> str:
    """Whether handing in is open, and whether the demo is in; or what it waits for, and where the
    `readme` of its Space is edited."""
    return fragment(
        "submit_standing.html",
        phase=event.phase(PhaseKey.SUBMISSION),
        submission=submission,
        now=now,
        can_change=can_change,
        claim=claim,
        owner=owner_of(submission.space_id) if submission else "",
        readme=readme,
    )


def done(event: Event, submission: Submission, address: str) -> str:
    """What is said after handing in."""
    return fragment("submit_done.html", event=event, submission=submission, address=address)
