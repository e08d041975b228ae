"""Ideas: the list, one with its comments, proposing and editing, asking to join."""

from collections.abc import Callable

from fastapi import APIRouter, Response
from starlette.responses import RedirectResponse

from gallery.browsing import directory
from gallery.errors import Closed, GalleryError, NotAllowed, NotFound
from gallery.event.phase import PhaseKey
from gallery.organising import moderation
from gallery.organising.moderation import Subject
from gallery.teams import ideas, join_requests
from gallery.web.forms import Number, RowId, Text
from gallery.web.paging import paged
from gallery.web.visit import Visit, VisitDep

router = APIRouter(include_in_schema=False)

CARDS = 60
"""On one page of the list."""

ANSWERS: dict[str, tuple[Callable[..., object], str]] = {
    "accept": (join_requests.accept, "accepted"),
    "decline": (join_requests.decline, "declined"),
    "take-back": (join_requests.take_back, "taken-back"),
}


@router.get("/{event_slug}/ideas")
def list_ideas(visit: VisitDep) -> Response:
    """Every idea, and where the viewer stands on the way to a team."""
    with visit.gallery.database.read() as session:
        cards = directory.idea_cards(session, visit.event)
        standing = directory.standing(session, visit.viewer, visit.event)
    return visit.page(
        "ideas.html",
        paged=paged(cards, visit.request, size=CARDS),
        standing=standing,
        is_open=visit.event.is_open(PhaseKey.SIGN_UP, visit.now)
        or visit.event.is_open(PhaseKey.TEAM_FORMING, visit.now),
    )


@router.get("/{event_slug}/ideas/new")
def propose_form(visit: VisitDep) -> Response:
    """An empty form; who is not signed in signs in first, and loses nothing."""
    try:
        ideas.require_proposing(visit.event, visit.now)
    except Closed as over:
        return _form(visit, over=over)
    visit.viewer.require_person("propose an idea")
    return _form(visit)


@router.post("/{event_slug}/ideas")
def propose(visit: VisitDep, title: Text = "", text: Text = "") -> Response:
    """To the new idea's page; what was typed is kept when it is refused."""
    try:
        with visit.gallery.database.write() as session:
            idea = ideas.propose(visit.act(session), title=title, text=text)
    except GalleryError as problem:
        return _form(visit, title=title, text=text, problem=problem)
    return visit.to(f"/ideas/{idea.id}", "idea-proposed")


@router.get("/{event_slug}/ideas/{idea_id}")
def show(visit: VisitDep, idea_id: RowId) -> Response:
    """An idea, what is said about it, and its team."""
    return _show(visit, idea_id)


@router.get("/{event_slug}/ideas/{idea_id}/edit")
def edit_form(visit: VisitDep, idea_id: RowId) -> Response:
    """For its author."""
    try:
        ideas.require_before_deadline(visit.event, visit.now)
    except Closed as over:
        return _form(visit, idea_id=idea_id, over=over)
    account_id = visit.viewer.require_person("edit an idea")
    with visit.gallery.database.read() as session:
        idea = ideas.shown(session, visit.event, idea_id)
    if idea.author_id != account_id:
        raise NotAllowed("an idea is edited by its author; comment on it instead")
    return _form(visit, idea_id=idea.id, title=idea.title, text=idea.text, number=idea.number)


@router.get("/{event_slug}/ideas/{idea_id}/{form:path}")
def leave_form(visit: VisitDep, idea_id: RowId, form: str) -> Response:
    """A refused form stands under the address that it was sent to; opened again, it is the idea."""
    if form.partition("/")[0] not in {"comments", "join", "requests", "report", "take-back"}:
        raise NotFound("there is no page at this address; open the idea again")
    return RedirectResponse(f"{visit.root}/ideas/{idea_id}", 303)


@router.post("/{event_slug}/ideas/{idea_id}")
def edit(
    visit: VisitDep, idea_id: RowId, number: Number = 0, title: Text = "", text: Text = ""
) -> Response:
    """A change that was begun on an older text is refused, and what was typed is kept."""
    return visit.change(
        lambda act: ideas.edit(act, idea_id=idea_id, title=title, text=text, number=number),
        to=f"/ideas/{idea_id}",
        done="idea-edited",
        refused=lambda problem: _form(
            visit, idea_id=idea_id, title=title, text=text, number=number, problem=problem
        ),
    )


