"""What was sent and nobody would read: refused, for it may be a misspelt name.

Bodies refuse unknown names themselves (`Body`). Here it is the rest: parameters in the address,
parts of a form, and bodies where none is read.
"""

from collections.abc import Iterable

from fastapi import Request
from fastapi.routing import APIRoute

from gallery.errors import Invalid
from gallery.refusals import short


async def refuse_strays(request: Request) -> None:
    """Raises `Invalid` naming the first one."""
    route: APIRoute = request.scope["route"]
    _require_known(request.query_params.keys(), [one.alias for one in route.dependant.query_params])
    if request.method in ("GET", "HEAD"):
        return
    files = [one.alias for one in route.dependant.body_params]
    if request.headers.get("content-type", "").startswith("multipart/form-data") and files:
        form = await request.form()
        _require_known(form.keys(), files)
        twice = next((name for name in files if len(form.getlist(name)) > 1), None)
        if twice is not None:
            count = len(form.getlist(twice))
            raise Invalid(
                f"“{twice}” must be one file, got {count}; send one after the other", field=twice
            )
    elif not files and (await request.body()).strip() not in (b"", b"{}", b"null"):
        raise Invalid("nothing is read of a body here, got one; leave it out", field="body")


def _require_known(names: Iterable[str], known: Iterable[str]) -> None:
    stray = next((name for name in names if name not in known), None)
    if stray is not None:
        there = f"there is {', '.join(known)}" if known else "there is none"
        raise Invalid(
            f"“{short(stray)}” is unknown here ({there}); leave it out, or correct it",
            field=short(stray),
        )
