"""What the API answers about one submission, field by field."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Self

from pydantic import Field

from gallery.api.answers import Answer, MemberAnswer
from gallery.database.tables import CheckRun, Picture
from gallery.submissions.content import SubmissionContent
from gallery.submissions.history import Happening
from gallery.submissions.revisions import Version
from gallery.submissions.showing import Linked, Showing


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


class DayAnswer(Answer):
    """One day of looks at the demo, in UTC."""

    day: date
    looks: int
    answered: float | None = Field(
        description="Share of the looks that it should have answered; null when it slept"
    )
    seconds: float | None = Field(description="Median until it answered")


class HealthAnswer(Answer):
    """How the demo did in the last seven days."""

    state: str = Field(description="`live`, `asleep`, `down`, `gone` or `unknown`")
    stage: str | None = Field(description="The Hub's own word")
    at: datetime | None = Field(description="When somebody looked last")
    since: datetime | None
    answered: float | None = Field(description="Share of the looks that it should have answered")
    seconds: float | None = Field(description="Median until it answered")
    days: tuple[DayAnswer, ...] = Field(description="The oldest first, without those of no look")


class CardReportAnswer(Answer):
    """How complete a model's or dataset's card is."""

    is_complete: bool
    present: tuple[str, ...]
    missing: tuple[str, ...]


class PinAnswer(Answer):
    """A repository's commit at the deadline, and the first other one seen since."""

    repo_type: str = Field(description="`space`, `model` or `dataset`")
    repo_id: str
    commit: str | None = Field(description="Null when it was not there, or private")
    deadline: datetime = Field(description="What it was taken for: the one in force")
    pinned_at: datetime
    drifted_to: str | None = Field(description="A commit, or `deleted`")
    drifted_at: datetime | None


class LinkedAnswer(Answer):
    """A model or dataset that a submission names."""

    repo_id: str
    is_missing: bool = Field(description="The Hub says that it is not there, or private")
    license: str | None
    card: CardReportAnswer | None = Field(description="Null while nothing is known of it")
    facts_from: datetime | None = Field(description="When the Hub was last heard about it")

    @classmethod
    def of(cls, linked: Linked) -> Self:
        known, card = linked.known, linked.card
        return cls(
            repo_id=linked.repo_id,
            is_missing=known.is_missing,
            license=known.facts.license if known.facts else None,
            card=CardReportAnswer(
                is_complete=not card.missing, present=card.present, missing=card.missing
            )
            if card
            else None,
            facts_from=known.fetched_at,
        )


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
    likes: int | None = Field(description="Of people here; null for a juror who still judges")
    hub_likes: int | None = Field(description="Of people on the Hub; null as well then")
    health: HealthAnswer
    pictures: tuple[PictureAnswer, ...]
    models: tuple[LinkedAnswer, ...]
    datasets: tuple[LinkedAnswer, ...]
    facts_from: datetime | None = Field(description="When the Hub was last heard about its Space")
    pins: tuple[PinAnswer, ...] = Field(description="Taken at the deadline; empty before")
    changed_since_deadline: tuple[str, ...] = Field(description="Repositories")

    @classmethod
    def of(cls, shown: Showing, base: str, *, blind: bool) -> Self:
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
            likes=None if blind else submission.likes,
            hub_likes=None if blind else submission.hub_likes,
            health=HealthAnswer.model_validate(shown.health),
            pictures=pictures_of(shown, base),
            models=tuple(map(LinkedAnswer.of, shown.models)),
            datasets=tuple(map(LinkedAnswer.of, shown.datasets)),
            facts_from=shown.space.fetched_at,
            pins=tuple(map(PinAnswer.model_validate, shown.pins)),
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


class HappeningAnswer(Answer):
    """Something that was done to a submission."""

    at: datetime
    verb: str = Field(
        description="`saved`, `submitted`, `withdrawn`, `brought_back`, `hidden`, `restored`, "
        "`handed_over`, `collected`, `claimed`, `proved`, `granted`, `refused` or `gave_way`"
    )
    author: str
    note: str = Field(description="Why, where somebody had to say so")
    number: int | None = Field(description="Of the revision, when it was saved")
    teams: tuple[str, ...] = Field(description="From which to which it was handed over")

    @classmethod
    def all(cls, happenings: Sequence[Happening]) -> list[Self]:
        return [cls.model_validate(each) for each in happenings]


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
