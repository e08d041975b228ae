"""What the API answers, field by field: nothing gets out that is not named here."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from gallery.database.tables import CheckRun, Picture, Submission
from gallery.event.event import Event
from gallery.event.part import Link
from gallery.event.phase import Phase
from gallery.event.programme import Milestone, Place, Talk
from gallery.event.rubric import Rubric
from gallery.event.terms import Prize, Rule
from gallery.people.directory import TeamCard, TeamView
from gallery.submissions.browse import Card
from gallery.submissions.content import SubmissionContent
from gallery.submissions.revisions import Version
from gallery.submissions.showing import Showing


class Answer(BaseModel):
    """One JSON object."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


class Problem(Answer):
    code: str = Field(examples=["not_found"])
    message: str = Field(description="What was expected, what came, what to do, in one sentence")
    field: str | None = Field(description="The part of the request that it is about")


class ProblemAnswer(Answer):
    """Every error has this shape."""

    error: Problem


class EventAnswer(Answer):
    """A sprint. Who organises it is not told, for these may be e-mail addresses."""

    slug: str
    name: str
    tag: str = Field(description="What a Space's card carries to take part")
    summary: str
    text: str = Field(description="Markdown")
    timezone: str
    deadline: datetime
    phases: tuple[Phase, ...]
    milestones: tuple[Milestone, ...]
    talks: tuple[Talk, ...]
    places: tuple[Place, ...]
    links: tuple[Link, ...]
    rules: tuple[Rule, ...]
    rubric: Rubric
    prizes: tuple[Prize, ...]
    team_min: int
    team_max: int
    practice_of: str | None = Field(description="Set when this is a practice copy of that event")

    @classmethod
    def of(cls, event: Event) -> Self:
        return cls.model_validate(event)


class CardAnswer(Answer):
    """A submission in a list."""

    id: int
    url: str = Field(description="Its page")
    space_id: str = Field(description="`owner/name` on the Hub")
    title: str
    emoji: str
    summary: str
    team_id: int
    team: str
    thumbnail: str | None = Field(description="Address of a picture")
    likes: int = Field(description="Of people here")
    hub_likes: int
    health: str = Field(description="`live`, `asleep`, `down` or `unknown`")
    controls: tuple[str, ...]
    tags: tuple[str, ...]
    submitted_at: datetime | None

    @classmethod
    def of(cls, card: Card, base: str) -> Self:
        fields = {name: getattr(card, name) for name in cls.model_fields if hasattr(card, name)}
        thumbnail = _picture_address(base, card.thumbnail) if card.thumbnail else None
        address = f"{base}/{card.event}/submissions/{card.id}"
        return cls(**{**fields, "url": address, "thumbnail": thumbnail})


class MemberAnswer(Answer):
    name: str
    display_name: str
    hub_name: str | None
    is_lead: bool


class TeamAnswer(Answer):
    """A team in a list."""

    id: int
    name: str
    about: str
    members: tuple[str, ...] = Field(description="Display names")

    @classmethod
    def of(cls, card: TeamCard) -> Self:
        team = card.team
        return cls(id=team.id, name=team.name, about=team.about, members=card.names)


class TeamWithSubmissions(Answer):
    """A team, and those of its submissions that the caller may see."""

    id: int
    event: str
    name: str
    about: str
    members: tuple[MemberAnswer, ...]
    submissions: tuple["OwnSubmission", ...]

    @classmethod
    def of(cls, view: TeamView) -> Self:
        team = view.team
        people = [(each.account, each.account_id == team.lead_id) for each in view.members]
        return cls(
            id=team.id,
            event=team.event,
            name=team.name,
            about=team.about,
            members=tuple(
                MemberAnswer(
                    name=account.name,
                    display_name=account.display_name,
                    hub_name=account.hub_name,
                    is_lead=is_lead,
                )
                for account, is_lead in people
            ),
            submissions=tuple(map(OwnSubmission.of, view.submissions)),
        )


