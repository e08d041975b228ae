"""What the API answers, field by field: nothing gets out that is not named here."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from gallery.browsing.browse import Card
from gallery.browsing.directory import TeamCard, TeamView
from gallery.database.tables import Submission
from gallery.event.event import Event
from gallery.event.part import Link
from gallery.event.phase import Phase
from gallery.event.programme import Milestone, Place, Talk
from gallery.event.rubric import Rubric
from gallery.event.terms import Prize, Rule


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
    likes: int | None = Field(description="Of people here; null for a juror who still judges")
    hub_likes: int | None = Field(description="Of people on the Hub; null as well then")
    health: str = Field(description="`live`, `asleep`, `down`, `gone` or `unknown`")
    controls: tuple[str, ...]
    tags: tuple[str, ...]
    submitted_at: datetime | None

    @classmethod
    def of(cls, card: Card, base: str, *, blind: bool) -> Self:
        fields = {name: getattr(card, name) for name in cls.model_fields if hasattr(card, name)}
        if blind:
            fields |= {"likes": None, "hub_likes": None}
        thumbnail = picture_address(base, card.thumbnail) if card.thumbnail else None
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
    number: int = Field(description="Of its newest text; it goes with the next change")
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
            number=team.number,
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
    state: str = Field(
        description="`draft`, `submitted`, `withdrawn`; or `waiting`: handed in, and to be shown "
        "to be the team's own, see `claim`; or `withheld`: its people were declined"
    )
    number: int = Field(description="Of the newest revision")
    submitted_at: datetime | None
    is_hidden: bool

    @classmethod
    def of(cls, submission: Submission) -> Self:
        fields = ("id", "space_id", "title", "state", "number", "submitted_at")
        values = {name: getattr(submission, name) for name in fields}
        return cls(**values, is_hidden=submission.hidden_at is not None)


def picture_address(base: str, digest: str) -> str:
    return f"{base}/pictures/{digest}/960.webp"
