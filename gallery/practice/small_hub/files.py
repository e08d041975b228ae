"""Downloading: whole files and ranges of them, with the headers that clients cache by."""

import mimetypes
import re

from fastapi import APIRouter, Request
from starlette.responses import Response

from gallery.practice.small_hub.access import AccountDep, HubDep, RepoDep, commit_at, require_files
from gallery.practice.small_hub.errors import EntryNotFound
from gallery.practice.small_hub.repository import Blob

router = APIRouter()
RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@router.api_route("/{owner}/{name}/resolve/{rest:path}", methods=["GET", "HEAD"])
@router.api_route("/{kind}/{owner}/{name}/resolve/{rest:path}", methods=["GET", "HEAD"])
@router.api_route("/{owner}/{name}/raw/{rest:path}", methods=["GET", "HEAD"])
@router.api_route("/{kind}/{owner}/{name}/raw/{rest:path}", methods=["GET", "HEAD"])
def download(
    repository: RepoDep, rest: str, request: Request, hub: HubDep, account: AccountDep
) -> Response:
    require_files(repository, account)
    revision, _, path = rest.partition("/")
    commit = commit_at(repository, revision)
    blob = commit.files.get(path)
    if blob is None:
        raise EntryNotFound("Entry not found", commit=commit.id)
    headers = {
        "X-Repo-Commit": commit.id,
        "ETag": f'"{blob.etag}"',
        "Accept-Ranges": "bytes",
        "Content-Disposition": "inline",
        "X-Content-Type-Options": "nosniff",
    }
    if blob.is_lfs:
        headers |= {"X-Linked-ETag": f'"{blob.etag}"', "X-Linked-Size": str(blob.size)}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    start, stop, status = _range(request.headers.get("range"), blob)
    if status == 416:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{blob.size}"})
    if status == 206:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{blob.size}"
    headers["Content-Length"] = str(stop - start)
    content = b"" if request.method == "HEAD" else hub.store.read(blob.digest, start, stop)
    return Response(content, status, headers, media_type=_media_type(path))


def _range(header: str | None, blob: Blob) -> tuple[int, int, int]:
    """First byte, byte behind the last, and status. A header that is no range is overlooked."""
    found = RANGE.fullmatch(header or "")
    if not found or not (found[1] or found[2]):
        return 0, blob.size, 200
    if not found[1]:
        return max(0, blob.size - int(found[2])), blob.size, 206
    start = int(found[1])
    stop = min(blob.size, int(found[2]) + 1) if found[2] else blob.size
    return (start, stop, 206) if start < stop else (0, 0, 416)


def _media_type(path: str) -> str:
    """As the Hub does: text is plain, so that no file of anybody's is a page of this server."""
    guessed = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return guessed if guessed.startswith("image/") and "svg" not in guessed else "text/plain"
