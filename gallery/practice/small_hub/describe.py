"""Repositories as the Hub's API tells them."""

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from gallery.practice.small_hub.repository import Blob, Commit, Repository

Json = dict[str, Any]
POINTER_SIZE = 134


def info(repository: Repository, commit: Commit, base_url: str, *, blobs: bool = False) -> Json:
    """Everything about one repository at one commit; `blobs` adds the files' sizes."""
    siblings = [_sibling(path, commit.files[path], blobs) for path in sorted(commit.files)]
    card = repository.front_matter
    answer: Json = {
        "_id": identity(repository),
        "id": repository.repo_id,
        "author": repository.owner,
        "sha": commit.id,
        "createdAt": date(repository.created_at),
        "lastModified": date(repository.head.date),
        "private": repository.private,
        "gated": repository.gated,
        "disabled": False,
        "likes": repository.likes,
        "tags": tags(repository),
        "siblings": siblings,
        "usedStorage": sum(blob.size for blob in commit.files.values()),
    }
    if card:
        answer["cardData"] = card
    if repository.repo_type == "space":
        host = space_host(repository, base_url)
        answer |= {
            "sdk": card.get("sdk"),
            "models": list(names(card.get("models"))),
            "datasets": list(names(card.get("datasets"))),
            "host": host,
            "subdomain": subdomain(repository.repo_id),
            "runtime": runtime(repository, host),
        }
    else:
        answer["downloads"] = repository.downloads
    if repository.repo_type == "model":
        answer |= {
            "modelId": repository.repo_id,
            "pipeline_tag": card.get("pipeline_tag"),
            "library_name": card.get("library_name"),
            "spaces": [],
        }
    return answer


def item(repository: Repository, base_url: str, *, full: bool, expand: Iterable[str]) -> Json:
    """One entry of a list: short, `full`, or with exactly the properties in `expand`."""
    whole = info(repository, repository.head, base_url)
    wanted = set(expand)
    if wanted:
        return {name: whole[name] for name in ("_id", "id", *wanted) if name in whole}
    left_out = {"usedStorage", "runtime", "host", "spaces"}
    if not full:
        left_out |= {"author", "sha", "siblings", "cardData", "models", "datasets", "lastModified"}
    return {name: value for name, value in whole.items() if name not in left_out}


def runtime(repository: Repository, host: str) -> Json:
    """How a Space is doing."""
    assert repository.runtime is not None
    now = repository.runtime
    return {
        "stage": now.stage,
        "hardware": {"current": now.hardware, "requested": now.hardware},
        "storage": None,
        "gcTimeout": now.sleep_seconds,
        "replicas": {"current": 1, "requested": 1},
        "devMode": False,
        "domains": [{"domain": host.split("://")[-1], "stage": "READY"}],
    }


def entry(path: str, blob: Blob) -> Json:
    """A file in a tree."""
    answer: Json = {"type": "file", "oid": blob.git_id, "size": blob.size, "path": path}
    if blob.is_lfs:
        answer["lfs"] = {"oid": blob.digest, "size": blob.size, "pointerSize": POINTER_SIZE}
    return answer


def tags(repository: Repository) -> list[str]:
    """What a list is filtered by: the card's tags, and those that the Hub derives from it."""
    card = repository.front_matter
    found = list(names(card.get("tags")))
    if repository.repo_type == "space":
        found.insert(0, str(card.get("sdk") or "static"))
    else:
        found += [f"license:{name}" for name in names(card.get("license"))]
        found += [f"dataset:{name}" for name in names(card.get("datasets"))]
        found += [f"base_model:{name}" for name in names(card.get("base_model"))]
    return [*dict.fromkeys(found), "region:us"]


def names(value: Any) -> Iterable[str]:
    """Front matter takes one name or a list of them."""
    values = value if isinstance(value, list) else [] if value is None else [value]
    return (str(one) for one in values)


def identity(repository: Repository) -> str:
    """The id that stays when all else changes; a repository of that name made anew has another."""
    made = f"{repository.repo_type}/{repository.repo_id}/{repository.created_at.isoformat()}"
    return repository.hub_id or hashlib.sha256(made.encode()).hexdigest()[:24]


def subdomain(repo_id: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", repo_id.casefold()).strip("-")


def space_host(repository: Repository, base_url: str) -> str:
    """Where a Space's demo answers: its own host, or a page of this Hub."""
    return repository.host or f"{base_url}/demo/{repository.repo_id}"


def _sibling(path: str, blob: Blob, blobs: bool) -> Json:
    if not blobs:
        return {"rfilename": path}
    answer: Json = {"rfilename": path, "size": blob.size, "blobId": blob.git_id}
    if blob.is_lfs:
        answer["lfs"] = {
            "size": blob.size,
            "sha256": blob.digest,
            "pointerSize": POINTER_SIZE,
        }
    return answer


def date(when: datetime) -> str:
    """The only form of a date that the client reads."""
    return when.strftime("%Y-%m-%dT%H:%M:%S.000Z")
