"""Signing in with the small Hub: OpenID Connect, authorization code with PKCE.

Whoever types a name is that account: this is a Hub for practice and tests, and has no passwords.
"""

import base64
import hashlib
import hmac
import time
from typing import Annotated, Any
from urllib.parse import unquote, urlencode, urlsplit

from fastapi import APIRouter, Form, Request
from joserfc import jwt
from starlette.responses import JSONResponse, RedirectResponse, Response

from gallery.practice.small_hub.access import BaseUrl, HubDep
from gallery.practice.small_hub.accounts import Account
from gallery.practice.small_hub.entering import enter
from gallery.practice.small_hub.errors import Refused
from gallery.practice.small_hub.grants import Grant, Grants
from gallery.practice.small_hub.hub import Client, SmallHub
from gallery.practice.small_hub.pages import page

router = APIRouter()
CODE_SECONDS = 60
TOKEN_SECONDS = 8 * 3600
SCOPES = ("openid", "profile", "email", "read-repos")


@router.get("/.well-known/openid-configuration")
def configuration(base_url: BaseUrl) -> Any:
    return {
        "issuer": base_url,
        "authorization_endpoint": f"{base_url}/oauth/authorize",
        "token_endpoint": f"{base_url}/oauth/token",
        "userinfo_endpoint": f"{base_url}/oauth/userinfo",
        "jwks_uri": f"{base_url}/oauth/jwks",
        "scopes_supported": SCOPES,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": [
            "client_secret_basic",
            "client_secret_post",
            "none",
        ],
    }


@router.get("/oauth/jwks")
def keys(request: Request) -> Any:
    return {"keys": [_grants(request).key.as_dict(private=False)]}


@router.get("/oauth/authorize")
def ask(request: Request, hub: HubDep) -> Response:
    """The page on which a visitor says who they are and lets the application know it."""
    asked = dict(request.query_params)
    client = _client(hub, asked)
    wrong = _wrong(asked)
    if wrong is not None:
        return _back(asked, error="invalid_request", error_description=wrong)
    return _asking(request, asked, client)


@router.post("/oauth/authorize")
async def consent(request: Request, hub: HubDep) -> Response:
    form = {name: str(value) for name, value in (await request.form()).items()}
    name, answer = form.pop("name", "").strip(), form.pop("answer", "")
    client = _client(hub, form)
    if answer != "allow":
        return _back(form, error="access_denied", error_description="the person said no")
    try:
        account = enter(hub, name)
    except Refused as error:
        return _asking(request, form, client, name=name, problem=str(error))
    code = _grants(request).code(
        Grant(
            client_id=client.client_id,
            account=account.name,
            scope=form.get("scope", "openid"),
            until=time.monotonic() + CODE_SECONDS,
            redirect_uri=form["redirect_uri"],
            nonce=form.get("nonce"),
            challenge=form.get("code_challenge"),
        )
    )
    return _back(form, code=code)


@router.post("/oauth/token")
def token(
    request: Request,
    hub: HubDep,
    base_url: BaseUrl,
    grant_type: Annotated[str, Form()],
    code: Annotated[str, Form()] = "",
    redirect_uri: Annotated[str, Form()] = "",
    code_verifier: Annotated[str, Form()] = "",
    client_id: Annotated[str, Form()] = "",
    client_secret: Annotated[str, Form()] = "",
) -> Response:
    if grant_type != "authorization_code":
        return _refused("unsupported_grant_type", f"{grant_type} is not spoken here")
    basic = _basic(request.headers.get("authorization", ""))
    client_id, client_secret = basic or (client_id, client_secret)
    client = hub.clients.get(client_id)
    if client is None or not _knows_secret(client, client_secret):
        return _refused("invalid_client", "unknown client, or not its secret", status=401)
    grant = _grants(request).redeem(code)
    if grant is None or grant.client_id != client_id or grant.redirect_uri != redirect_uri:
        return _refused("invalid_grant", "the code is unknown, used, old, or another client's")
    if grant.challenge is not None and not _fits(code_verifier, grant.challenge):
        return _refused("invalid_grant", "code_verifier does not fit code_challenge")
    account = hub.accounts.named(grant.account)
    if account is None:
        return _refused("invalid_grant", "the account is gone")
    access = _grants(request).token(
        Grant(client_id, account.name, grant.scope, time.monotonic() + TOKEN_SECONDS)
    )
    now = int(time.time())
    claims = {
        "iss": base_url,
        "aud": client_id,
        "iat": now,
        "exp": now + TOKEN_SECONDS,
        "auth_time": now,
        **_claims(account, grant.scope, base_url),
    }
    if grant.nonce is not None:
        claims["nonce"] = grant.nonce
    key = _grants(request).key
    signed = jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)
    body = {
        "access_token": access,
        "token_type": "bearer",
        "expires_in": TOKEN_SECONDS,
        "scope": grant.scope,
        "id_token": signed,
    }
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