class OwnSubmission(Answer):
    """How far a submission is; `number` goes with the next save."""

    id: int
    space_id: str
    title: str
    state: str = Field(description="`draft`, `submitted` or `withdrawn`")
    number: int = Field(description="Of the newest revision")
    submitted_at: datetime | None
    is_hidden: bool

    @classmethod
    def of(cls, submission: Submission) -> Self:
        fields = ("id", "space_id", "title", "state", "number", "submitted_at")
        values = {name: getattr(submission, name) for name in fields}
        return cls(**values, is_hidden=submission.hidden_at is not None)


class PictureAnswer(Answer):
    """A stored picture; `digest` names it in a submission's content."""

    digest: str
    caption: str
    width: int
    height: int
    url: str

    @classmethod
    def of(cls, picture: Picture, base: str, caption: str = "") -> Self:
        return cls(
            digest=picture.digest,
            caption=caption,
            width=picture.width,
            height=picture.height,
            url=f"{base}/pictures/{picture.digest}.webp",
        )


class HealthAnswer(Answer):
    """How the demo did in the last seven days."""

    state: str
    stage: str | None = Field(description="The Hub's own word")
    at: datetime | None = Field(description="When somebody looked last")
    since: datetime | None
    answered: float | None = Field(description="Share of the looks that it should have answered")
    seconds: float | None = Field(description="Median until it answered")


class SubmissionAnswer(Answer):
    """One submission, whole."""

    id: int
    event: str
    url: str
    state: str
    number: int = Field(description="Of the newest revision; it goes with the next save")
    submitted_at: datetime | None
    content: SubmissionContent
    team_id: int
    team: str
    members: tuple[MemberAnswer, ...]
    likes: int
    hub_likes: int
    health: HealthAnswer
    pictures: tuple[PictureAnswer, ...]
    facts_from: datetime | None = Field(description="When the Hub was last heard about its Space")
    changed_since_deadline: tuple[str, ...] = Field(description="Repositories")

    @classmethod
    def of(cls, shown: Showing, base: str) -> Self:
        submission = shown.submission
        return cls(
            id=submission.id,
            event=submission.event,
            url=f"{base}/{submission.event}/submissions/{submission.id}",
            state=submission.state,
            number=submission.number,
            submitted_at=submission.submitted_at,
            content=shown.content,
            team_id=submission.team_id,
            team=shown.team,
            members=tuple(map(MemberAnswer.model_validate, shown.members)),
            likes=submission.likes,
            hub_likes=submission.hub_likes,
            health=HealthAnswer.model_validate(shown.health),
            pictures=pictures_of(shown, base),
            facts_from=shown.space.fetched_at,
            changed_since_deadline=tuple(pin.repo_id for pin in shown.drifted),
        )


class RevisionAnswer(Answer):
    number: int
    saved_at: datetime
    author: str
    note: str

    @classmethod
    def all(cls, versions: Sequence[Version]) -> list[Self]:
        return [cls.model_validate(version) for version in versions]


class CheckAnswer(Answer):
    name: str
    title: str
    outcome: str = Field(description="`pass`, `warning`, `failure` or `unknown`")
    message: str
    remedy: str
    subject: str = Field("", description="The repository that it is about")


class CheckRunAnswer(Answer):
    """What the checks said when they last ran; `at` is null before they did."""

    at: datetime | None
    results: tuple[CheckAnswer, ...]

    @classmethod
    def of(cls, run: CheckRun | None) -> Self:
        if run is None:
            return cls(at=None, results=())
        return cls(at=run.at, results=tuple(map(CheckAnswer.model_validate, run.results)))


def pictures_of(shown: Showing, base: str) -> tuple[PictureAnswer, ...]:
    """A submission's sample pictures in its order."""
    return tuple(
        PictureAnswer.of(shown.pictures[sample.digest], base, sample.caption)
        for sample in shown.content.pictures
        if sample.digest in shown.pictures
    )


def _picture_address(base: str, digest: str) -> str:
    return f"{base}/pictures/{digest}/960.webp"
