"""Git LFS as the client speaks it: ask for a batch, put the contents, verify."""

import hashlib
import hmac
import secrets
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from gallery.practice.small_hub.access import BaseUrl, HubDep, WritableDep
from gallery.practice.small_hub.errors import Refused

router = APIRouter()
KEY = secrets.token_bytes(32)
"""Signs upload addresses, which clients use without their token, as with the real Hub's storage."""


class _Object(BaseModel):
    oid: str = Field(pattern="^[0-9a-f]{64}$")
    size: int


class _Batch(BaseModel):
    objects: list[_Object]


@router.post("/{owner}/{name}.git/info/lfs/objects/batch")
@router.post("/{kind}/{owner}/{name}.git/info/lfs/objects/batch")
def batch(wanted: _Batch, _repository: WritableDep, hub: HubDep, base_url: BaseUrl) -> Any:
    def told(one: _Object) -> dict[str, Any]:
        answer: dict[str, Any] = {"oid": one.oid, "size": one.size, "authenticated": True}
        if not hub.store.has(one.oid):
            address = f"{base_url}/lfs/{one.oid}/{one.size}/{_signature(one.oid, one.size)}"
            answer["actions"] = {
                "upload": {"href": address, "header": {}},
                "verify": {"href": f"{base_url}/lfs/verify", "header": {}},
            }
        return answer

    return {"transfer": "basic", "objects": [told(one) for one in wanted.objects]}


@router.put("/lfs/{oid}/{size}/{signature}")
async def upload(oid: str, size: int, signature: str, request: Request, hub: HubDep) -> Any:
    if not hmac.compare_digest(signature, _signature(oid, size)):
        raise Refused("this upload address was not given by this Hub", status=403)
    content = await request.body()
    if len(content) != size or hashlib.sha256(content).hexdigest() != oid:
        raise Refused(f"the content is not the {size} bytes that were announced", status=400)
    hub.store.put(content)
    return {}


@router.post("/lfs/verify")
def verify(uploaded: _Object, hub: HubDep) -> Any:
    if not hub.store.has(uploaded.oid):
        raise Refused("this content was not uploaded", status=404)
    return {}


def _signature(oid: str, size: int) -> str:
    return hmac.new(KEY, f"{oid}/{size}".encode(), hashlib.sha256).hexdigest()
