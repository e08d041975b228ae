"""Spaces: how they are doing, restarting and pausing them, and a page in place of a demo."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from gallery.practice.small_hub import describe
from gallery.practice.small_hub.access import (
    AccountDep,
    BaseUrl,
    HubDep,
    WritableDep,
    find,
    require_writer,
)
from gallery.practice.small_hub.accounts import Account
from gallery.practice.small_hub.errors import Refused
from gallery.practice.small_hub.hub import SmallHub
from gallery.practice.small_hub.pages import page
from gallery.practice.small_hub.repository import Repository

router = APIRouter()
WAKES_WHEN_VISITED = {"SLEEPING"}


@router.get("/api/spaces/{owner}/{name}/runtime")
def runtime(owner: str, name: str, hub: HubDep, account: AccountDep, base_url: BaseUrl) -> Any:
    return _told(find(hub, account, "space", f"{owner}/{name}"), base_url)


@router.post("/api/spaces/{owner}/{name}/restart")
def restart(owner: str, name: str, hub: HubDep, account: AccountDep, base_url: BaseUrl) -> Any:
    return _become(
        "RUNNING", find(hub, account, "space", f"{owner}/{name}"), hub, account, base_url
    )


@router.post("/api/spaces/{owner}/{name}/pause")
def pause(owner: str, name: str, hub: HubDep, account: AccountDep, base_url: BaseUrl) -> Any:
    return _become("PAUSED", find(hub, account, "space", f"{owner}/{name}"), hub, account, base_url)


class _Value(BaseModel):
    key: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    value: str


class _Hardware(BaseModel):
    flavor: str


@router.get("/api/{kind}/{owner}/{name}/variables")
def variables(repository: WritableDep) -> Any:
    return {name: {"value": value} for name, value in repository.variables.items()}


@router.post("/api/{kind}/{owner}/{name}/variables")
def set_variable(wanted: _Value, repository: WritableDep, hub: HubDep) -> Any:
    with hub.lock:
        repository.variables[wanted.key] = wanted.value
        hub.shelf.save(repository)
    return variables(repository)


@router.get("/api/{kind}/{owner}/{name}/secrets")
def secrets(repository: WritableDep) -> Any:
    return {name: {} for name in repository.secrets}


@router.post("/api/{kind}/{owner}/{name}/secrets")
def set_secret(wanted: _Value, repository: WritableDep, hub: HubDep) -> Any:
    with hub.lock:
        repository.secrets[wanted.key] = wanted.value
        hub.shelf.save(repository)
    return secrets(repository)


@router.post("/api/{kind}/{owner}/{name}/hardware")
def set_hardware(wanted: _Hardware, repository: WritableDep, hub: HubDep, base_url: BaseUrl) -> Any:
    if repository.runtime is None:
        raise Refused("only Spaces have hardware", status=400)
    with hub.lock:
        repository.runtime = repository.runtime.model_copy(update={"hardware": wanted.flavor})
        hub.shelf.save(repository)
    return _told(repository, base_url)


@router.get("/demo/{owner}/{name}")
@router.get("/demo/{owner}/{name}/")
def demo(request: Request, owner: str, name: str, hub: HubDep, account: AccountDep) -> Response:
    """Where a Space without a host of its own answers; a sleeping one wakes by being visited."""
    space = find(hub, account, "space", f"{owner}/{name}")
    assert space.runtime is not None
    if space.runtime.stage in WAKES_WHEN_VISITED:
        hub.set_stage(space.repo_id, "RUNNING")
    running = space.runtime.stage == "RUNNING"
    return page(request, "demo.html", status=200 if running else 503, space=space)


def _become(
    stage: str, space: Repository, hub: SmallHub, account: Account | None, base_url: str
) -> Any:
    require_writer(account, space.owner)
    hub.set_stage(space.repo_id, stage)
    return _told(space, base_url)


def _told(space: Repository, base_url: str) -> Any:
    return describe.runtime(space, describe.space_host(space, base_url))
