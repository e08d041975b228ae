"""Asking for webhooks through the API."""

import secrets
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from gallery.practice.small_hub.access import AccountDep, HubDep, require_account
from gallery.practice.small_hub.errors import Refused
from gallery.practice.small_hub.webhooks import Webhook

router = APIRouter(prefix="/api/settings/webhooks")


class _Watched(BaseModel):
    type: str
    name: str


class _Wanted(BaseModel):
    url: str
    watched: list[_Watched]
    domains: list[str] = ["repo"]
    secret: str | None = None


@router.post("")
def create(wanted: _Wanted, hub: HubDep, account: AccountDep) -> Any:
    require_account(account)
    webhook = Webhook(
        id=secrets.token_hex(12),
        url=wanted.url,
        watched=tuple((one.type, one.name) for one in wanted.watched),
        domains=tuple(wanted.domains),
        secret=wanted.secret,
    )
    hub.postman.webhooks[webhook.id] = webhook
    return {"webhook": webhook.told()}


@router.get("")
def listing(hub: HubDep, account: AccountDep) -> Any:
    require_account(account)
    return [webhook.told() for webhook in hub.postman.webhooks.values()]


@router.delete("/{webhook_id}")
def delete(webhook_id: str, hub: HubDep, account: AccountDep) -> Any:
    require_account(account)
    if hub.postman.webhooks.pop(webhook_id, None) is None:
        raise Refused("there is no such webhook", status=404)
    return {"success": True}
