"""The ids of repositories in a submission: spelt as the Hub spells them, and known to it.

A use case runs inside a transaction and cannot ask the Hub, so whoever offers it (a page, the API)
calls `ask_about` before. What the Hub does not answer in time keeps nobody from handing in: the
checks and the watcher ask again.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from gallery.actor import Actor
from gallery.database.tables import Submission
from gallery.errors import Invalid
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.sources import records
from gallery.sources.records import Known, Repo, RepoType
from gallery.submissions import renaming, revisions
from gallery.submissions.access import of_team
from gallery.submissions.content import SubmissionContent
from spaces.hub.addresses import is_repo_id, is_space_id, repo_key
from spaces.hub.facts import ModelFacts, SpaceFacts

CERTAIN = timedelta(minutes=10)
"""For so long, what the Hub said of a Space is taken to be true still."""
AT_ONCE = 8
KINDS: dict[RepoType, tuple[str, str, str]] = {
    "space": ("space_id", "Space", "huggingface.co/spaces/owner/name"),
    "model": ("models", "model", "huggingface.co/owner/name"),
    "dataset": ("datasets", "dataset", "huggingface.co/datasets/owner/name"),
}
"""The field of each type of repository, what people call it, and where it is found."""


def repos_of(content: SubmissionContent) -> tuple[Repo, ...]:
    """The Space first, then models and datasets in their order."""
    space: Repo = "space", content.space_id
    models: list[Repo] = [("model", name) for name in content.models]
    datasets: list[Repo] = [("dataset", name) for name in content.datasets]
    return (space, *models, *datasets)


def ask_about(
    gallery: Gallery,
    actor: Actor,
    *,
    event: Event,
    submission_id: int,
    content: SubmissionContent | None = None,
    is_handing_in: bool = True,
) -> None:
    """Asks the Hub about what a submission of the actor's names, or will with a new `content`.

    Only what is not known yet is asked, and nothing of what stays a draft. Raises as `of_team`
    does; never for the Hub's sake. Must not be called within a transaction.
    """
    with gallery.database.read() as session:
        submission = of_team(session, actor, event=event, submission_id=submission_id)
        if not is_handing_in and submission.state == "draft":
            return
        named = repos_of(content or revisions.current(session, submission))
        known = records.several(session, named)
    space, *others = named
    if not _is_certain(known[space], gallery.clock()) and _ask(gallery, space).problem is not None:
        return  # a Hub that is down is not waited for forty times
    unknown = [repo for repo in others if known[repo].facts is None]
    if unknown:
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="ask") as pool:
            list(pool.map(lambda repo: _ask(gallery, repo), unknown))


def spelt(session: Session, content: SubmissionContent) -> SubmissionContent:
    """`content` with every id as the Hub spells it, as far as it was asked; none comes twice."""
    known = records.several(session, (*repos_of(content), ("model", content.base_model)))

    def name(repo: Repo) -> str:
        facts = known[repo].facts
        return repo[1] if facts is None else facts.repo_id

    def names(repo_type: RepoType, given: Iterable[str]) -> tuple[str, ...]:
        found = (name((repo_type, one)) for one in given)
        return tuple({repo_key(one): one for one in reversed([*found])}.values())[::-1]

    base = known["model", content.base_model].facts
    return content.model_copy(
        update={
            "space_id": name(("space", content.space_id)),
            "models": names("model", content.models),
            "datasets": names("dataset", content.datasets),
            "base_model": base.repo_id if isinstance(base, ModelFacts) else content.base_model,
        }
    )


def require_known(
    session: Session, content: SubmissionContent, *, before: SubmissionContent | None = None
) -> None:
    """Raises `Invalid` for ids that are none, and for what the Hub says that it does not have.

    What stood there `before` may stay: a model that was deleted since keeps nobody from saving.
    """
    stood = set() if before is None else {(kind, repo_key(one)) for kind, one in repos_of(before)}
    named = [repo for repo in repos_of(content) if (repo[0], repo_key(repo[1])) not in stood]
    known = records.several(session, named)
    for kind, (field, what, where) in KINDS.items():
        ids = [one for its, one in named if its == kind]
        is_id = is_space_id if kind == "space" else is_repo_id
        odd = [one for one in ids if not is_id(one)]
        if odd:
            raise Invalid(
                f"a {what} is owner/name, as in {where}, got {_listed(odd)}; correct it",
                field=field,
            )
        missing = [one for one in ids if known[kind, one].is_missing]
        if missing:
            way = "or make it public in its settings"
            raise Invalid(
                f"the Hub has no public {what} {_listed(missing)}; check the spelling, {way}"
                + ("" if kind == "space" else ", or take it out"),
                field=field,
            )


def without_unknown(
    session: Session, content: SubmissionContent, before: SubmissionContent
) -> tuple[SubmissionContent, list[Invalid]]:
    """`content` where `require_known` lets it pass, else what stood there `before`; and why."""
    problems: list[Invalid] = []
    for _ in KINDS:
        try:
            require_known(session, spelt(session, content), before=before)
        except Invalid as error:
            problems.append(error)
            content = content.model_copy(update={error.field: getattr(before, error.field)})
    return content, problems


def _is_certain(known: Known, now: datetime) -> bool:
    """What was not there is asked for again at once: it may have been made public since."""
    fetched_at = known.fetched_at
    return known.facts is not None and fetched_at is not None and now - fetched_at < CERTAIN


def _ask(gallery: Gallery, repo: Repo) -> Known:
    if not is_repo_id(repo[1]):
        return records.NOTHING
    known = records.refresh(gallery, *repo)
    if isinstance(known.facts, SpaceFacts):
        renaming.follow(gallery, former=repo[1], facts=known.facts)
    return known


def _listed(ids: Iterable[str]) -> str:
    return ", ".join(one if len(one) <= 100 else f"{one[:99]}…" for one in ids)


def is_of(submission: Submission, space_id: str) -> bool:
    """Whether a submission is of this Space, however it is spelt."""
    return submission.space_key == repo_key(space_id)
