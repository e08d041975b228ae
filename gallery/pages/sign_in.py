"""Signing in, by the Hub or by a link in a mail, and out."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse

from gallery.actor import VISITOR, Actor
from gallery.database.tables import Account
from gallery.errors import GalleryError, Invalid, NotAllowed, NotFound
from gallery.event.phase import PhaseKey
from gallery.gallery import Gallery
from gallery.people import accounts, attempts, email_links, hub_sign_in, mail, sessions
from gallery.people.openid import OpenId
from gallery.people.texts import email_address, own_path
from gallery.web import notices
from gallery.web.dependencies import GalleryDep, NowDep, ViewerDep
from gallery.web.render import page

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form()]
PRIVATE = {"Cache-Control": "no-store"}


@router.get("/sign-in")
def choose(request: Request, gallery: GalleryDep, viewer: ViewerDep, next: str = "/") -> Response:
    """Both ways, side by side; who is signed in already goes where they wanted to."""
    if viewer.is_signed_in:
        return RedirectResponse(own_path(next), 303)
    return _choose(request, gallery, own_path(next))


@router.get("/sign-in/hub")
def to_the_hub(
    request: Request,
    gallery: GalleryDep,
    viewer: ViewerDep,
    now: NowDep,
    next: str = "/",
) -> Response:
    """Who is signed in already links the Hub to their account."""
    client = _openid(gallery)
    attempts.require(gallery.database, now, (hub_sign_in.BY_ADDRESS, _address(request)))
    try:
        with gallery.database.write() as session:
            way = hub_sign_in.begin(
                session, now, next_path=own_path(next), account_id=viewer.account_id
            )
        address = client.address(state=way.state, nonce=way.nonce, code_verifier=way.code_verifier)
    except GalleryError as error:
        return _choose(request, gallery, own_path(next), viewer=viewer, problem=error)
    answer = RedirectResponse(address, 303, PRIVATE)
    answer.set_cookie(
        hub_sign_in.COOKIE,
        way.state,
        max_age=int(hub_sign_in.LASTS.total_seconds()),
        path="/sign-in/hub",
        secure=gallery.settings.is_https,
        httponly=True,
        samesite="lax",
    )
    return answer


@router.get("/sign-in/hub/callback")
def from_the_hub(
    request: Request,
    gallery: GalleryDep,
    viewer: ViewerDep,
    now: NowDep,
    state: str = "",
    code: str = "",
    error: str = "",
) -> Response:
    """The state is used up first, so that a replayed address does nothing."""
    client = _openid(gallery)
    cookie = request.cookies.get(hub_sign_in.COOKIE)
    next_path = "/"
    try:
        with gallery.database.write() as session:
            way = hub_sign_in.come_back(session, now, state=state, cookie=cookie)
        next_path = way.next_path
        if not code:
            said = "you did not agree" if error == "access_denied" else "it gave no code"
            raise NotAllowed(
                f"the Hub did not say who you are ({said}); try again, or sign in by e-mail"
            )
        if way.account_id is not None and way.account_id != viewer.account_id:
            raise NotAllowed("you signed out on the way to the Hub; sign in and link it again")
        person = client.person(code=code, nonce=way.nonce, code_verifier=way.code_verifier, now=now)
        with gallery.database.write() as session:
            if way.account_id is None:
                account = accounts.of_hub(session, person, now)
                next_path = _landing(session, gallery, account, now, next_path)
            else:
                account = accounts.link_hub(session, way.account_id, person, now)
            signed_in = _signed_in(request, gallery, session, account, by="hub")
    except GalleryError as problem:
        answer = _choose(request, gallery, next_path, viewer=viewer, problem=problem)
    else:
        going = (
            RedirectResponse(next_path, 303)
            if way.account_id is None
            else notices.to(gallery, next_path, "linked")
        )
        answer = _with_cookie(going, gallery, signed_in)
    answer.delete_cookie(hub_sign_in.COOKIE, path="/sign-in/hub")
    return answer


@router.post("/sign-in/email")
def send_link(
    request: Request,
    gallery: GalleryDep,
    viewer: ViewerDep,
    now: NowDep,
    email: Text = "",
    next: Text = "/",
) -> Response:
    """Always the same answer: whether an address has an account is nobody's business."""
    next_path = own_path(next)
    try:
        mail.require(gallery.settings)  # before a link is made
        to = email_address(email)
        attempts.require(
            gallery.database,
            now,
            (email_links.BY_ADDRESS, _address(request)),
            (email_links.BY_EMAIL, to),
            (email_links.BY_BOTH, f"{_address(request)} {to}"),
        )
        with gallery.database.write() as session:
            token = email_links.request(session, to, now, next_path=next_path, actor=viewer)
        letter = email_links.letter(gallery.settings.base_url, to, token, gallery.current.name)
        mail.send(gallery.settings, letter)
    except GalleryError as problem:
        return _choose(
            request, gallery, next_path, viewer=viewer, problem=problem, email=email[:254]
        )
    return page(
        request,
        "sign-in-sent.html",
        viewer=viewer,
        headers=PRIVATE,
        email=to,
        minutes=int(email_links.LASTS.total_seconds() // 60),
        in_log=gallery.settings.smtp_url is None,
    )


@router.get("/sign-in/email/{token}")
def look_at_link(
    request: Request, gallery: GalleryDep, viewer: ViewerDep, now: NowDep, token: str
) -> Response:
    """A button: mail scanners follow links, but press nothing."""
    attempts.require(gallery.database, now, (email_links.OPENING, _address(request)))
    return _link_page(request, gallery, viewer, token)


@router.post("/sign-in/email/{token}")
def use_link(
    request: Request,
    gallery: GalleryDep,
    viewer: ViewerDep,
    now: NowDep,
    token: str,
    display_name: Text = "",
) -> Response:
    """In a transaction: of two presses at once, one signs in."""
    attempts.require(gallery.database, now, (email_links.OPENING, _address(request)))
    try:
        with gallery.database.write() as session:
            account, next_path = email_links.use(
                session, viewer, now, token=token, display_name=display_name
            )
            if viewer.account_id != account.id:
                next_path = _landing(session, gallery, account, now, next_path)
            signed_in = _signed_in(request, gallery, session, account, by="email")
    except (Invalid, NotAllowed) as problem:
        return _link_page(
            request, gallery, viewer, token, problem=problem, display_name=display_name
        )
    going = (
        notices.to(gallery, next_path, "linked")
        if viewer.account_id == account.id
        else RedirectResponse(next_path, 303)
    )
    return _with_cookie(going, gallery, signed_in)


@router.post("/sign-out")
def sign_out(request: Request, gallery: GalleryDep, now: NowDep) -> Response:
    """The session ends on the server: a copied cookie is worth nothing afterwards."""
    cookie = request.cookies.get(sessions.COOKIE)
    if cookie is not None:
        with gallery.database.write() as session:
            sessions.end(session, cookie, now, key=gallery.key)
    answer = RedirectResponse("/", 303, PRIVATE)
    answer.delete_cookie(sessions.COOKIE)
    return answer


def _landing(
    session: Session, gallery: Gallery, account: Account, now: datetime, next_path: str
) -> str:
    """Where who signs in wanted to go; a juror at work who named no place goes to their demos."""
    if next_path not in ("/", f"/{gallery.current.slug}"):
        return next_path
    juror_of = sessions.actor_for(session, account, gallery.events.values()).juror_of
    at_work = (
        slug
        for slug, event in gallery.events.items()
        if slug in juror_of and event.is_open(PhaseKey.JUDGING, now)
    )
    return next((f"/{slug}/jury" for slug in at_work), next_path)


def _choose(
    request: Request,
    gallery: Gallery,
    next_path: str,
    *,
    viewer: Actor = VISITOR,
    problem: GalleryError | None = None,
    email: str = "",
) -> Response:
    return page(
        request,
        "sign-in.html",
        viewer=viewer,
        event=gallery.current,
        status=problem.status if problem else 200,
        headers={**PRIVATE, **(problem.headers if problem else {})},
        next_path=next_path,
        by_hub=bool(gallery.settings.oauth_client_id),
        problem=problem,
        email=email,
    )


def _link_page(
    request: Request,
    gallery: Gallery,
    viewer: Actor,
    token: str,
    *,
    problem: GalleryError | None = None,
    display_name: str = "",
) -> Response:
    with gallery.database.read() as session:
        opened = email_links.look(session, token, gallery.clock())
    return page(
        request,
        "sign-in-link.html",
        viewer=viewer,
        status=problem.status if problem else 200,
        # The address is a secret until it is used: it goes to no other site, not even in part.
        headers={**PRIVATE, "Referrer-Policy": "same-origin"},
        opened=opened,
        problem=problem,
        display_name=display_name,
    )


def _signed_in(
    request: Request, gallery: Gallery, session: Session, account: Account, *, by: str
) -> str:
    old = request.cookies.get(sessions.COOKIE)
    return sessions.sign_in(
        session, account, gallery.clock(), by=by, old_cookie=old, key=gallery.key
    )


def _with_cookie(answer: Response, gallery: Gallery, cookie: str) -> Response:
    answer.headers.update(PRIVATE)
    answer.set_cookie(
        sessions.COOKIE,
        cookie,
        max_age=int(sessions.LASTS.total_seconds()),
        secure=gallery.settings.is_https,
        httponly=True,
        samesite="lax",
    )
    return answer


def _openid(gallery: Gallery) -> OpenId:
    settings = gallery.settings
    if not settings.oauth_client_id:
        raise NotFound("sign-in by the Hub is not set up here; sign in by e-mail")
    secret = settings.oauth_client_secret
    return OpenId(
        settings.hf_endpoint,
        client_id=settings.oauth_client_id,
        client_secret=secret.get_secret_value() if secret else None,
        redirect_uri=f"{settings.base_url}/sign-in/hub/callback",
    )


def _address(request: Request) -> str:
    return attempts.origin(request.client.host if request.client else None)
