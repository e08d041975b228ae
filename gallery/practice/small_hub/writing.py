"""The API's writing half: repositories, settings, commits."""

import base64
import binascii
import json
from typing import Any, Literal

import yaml
from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from gallery.practice.small_hub import describe
from gallery.practice.small_hub.access import (
    AccountDep,
    BaseUrl,
    HubDep,
    RepoDep,
    WritableDep,
    commit_at,
    find,
    require_writer,
)
from gallery.practice.small_hub.accounts import Account
from gallery.practice.small_hub.errors import Refused
from gallery.practice.small_hub.hub import SmallHub
from gallery.practice.small_hub.repository import (
    Blob,
    Repository,
    RepoType,
    Runtime,
    read_front_matter,
    write_readme,
)
from gallery.practice.small_hub.shelf import README

router = APIRouter()


class _Named(BaseModel):
    name: str
    organization: str | None = None
    type: RepoType = "model"


class _NewRepository(_Named):
    visibility: Literal["public", "private", "protected"] = "public"
    private: bool = False
    sdk: str | None = None


class _Settings(BaseModel):
    visibility: Literal["public", "private", "protected"] | None = None
    private: bool | None = None
    gated: Literal["auto", "manual", False] | None = None


class _Duplicate(BaseModel):
    repository: str
    visibility: str = "public"


class _Move(BaseModel):
    fromRepo: str  # noqa: N815  the Hub's names
    toRepo: str  # noqa: N815
    type: RepoType = "model"


class _Card(BaseModel):
    content: str


class _Sample(BaseModel):
    path: str
    size: int


class _Preupload(BaseModel):
    files: list[_Sample]


@router.post("/api/repos/create")
def create(wanted: _NewRepository, hub: HubDep, account: AccountDep, base_url: BaseUrl) -> Response:
    owner = wanted.organization or (account.name if account else "")
    author = require_writer(account, owner)
    repo_id = f"{owner}/{wanted.name}"
    with hub.lock:
        there = hub.shelf.get(wanted.type, repo_id)
        if there is not None:
            message = f"You already created this {wanted.type} repo"
            return JSONResponse(
                {"error": message, "url": f"{base_url}/{there.path}"},
                409,
                {"X-Error-Message": message},
            )
        _require_plan(hub, wanted, author)
        made = hub.shelf.create(wanted.type, repo_id, author=author.name)
        made.private = wanted.private or wanted.visibility == "private"
        if wanted.type == "space":
            made.runtime = Runtime(stage="NO_APP_FILE")
            card = {"title": wanted.name, "emoji": "🎨", "sdk": wanted.sdk or "gradio"}
            readme = hub.shelf.blob(write_readme(card, "").encode())
            hub.shelf.commit(made, add={README: readme}, title="Add card", author=author.name)
        hub.shelf.save(made)
    return JSONResponse(_told(made, base_url))


@router.delete("/api/repos/delete")
def delete(wanted: _Named, hub: HubDep, account: AccountDep) -> Any:
    owner = wanted.organization or (account.name if account else "")
    repository = find(hub, account, wanted.type, f"{owner}/{wanted.name}")
    require_writer(account, repository.owner)
    with hub.lock:
        hub.shelf.delete(repository)
    return "OK"


@router.post("/api/repos/move")
def move(wanted: _Move, hub: HubDep, account: AccountDep) -> Any:
    repository = find(hub, account, wanted.type, wanted.fromRepo)
    require_writer(account, repository.owner)
    require_writer(account, wanted.toRepo.split("/")[0])
    with hub.lock:
        if hub.shelf.get(wanted.type, wanted.toRepo) not in (None, repository):
            raise Refused("This repository name is taken", status=409)
        hub.shelf.rename(repository, wanted.toRepo)
    return "OK"


@router.put("/api/{kind}/{owner}/{name}/settings")
def settings(wanted: _Settings, repository: WritableDep, hub: HubDep) -> Any:
    with hub.lock:
        if wanted.gated is not None:
            repository.gated = wanted.gated
        if wanted.private is not None:
            repository.private = wanted.private
        if wanted.visibility is not None:
            repository.private = wanted.visibility == "private"
        hub.shelf.save(repository)
    return {"private": repository.private, "gated": repository.gated}


@router.post("/api/{kind}/{owner}/{name}/duplicate")
def duplicate(
    wanted: _Duplicate, repository: RepoDep, hub: HubDep, account: AccountDep, base_url: BaseUrl
) -> Any:
    require_writer(account, wanted.repository.split("/")[0])
    with hub.lock:
        if hub.shelf.get(repository.repo_type, wanted.repository) is not None:
            raise Refused("You already created this repo", status=409)
        copy = hub.shelf.duplicate(repository, wanted.repository)
        copy.private = wanted.visibility == "private"
        hub.shelf.save(copy)
    return _told(copy, base_url)


