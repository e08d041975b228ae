"""What is searched, filtered and shown on cards, kept beside each submission.

Whoever changes a submission's content or what the Hub says about its Space calls `reindex` in the
same transaction, so that a search never shows what a page no longer says. The team's name is none
of it: the listing joins it.
"""

from collections.abc import Iterator

from gallery.database.tables import Facet, Submission
from gallery.folding import fold
from gallery.submissions.content import SubmissionContent
from spaces.hub.facts import SpaceFacts


def reindex(
    submission: Submission,
    content: SubmissionContent,
    facts: SpaceFacts | None = None,
) -> None:
    """Fills the columns, facets and search text from `content`; likes from `facts` where known.

    The submission need not be stored yet.
    """
    pictures = [picture.digest for picture in content.pictures]
    thumbnail = content.first_picture
    submission.space_id = content.space_id
    submission.title = content.title
    submission.emoji = content.emoji
    submission.summary = content.summary
    submission.thumbnail = thumbnail
    submission.second_picture = next((one for one in pictures if one != thumbnail), None)
    submission.search_text = search_text(content)
    _set_facets(submission, frozenset(facets(content)), besides=("app",))
    if facts is not None:
        submission.hub_likes = facts.likes
        index_app(submission, facts)


def index_app(submission: Submission, facts: SpaceFacts) -> None:
    """Notes the Space's app file, by which duplicates find each other: the facet `app`."""
    wanted = frozenset() if facts.app_digest is None else frozenset({("app", facts.app_digest)})
    others = tuple({facet.kind for facet in submission.facets if facet.kind != "app"})
    _set_facets(submission, wanted, besides=others)


def search_text(content: SubmissionContent) -> str:
    """The title first, the long story last."""
    parts = (
        content.title,
        content.summary,
        content.space_id,
        *content.tags,
        *content.controls,
        *content.models,
        *content.datasets,
        content.base_model,
        content.description,
    )
    return fold("\n".join(part for part in parts if part))


def facets(content: SubmissionContent) -> Iterator[tuple[str, str]]:
    """`(kind, value)` of everything that a submission can be filtered by or related through."""
    yield "task", content.task.value
    named = {
        "tag": content.tags,
        "control": content.controls,
        "base_model": (content.base_model,),
        "model": content.models,
        "dataset": content.datasets,
        "license": (content.license,),
    }
    for kind, values in named.items():
        for value in values:
            if value:
                yield kind, facet_value(value)


def facet_value(named: str) -> str:
    """As it is kept and compared: repositories keep their capitals, words do not."""
    return named if "/" in named else named.casefold()


def _set_facets(
    submission: Submission, wanted: frozenset[tuple[str, str]], *, besides: tuple[str, ...]
) -> None:
    """Makes the facets those wanted; of the kinds in `besides` they stay as they are.

    Only the difference is written: an autosave that changes no tag touches no row.
    """
    kept = [
        facet
        for facet in submission.facets
        if facet.kind in besides or (facet.kind, facet.value) in wanted
    ]
    there = {(facet.kind, facet.value) for facet in kept}
    added = [Facet(kind=kind, value=value) for kind, value in sorted(wanted - there)]
    if added or len(kept) != len(submission.facets):
        submission.facets = [*kept, *added]
