"""Style sheets, scripts, fonts and the icon, at addresses that change with their content."""

import hashlib
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Response

from gallery.errors import NotFound
from spaces.look.palette import FONTS, ICON
from spaces.look.tokens import tokens

FOLDER = Path(__file__).parent / "static"
TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}

router = APIRouter(include_in_schema=False)


@router.get("/static/{digest}/{name}")
def asset(digest: str, name: str) -> Response:
    """The digest is for caches alone: what there is now is what is served."""
    if name == "tokens.css":
        return Response(_tokens(), media_type="text/css", headers=FOREVER)
    path = _paths().get(name)
    if path is None:
        raise NotFound(f"there is no file {name!r} here")
    return Response(path.read_bytes(), media_type=TYPES[path.suffix], headers=FOREVER)


@cache
def address(name: str) -> str:
    """Where templates find a file: `/static/1f8a…/base.css`."""
    if name == "tokens.css":
        content = _tokens().encode()
    elif name.endswith(".js"):
        # Scripts import each other from beside them, so they change their address together.
        scripts = sorted(path for path in _paths().values() if path.suffix == ".js")
        content = b"".join(path.read_bytes() for path in scripts)
    else:
        content = _paths()[name].read_bytes()
    return f"/static/{hashlib.sha256(content).hexdigest()[:12]}/{name}"


@cache
def _paths() -> dict[str, Path]:
    """Only what lies there at the start can be asked for, so no name leads anywhere else."""
    ours = [path for path in FOLDER.iterdir() if path.suffix in TYPES]
    return {path.name: path for path in (*ours, ICON, *(font for font, _ in FONTS.values()))}


@cache
def _tokens() -> str:
    return tokens(lambda font: address(font.name))
