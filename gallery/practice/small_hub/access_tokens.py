"""Access tokens: the page on which a person gets one for the programs that speak for them.

At the address that the Hub's own client names, /settings/tokens. It shows a token once.
"""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from gallery.practice.small_hub.access import HubDep
from gallery.practice.small_hub.entering import enter
from gallery.practice.small_hub.errors import Refused
from gallery.practice.small_hub.pages import page

router = APIRouter()


@router.get("/settings/tokens")
def ask(request: Request) -> Response:
    return _page(request)


@router.post("/settings/tokens")
def make(request: Request, hub: HubDep, name: Annotated[str, Form()] = "") -> Response:
    name = name.strip()
    try:
        with hub.lock:
            token = hub.accounts.new_token(enter(hub, name))
    except Refused as error:
        return _page(request, name=name, problem=str(error))
    return _page(request, name=name, token=token)


def _page(request: Request, *, name: str = "", problem: str = "", token: str = "") -> Response:
    answer = page(
        request,
        "tokens.html",
        status=422 if problem else 200,
        name=name,
        problem=problem,
        token=token,
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer
