"""Teams: the list, one with its members, forming, inviting, leading, leaving, tokens."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter, Response
from starlette.responses import RedirectResponse

from gallery.browsing import directory
from gallery.errors import Closed, GalleryError, NotFound
from gallery.event.phase import PhaseKey
from gallery.judging import feedback, results
from gallery.teams import ideas, teams, tokens
from gallery.teams import invitations as team_invitations
from gallery.web.forms import Number, RowId, Text
from gallery.web.paging import paged
from gallery.web.visit import Visit, VisitDep

router = APIRouter(include_in_schema=False)

CARDS = 30
"""On one page of the list: a few screens of a phone."""
WORDS_MOST = 100


@dataclass(frozen=True)
class Button:
    """A form of one button: what it does, and where one is afterwards."""

    use_case: Callable[..., object]
    done: str
    to: str = "/teams/{team_id}"


TEAM_BUTTONS = {
    "leave": Button(teams.leave, "team-left", "/teams"),
    "dissolve": Button(teams.dissolve, "team-dissolved", "/teams"),
    "claim": Button(teams.claim, "team-claimed"),
}
MEMBER_BUTTONS = {
    "remove": Button(teams.remove_member, "removed"),
    "lead": Button(teams.pass_lead, "lead-passed"),
}
INVITATION_BUTTONS = {
    "accept": Button(team_invitations.accept, "joined"),
    "decline": Button(team_invitations.decline, "declined"),
    "take-back": Button(team_invitations.take_back, "taken-back"),
}


@router.get("/{event_slug}/teams")
def list_teams(visit: VisitDep, q: str = "") -> Response:
    """Every team, the ones that look for people marked; `q` is a part of its or a member's name."""
    with visit.gallery.database.read() as session:
        cards = directory.team_cards(session, visit.event)
        standing = directory.standing(session, visit.viewer, visit.event)
    words = " ".join(q.split())[:WORDS_MOST]
    found = [card for card in cards if card.is_called(words)]
    return visit.page(
        "teams.html",
        paged=paged(found, visit.request, size=CARDS),
        total=len(cards),
        words=words,
        standing=standing,
        forming=visit.event.is_open(PhaseKey.TEAM_FORMING, visit.now),
    )


@router.get("/{event_slug}/teams/new")
def form_form(visit: VisitDep, idea: Number | None = None) -> Response:
    """A name and a sentence; around an idea, when its page led here."""
    try:
        visit.event.require_open(PhaseKey.TEAM_FORMING, visit.now, "forming teams")
    except Closed as over:
        return _form(visit, idea_id=None, over=over)
    visit.viewer.require_person("form a team")
    return _form(visit, idea_id=idea)


@router.post("/{event_slug}/teams")
def form(visit: VisitDep, name: Text = "", about: Text = "", idea: Number = 0) -> Response:
    """To the new team's page; what was typed is kept when it is refused."""
    try:
        with visit.gallery.database.write() as session:
            team = teams.form(visit.act(session), name=name, about=about, idea_id=idea or None)
    except GalleryError as problem:
        return _form(visit, idea_id=idea or None, name=name, about=about, problem=problem)
    return visit.to(f"/teams/{team.id}", "team-formed")


@router.get("/{event_slug}/teams/{team_id}")
def show(visit: VisitDep, team_id: RowId) -> Response:
    """Who is in it, what it has handed in, and what its members may do."""
    return _show(visit, team_id)


@router.get("/{event_slug}/teams/{team_id}/{form:path}")
def leave_form(visit: VisitDep, team_id: RowId, form: str) -> Response:
    """A refused form stands under the address that it was sent to; opened again, it is the team."""
    if form.partition("/")[0] not in {"invitations", "members", "tokens", *TEAM_BUTTONS}:
        raise NotFound("there is no page at this address; open the team again")
    return RedirectResponse(f"{visit.root}/teams/{team_id}", 303)


@router.post("/{event_slug}/teams/{team_id}")
def edit(
    visit: VisitDep, team_id: RowId, number: Number = 0, name: Text = "", about: Text = ""
) -> Response:
    """A change that was begun on an older text is refused, and what was typed is kept."""
    return visit.change(
        lambda act: teams.edit(act, team_id=team_id, name=name, about=about, number=number),
        to=f"/teams/{team_id}",
        done="team-edited",
        refused=lambda problem: _show(
            visit, team_id, typed={"name": name, "about": about}, problem=problem
        ),
    )


@router.post("/{event_slug}/teams/{team_id}/invitations")
def invite(visit: VisitDep, team_id: RowId, name: Text = "") -> Response:
    """By name."""
    return visit.change(
        lambda act: team_invitations.invite(act, team_id=team_id, name=name),
        to=f"/teams/{team_id}",
        done="invited",
        refused=lambda problem: _show(visit, team_id, typed={"invite": name}, problem=problem),
    )


@router.post("/{event_slug}/teams/{team_id}/invitations/{invitation_id}/{button}")
def answer_invitation(
    visit: VisitDep, team_id: RowId, invitation_id: RowId, button: str
) -> Response:
    """`accept`, `decline`, `take-back`."""
    return _press(visit, INVITATION_BUTTONS, button, team_id, invitation_id=invitation_id)


@router.post("/{event_slug}/teams/{team_id}/members/{account_id}/{button}")
def change_member(visit: VisitDep, team_id: RowId, account_id: RowId, button: str) -> Response:
    """`remove`, `lead`."""
    return _press(visit, MEMBER_BUTTONS, button, team_id, team_id=team_id, account_id=account_id)


@router.post("/{event_slug}/teams/{team_id}/tokens")
def make_token(visit: VisitDep, team_id: RowId, label: Text = "") -> Response:
    """Shown in this answer and never again, so it is no redirect."""
    try:
        with visit.gallery.database.write() as session:
            secret = tokens.make_token(visit.act(session), team_id=team_id, label=label)
    except GalleryError as problem:
        return _show(visit, team_id, typed={"label": label}, problem=problem)
    return _show(visit, team_id, secret=secret)


@router.post("/{event_slug}/teams/{team_id}/tokens/{token_id}/end")
def end_token(visit: VisitDep, team_id: RowId, token_id: RowId) -> Response:
    """It works no more from now on."""
    end = {"end": Button(tokens.end_token, "token-ended")}
    return _press(visit, end, "end", team_id, token_id=token_id)


@router.post("/{event_slug}/teams/{team_id}/{button}")
def press(visit: VisitDep, team_id: RowId, button: str) -> Response:
    """`leave`, `dissolve`, `claim`."""
    return _press(visit, TEAM_BUTTONS, button, team_id, team_id=team_id)


def _press(
    visit: Visit, buttons: dict[str, Button], name: str, on_page: int, **which: int
) -> Response:
    if name not in buttons:
        raise NotFound("there is no page at this address; open the team again")
    button = buttons[name]
    return visit.change(
        lambda act: button.use_case(act, **which),
        to=button.to.format(team_id=on_page),
        done=button.done,
        refused=lambda problem: _show(visit, on_page, problem=problem),
    )


def _form(
    visit: Visit,
    *,
    idea_id: int | None,
    name: str | None = None,
    about: str = "",
    problem: GalleryError | None = None,
    over: Closed | None = None,
) -> Response:
    """`over` stands in the form's place: nobody is to write what would be refused."""
    idea = None
    if idea_id:
        with visit.gallery.database.read() as session:
            idea = ideas.shown(session, visit.event, idea_id)
    suggested = idea.title[: teams.NAME_MOST].rstrip() if idea else ""
    return visit.page(
        "team-form.html",
        problem=problem,
        over=over,
        idea=idea,
        name=suggested if name is None else name,
        about=about,
        name_most=teams.NAME_MOST,
        about_most=teams.ABOUT_MOST,
    )


def _show(
    visit: Visit,
    team_id: int,
    *,
    typed: dict[str, str] | None = None,
    secret: str | None = None,
    problem: GalleryError | None = None,
) -> Response:
    with visit.gallery.database.read() as session:
        view = directory.team_view(session, visit.viewer, visit.event, team_id)
        standing = directory.standing(session, visit.viewer, visit.event)
        said = feedback.of_team(visit.act(session), team_id=team_id)
        result = results.published(session, visit.event)
    return visit.page(
        "team.html",
        feedback=said,
        judged={row.demo for row in result.rows} if result is not None else (),
        problem=problem,
        view=view,
        standing=standing,
        typed=typed or {},
        secret=secret,
        forming=visit.event.is_open(PhaseKey.TEAM_FORMING, visit.now),
        before_deadline=visit.now < visit.event.deadline,
        name_most=teams.NAME_MOST,
        about_most=teams.ABOUT_MOST,
    )
