"""The API's reading half: repositories, lists in pages, trees, commits."""

import base64
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import JSONResponse, Response

from gallery.practice.small_hub import describe
from gallery.practice.small_hub.access import (
    AccountDep,
    BaseUrl,
    HubDep,
    Kind,
    RepoDep,
    commit_at,
    require_account,
)
from gallery.practice.small_hub.errors import EntryNotFound, Refused
from gallery.practice.small_hub.repository import Blob, Commit

router = APIRouter()
Item = TypeVar("Item")
SORTS = {
    "createdAt": lambda repository: repository.created_at,
    "lastModified": lambda repository: repository.head.date,
    "likes": lambda repository: repository.likes,
    "downloads": lambda repository: repository.downloads,
    "trendingScore": lambda repository: repository.likes,
}


@router.get("/api/whoami-v2")
def whoami(account: AccountDep) -> Any:
    me = require_account(account)
    return {
        "type": "user",
        "id": me.subject,
        "name": me.name,
        "fullname": me.shown,
        "email": me.email,
        "emailVerified": me.email is not None,
        "isPro": False,
        "canPay": False,
        "orgs": [{"type": "org", "name": name, "fullname": name} for name in me.organisations],
        "auth": {"type": "access_token", "accessToken": {"displayName": "own", "role": "write"}},
    }


@router.get("/api/{kind}")
def listing(
    kind: Kind,
    request: Request,
    hub: HubDep,
    account: AccountDep,
    base_url: BaseUrl,
    filter: Annotated[list[str], Query()] = [],  # noqa: B006  the Hub's name; FastAPI copies
    search: Annotated[list[str], Query()] = [],  # noqa: B006
    author: str | None = None,
    sort: str = "trendingScore",
    limit: int | None = None,
    full: bool = False,
    expand: Annotated[list[str], Query()] = [],  # noqa: B006
) -> Response:
    if sort not in SORTS:
        raise Refused(f"Invalid sort: {sort}", status=400)
    wanted = set(filter)
    found = [
        repository
        for repository in hub.shelf.all(kind.repo_type)
        if (not repository.private or (account and account.may_write(repository.owner)))
        and (author is None or repository.owner.casefold() == author.casefold())
        and all(text.casefold() in repository.repo_id.casefold() for text in search)
        and (not wanted or wanted <= set(describe.tags(repository)))
    ]
    found.sort(key=lambda repository: repository.repo_id)
    found.sort(key=SORTS[sort], reverse=True)
    page, headers = _page(found, request, hub.page_size if limit is None else limit, hub.page_size)
    items = [describe.item(one, base_url, full=full, expand=expand) for one in page]
    return JSONResponse(items, headers=headers)


@router.get("/api/{kind}/{owner}/{name}")
def info(repository: RepoDep, base_url: BaseUrl, blobs: bool = False) -> Any:
    return describe.info(repository, repository.head, base_url, blobs=blobs)


@router.get("/api/{kind}/{owner}/{name}/revision/{revision:path}")
def info_at(repository: RepoDep, revision: str, base_url: BaseUrl, blobs: bool = False) -> Any:
    return describe.info(repository, commit_at(repository, revision), base_url, blobs=blobs)


@router.get("/api/{kind}/{owner}/{name}/auth-check")
def auth_check(_repository: RepoDep) -> Any:
    return {"status": "ok"}


@router.get("/api/{kind}/{owner}/{name}/commits/{revision:path}")
def commits(
    repository: RepoDep, revision: str, request: Request, hub: HubDep, limit: int | None = None
) -> Response:
    line = repository.history(commit_at(repository, revision))
    size = min(hub.page_size, 50) if limit is None else limit
    page, headers = _page(line, request, size, hub.page_size)
    return JSONResponse([_told(commit) for commit in page], headers=headers)


@router.get("/api/{kind}/{owner}/{name}/tree/{rest:path}")
def tree(
    repository: RepoDep,
    rest: str,
    request: Request,
    hub: HubDep,
    recursive: bool = False,
    expand: bool = False,
) -> Response:
    revision, _, folder = rest.partition("/")
    commit = commit_at(repository, revision)
    entries = _entries(commit, folder.strip("/"), recursive=recursive)
    if folder and not entries:
        raise EntryNotFound(f'{folder} does not exist on "{revision}"', commit=commit.id)
    page, headers = _page(entries, request, hub.page_size, hub.page_size)
    if expand:
        last = {"id": commit.id, "title": commit.title, "date": describe.date(commit.date)}
        page = [{**entry, "lastCommit": last} for entry in page]
    return JSONResponse(page, headers=headers)


@router.post("/api/{kind}/{owner}/{name}/paths-info/{revision:path}")
def paths_info(repository: RepoDep, revision: str, paths: Annotated[list[str], Form()]) -> Any:
    commit = commit_at(repository, revision)
    entries = {entry["path"]: entry for entry in _entries(commit, "", recursive=True)}
    return [entries[path] for path in (path.strip("/") for path in paths) if path in entries]


@router.get("/api/{kind}/{owner}/{name}/likers")
def likers(_repository: RepoDep) -> Any:
    return []


def _entries(commit: Commit, folder: str, *, recursive: bool) -> list[describe.Json]:
    """Files and folders below `folder`, folders first."""
    prefix = f"{folder}/" if folder else ""
    folders: dict[str, None] = {}
    files: list[tuple[str, Blob]] = []
    for path, blob in sorted(commit.files.items()):
        if not path.startswith(prefix):
            continue
        above = path[len(prefix) :].split("/")[:-1]
        for depth in range(1, len(above) + 1):
            if recursive or depth == 1:
                folders[prefix + "/".join(above[:depth])] = None
        if recursive or not above:
            files.append((path, blob))
    told = [
        {"type": "directory", "oid": Blob.of(path.encode()).git_id, "size": 0, "path": path}
        for path in folders
    ]
    return [*told, *(describe.entry(path, blob) for path, blob in files)]


def _told(commit: Commit) -> describe.Json:
    return {
        "id": commit.id,
        "title": commit.title,
        "message": commit.message,
        "authors": [{"user": commit.author}],
        "date": describe.date(commit.date),
    }


def _page(
    items: list[Item], request: Request, size: int, most: int
) -> tuple[list[Item], dict[str, str]]:
    """One page, and the header that leads to the next."""
    cursor = request.query_params.get("cursor")
    try:
        start = int(base64.urlsafe_b64decode(cursor)) if cursor else 0
    except ValueError as error:
        raise Refused("Invalid cursor", status=400) from error
    stop = start + max(1, min(size, most))
    if stop >= len(items):
        return items[start:stop], {}
    rest = [pair for pair in request.query_params.multi_items() if pair[0] != "cursor"]
    following = base64.urlsafe_b64encode(str(stop).encode()).decode()
    query = urlencode([*rest, ("cursor", following)])
    address = f"{str(request.base_url).rstrip('/')}{request.url.path}?{query}"
    return items[start:stop], {"Link": f'<{address}>; rel="next"'}
