"""One's account: the name, ways to sign in, teams, one's data; and invitations to a role."""

import json

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from gallery.actor import Actor
from gallery.database.tables import Account
from gallery.errors import GalleryError
from gallery.gallery import Gallery
from gallery.pages.sign_in import PRIVATE
from gallery.people import accounts, notifications, preferences, roles, sessions
from gallery.teams import invitations as team_invitations
from gallery.teams import personal_data
from gallery.web import notices
from gallery.web.dependencies import GalleryDep, NowDep, ViewerDep
from gallery.web.forms import Text
from gallery.web.render import page

router = APIRouter(include_in_schema=False)

UNLINKING = {"hub": accounts.unlink_hub, "email": accounts.unlink_email}


@router.get("/account")
def show(request: Request, gallery: GalleryDep, viewer: ViewerDep) -> Response:
    """Everything that one can change about oneself."""
    return _show(request, gallery, viewer)


@router.post("/account")
def rename(
    request: Request,
    gallery: GalleryDep,
    viewer: ViewerDep,
    now: NowDep,
    display_name: Text = "",
) -> Response:
    """The name that others read."""
    try:
        with gallery.database.write() as session:
            accounts.rename(session, viewer, now, display_name=display_name)
    except GalleryError as problem:
        return _show(request, gallery, viewer, problem=problem, display_name=display_name)
    return notices.to(gallery, "/account", "renamed")


@router.post("/account/unlink")
def unlink(
    request: Request, gallery: GalleryDep, viewer: ViewerDep, now: NowDep, way: Text = ""
) -> Response:
    """`hub` or `email`; the last way to sign in stays."""
    try:
        with gallery.database.write() as session:
            UNLINKING.get(way, accounts.unlink_hub)(session, viewer, now)
    except GalleryError as problem:
        return _show(request, gallery, viewer, problem=problem)
    return notices.to(gallery, "/account", "unlinked")


@router.post("/account/sign-out-everywhere")
def sign_out_everywhere(gallery: GalleryDep, viewer: ViewerDep, now: NowDep) -> Response:
    """This browser, too: who asks for it may have lost another."""
    with gallery.database.write() as session:
        accounts.sign_out_everywhere(session, viewer, now)
    return _signed_out()


@router.get("/account/data.json")
def download(gallery: GalleryDep, viewer: ViewerDep, now: NowDep) -> Response:
    """A file to keep."""
    with gallery.database.read() as session:
        data = personal_data.export(session, viewer, now)
    headers = {**PRIVATE, "Content-Disposition": 'attachment; filename="my-data.json"'}
    text = json.dumps(data, indent=2, ensure_ascii=False)
    return Response(text, media_type="application/json", headers=headers)


@router.post("/account/delete")
def delete(
    request: Request,
    gallery: GalleryDep,
    viewer: ViewerDep,
    now: NowDep,
    typed_name: Text = "",
) -> Response:
    """For good, after typing one's name."""
    try:
        with gallery.database.write() as session:
            personal_data.forget(
                session, viewer, now, events=gallery.events.values(), typed_name=typed_name
            )
    except GalleryError as problem:
        return _show(request, gallery, viewer, problem=problem, typed_name=typed_name)
    return _signed_out()


@router.get("/account/invitation/{token}")
def look_at_invitation(
    request: Request, gallery: GalleryDep, viewer: ViewerDep, now: NowDep, token: str
) -> Response:
    """What a link to a role offers; looking does not use it up."""
    viewer.require_person("accept this invitation")
    with gallery.database.read() as session:
        invitation = roles.look(session, token, now)
    event = gallery.event(invitation.event)
    return page(
        request,
        "role-invitation.html",
        viewer=viewer,
        event=event,
        headers={**PRIVATE, "Referrer-Policy": "same-origin"},
        invitation=invitation,
    )


@router.post("/account/invitation/{token}")
def follow_invitation(gallery: GalleryDep, viewer: ViewerDep, now: NowDep, token: str) -> Response:
    """From now on the viewer is organiser or juror, and stands where their work is."""
    with gallery.database.write() as session:
        invitation = roles.follow(session, viewer, now, token=token)
    board = "organise" if invitation.role == roles.RoleName.ORGANISER else "jury"
    return RedirectResponse(f"/{invitation.event}/{board}", 303)


def _show(
    request: Request,
    gallery: Gallery,
    viewer: Actor,
    *,
    problem: GalleryError | None = None,
    display_name: str | None = None,
    typed_name: str = "",
) -> Response:
    account_id = viewer.require_person("see your account")
    with gallery.database.read() as session:
        account = session.get_one(Account, account_id)
        teams = personal_data.teams_of(session, account_id)
        invitations = team_invitations.waiting(session, account_id)
        off = preferences.switched_off(session, account_id)
    return page(
        request,
        "account.html",
        viewer=viewer,
        event=gallery.current,
        status=problem.status if problem else 200,
        headers=PRIVATE,
        account=account,
        teams=[team for team in teams if team.event in gallery.events],
        invitations=[one for one in invitations if one.team.event in gallery.events],
        events=gallery.events,
        display_name=account.display_name if display_name is None else display_name,
        typed_name=typed_name,
        kinds=notifications.WORDS,
        off=off,
        by_hub=bool(gallery.settings.oauth_client_id),
        problem=problem,
    )


def _signed_out() -> Response:
    answer = RedirectResponse("/", 303, PRIVATE)
    answer.delete_cookie(sessions.COOKIE)
    return answer
