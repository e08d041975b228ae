"""Autosave, the server's side of `static/autosave.js`: an answer to each save of a form."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from fastapi import Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session
from starlette.responses import JSONResponse

from gallery.act import Act
from gallery.errors import GalleryError, Stale
from gallery.web.visit import Visit


class Typed(BaseModel):
    """What the page's script sends as one types; a form adds its fields."""

    model_config = ConfigDict(extra="forbid", strict=True)

    number: int
    """Of the save that it was begun on."""
    owner: int | None = None
    """Whose form it is, by account: another person may have signed in since, in another tab."""


class Kept(Protocol):
    """A row that is saved as it is typed."""

    number: Any
    saved_at: Any


def answered(
    visit: Visit,
    typed: Typed,
    save: Callable[[Act], Kept],
    *,
    newest: Callable[[Session], tuple[int, dict[str, object]]],
) -> Response:
    """The number to go on from. `newest` gives the one that is kept and its values, as the script
    sends them, for a save that was begun on an older one."""
    try:
        visit.require_owner(typed.owner)
        with visit.gallery.database.write() as session:
            kept = save(visit.act(session))
            saved_at: datetime = kept.saved_at
            answer = {"number": kept.number, "saved_at": saved_at.isoformat()}
    except GalleryError as problem:
        body: dict[str, object] = {"problem": str(problem), "code": problem.code, "number": None}
        if isinstance(problem, Stale):
            with visit.gallery.database.read() as session:
                body["number"], body["kept"] = newest(session)
        return JSONResponse(body, problem.status, problem.headers)
    return JSONResponse(answer)