@router.post("/{event_slug}/ideas/{idea_id}/take-back")
def take_back(visit: VisitDep, idea_id: RowId) -> Response:
    """To the list: the idea is not there any more."""
    return visit.change(
        lambda act: ideas.take_back(act, idea_id=idea_id),
        to="/ideas",
        done="idea-taken-back",
        refused=lambda problem: _show(visit, idea_id, problem=problem),
    )


@router.post("/{event_slug}/ideas/{idea_id}/comments")
def comment(visit: VisitDep, idea_id: RowId, text: Text = "") -> Response:
    """Under the others."""
    return visit.change(
        lambda act: ideas.comment(act, idea_id=idea_id, text=text),
        to=f"/ideas/{idea_id}",
        done="commented",
        refused=lambda problem: _show(visit, idea_id, comment=text, problem=problem),
    )


@router.post("/{event_slug}/ideas/{idea_id}/comments/{comment_id}/remove")
def remove_comment(visit: VisitDep, idea_id: RowId, comment_id: RowId) -> Response:
    """One's own."""
    return visit.change(
        lambda act: ideas.remove_comment(act, comment_id=comment_id),
        to=f"/ideas/{idea_id}",
        done="comment-removed",
        refused=lambda problem: _show(visit, idea_id, problem=problem),
    )


@router.post("/{event_slug}/ideas/{idea_id}/join")
def ask_to_join(visit: VisitDep, idea_id: RowId, message: Text = "") -> Response:
    """The author, or the team's lead, decides."""
    return visit.change(
        lambda act: join_requests.ask(act, idea_id=idea_id, message=message),
        to=f"/ideas/{idea_id}",
        done="asked",
        refused=lambda problem: _show(visit, idea_id, message=message, problem=problem),
    )


@router.post("/{event_slug}/ideas/{idea_id}/requests/{request_id}/{answer}")
def answer_request(visit: VisitDep, idea_id: RowId, request_id: RowId, answer: str) -> Response:
    """`accept` and `decline` by who decides, `take-back` by who asked."""
    if answer not in ANSWERS:
        raise NotFound("there is no page at this address; open the idea again")
    use_case, done = ANSWERS[answer]

    return visit.change(
        lambda act: use_case(act, request_id=request_id),
        to=f"/ideas/{idea_id}",
        done=done,
        refused=lambda problem: _show(visit, idea_id, problem=problem),
    )


@router.post("/{event_slug}/ideas/{idea_id}/report")
def report(visit: VisitDep, idea_id: RowId, reason: Text = "", comment_id: Number = 0) -> Response:
    """The idea, or the comment that is named."""
    return visit.change(
        lambda act: moderation.report(
            act,
            subject=Subject.COMMENT if comment_id else Subject.IDEA,
            subject_id=comment_id or idea_id,
            reason=reason,
        ),
        to=f"/ideas/{idea_id}",
        done="reported",
        refused=lambda problem: _show(visit, idea_id, problem=problem),
    )


def _form(
    visit: Visit,
    *,
    idea_id: int | None = None,
    title: str = "",
    text: str = "",
    number: int = 0,
    problem: GalleryError | None = None,
    over: Closed | None = None,
) -> Response:
    """`over` stands in the form's place: nobody is to write what would be refused."""
    return visit.page(
        "idea-form.html",
        problem=problem,
        over=over,
        idea_id=idea_id,
        title=title,
        text=text,
        number=number,
        title_most=ideas.TITLE_MOST,
        text_most=ideas.TEXT_MOST,
    )


def _show(
    visit: Visit,
    idea_id: int,
    *,
    comment: str = "",
    message: str = "",
    problem: GalleryError | None = None,
) -> Response:
    with visit.gallery.database.read() as session:
        view = directory.idea_view(session, visit.viewer, visit.event, idea_id)
        standing = directory.standing(session, visit.viewer, visit.event)
    return visit.page(
        "idea.html",
        problem=problem,
        view=view,
        standing=standing,
        comment=comment,
        message=message,
        forming=visit.event.is_open(PhaseKey.TEAM_FORMING, visit.now),
        before_deadline=visit.now < visit.event.deadline,
    )