@router.post("/api/validate-yaml")
def validate_yaml(card: _Card) -> Response:
    try:
        read_front_matter(card.content)
    except yaml.YAMLError as error:
        message = f"the front matter is not YAML: {error}"
        return JSONResponse({"errors": [{"message": message}], "warnings": []}, 400)
    return JSONResponse({"errors": [], "warnings": []})


@router.post("/api/{kind}/{owner}/{name}/preupload/{revision:path}")
def preupload(revision: str, wanted: _Preupload, repository: WritableDep, hub: HubDep) -> Any:
    there = commit_at(repository, revision).files
    most = hub.lfs_from

    def told(file: _Sample) -> dict[str, Any]:
        old = there.get(file.path)
        large = most is not None and file.size >= most
        return {
            "path": file.path,
            "uploadMode": "lfs" if large else "regular",
            "shouldIgnore": False,
            "oid": None if old is None else old.etag,
        }

    return {"files": [told(file) for file in wanted.files]}


@router.post("/api/{kind}/{owner}/{name}/commit/{revision:path}")
async def commit(
    revision: str,
    request: Request,
    repository: WritableDep,
    hub: HubDep,
    account: AccountDep,
    base_url: BaseUrl,
) -> Any:
    if "create_pr" in request.query_params:
        raise Refused("this Hub has no pull requests; commit to a branch", status=400)
    lines = (await request.body()).splitlines()
    author = require_writer(account, repository.owner).name
    made = await run_in_threadpool(_commit, hub, repository, revision, lines, author)
    return {
        "success": True,
        "commitOid": made,
        "commitUrl": f"{base_url}/{repository.path}/commit/{made}",
        "hookOutput": "",
    }


def _commit(
    hub: SmallHub, repository: Repository, branch: str, lines: list[bytes], author: str
) -> str:
    """Reads a commit of newline-separated JSON and makes it; its id."""
    header: dict[str, Any] = {}
    add: dict[str, Blob] = {}
    gone: list[str] = []
    for line in filter(None, lines):
        try:
            item = json.loads(line)
            key, value = item["key"], item["value"]
            if key == "header":
                header = value
            elif key == "file":
                add[_path(value)] = hub.shelf.blob(base64.b64decode(value["content"]))
            elif key == "lfsFile":
                add[_path(value)] = _large(hub, value["oid"])
            elif key == "deletedFile":
                gone.append(_path(value))
            elif key == "deletedFolder":
                gone.append(_path(value).rstrip("/") + "/")
            else:
                raise Refused(f"Unknown commit item: {key}", status=400)
        except (ValueError, KeyError, TypeError, binascii.Error) as error:
            raise Refused(f"Invalid commit payload: {error!r}", status=400) from error
    with hub.lock:
        if branch not in repository.branches:
            commit_at(repository, branch)
            raise Refused(f"{branch} is not a branch", status=400)
        expected = header.get("parentCommit")
        if expected is not None and expected != repository.branches[branch]:
            raise Refused("A commit has happened since. Please refresh and try again.", status=412)
        made = hub.shelf.commit(
            repository,
            add=add,
            delete=gone,
            branch=branch,
            title=str(header.get("summary", "")),
            message=str(header.get("description", "")),
            author=author,
        )
        _start(hub, repository)
        return made.id


def _start(hub: SmallHub, repository: Repository) -> None:
    """A new Space runs once its app file is there."""
    runtime = repository.runtime
    app = repository.front_matter.get("app_file", "app.py")
    if runtime is not None and runtime.stage == "NO_APP_FILE" and app in repository.head.files:
        repository.runtime = runtime.model_copy(update={"stage": hub.after_push})
        hub.shelf.save(repository)


def _require_plan(hub: SmallHub, wanted: _NewRepository, author: Account) -> None:
    if wanted.type != "space" or hub.free_sdks is None or author.is_paid:
        return
    if (wanted.sdk or "gradio") not in hub.free_sdks:
        raise Refused(f"A paid plan is required to create a {wanted.sdk} Space", status=402)


def _path(value: dict[str, Any]) -> str:
    path = str(value["path"])
    if path.startswith("/") or ".." in path.split("/"):
        raise Refused(f"Invalid path: {path}", status=400)
    return path


def _large(hub: SmallHub, digest: str) -> Blob:
    """A large file that was uploaded before the commit."""
    if not hub.store.has(digest):
        raise Refused(f"LFS pointer pointed to a file that does not exist: {digest}", status=400)
    return Blob.of(hub.store.read(digest), is_lfs=True)


def _told(repository: Repository, base_url: str) -> dict[str, Any]:
    return {
        "url": f"{base_url}/{repository.path}",
        "name": repository.repo_id,
        "id": describe.identity(repository),
        "private": repository.private,
    }