@router.get("/oauth/userinfo")
def user_info(request: Request, hub: HubDep, base_url: BaseUrl) -> Any:
    name = request.headers.get("authorization", "").removeprefix("Bearer ")
    grant = _grants(request).of_token(name)
    account = hub.accounts.named(grant.account) if grant else None
    if grant is None or account is None:
        raise Refused("Invalid credentials in Authorization header", status=401)
    return _claims(account, grant.scope, base_url)


def _claims(account: Account, scope: str, base_url: str) -> dict[str, Any]:
    """Who somebody is, as far as they consented to tell."""
    told: dict[str, Any] = {"sub": account.subject}
    wanted = scope.split()
    if "profile" in wanted:
        told |= {
            "name": account.shown,
            "preferred_username": account.name,
            "profile": f"{base_url}/{account.name}",
            "picture": f"{base_url}/avatars/{account.name}.svg",
            "website": "",
            "isPro": False,
            "orgs": [
                {"sub": name, "name": name, "preferred_username": name}
                for name in account.organisations
            ],
        }
    if "email" in wanted and account.email:
        told |= {"email": account.email, "email_verified": True}
    return told


def _client(hub: SmallHub, asked: dict[str, str]) -> Client:
    """The application that asks. A wrong one gets no redirect: it could lead anywhere."""
    client = hub.clients.get(asked.get("client_id", ""))
    if client is None:
        raise Refused("client_id must be a registered application's; register it first", status=400)
    if asked.get("redirect_uri") not in client.redirect_uris:
        raise Refused("redirect_uri must be one that the application registered", status=400)
    return client


def _wrong(asked: dict[str, str]) -> str | None:
    if asked.get("response_type") != "code":
        return "response_type must be code"
    if "openid" not in asked.get("scope", "").split():
        return "scope must have openid in it"
    if asked.get("code_challenge") and asked.get("code_challenge_method") != "S256":
        return "code_challenge_method must be S256"
    return None


def _asking(
    request: Request, asked: dict[str, str], client: Client, *, name: str = "", problem: str = ""
) -> Response:
    parts = urlsplit(asked["redirect_uri"])
    return page(
        request,
        "authorize.html",
        status=422 if problem else 200,
        form_targets=f"{parts.scheme}://{parts.netloc}",
        asked=asked,
        client=client,
        site=parts.netloc,
        name=name,
        problem=problem,
    )


def _back(asked: dict[str, str], **answer: str) -> Response:
    if "state" in asked:
        answer["state"] = asked["state"]
    address = asked["redirect_uri"]
    joint = "&" if "?" in address else "?"
    return RedirectResponse(f"{address}{joint}{urlencode(answer)}", 303)


def _refused(error: str, description: str, *, status: int = 400) -> Response:
    return JSONResponse({"error": error, "error_description": description}, status)


def _basic(header: str) -> tuple[str, str] | None:
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(value).decode().partition(":")
    except ValueError:
        return None
    return unquote(name), unquote(secret)


def _knows_secret(client: Client, secret: str) -> bool:
    return client.secret is None or hmac.compare_digest(client.secret.encode(), secret.encode())


def _fits(verifier: str, challenge: str) -> bool:
    hashed = hashlib.sha256(verifier.encode()).digest()
    return hmac.compare_digest(base64.urlsafe_b64encode(hashed).rstrip(b"=").decode(), challenge)


def _grants(request: Request) -> Grants:
    return request.app.state.grants
