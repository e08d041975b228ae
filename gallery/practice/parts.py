"""The processes that make up the practice: what each is told, and what is kept from it."""

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gallery.event.event import Event
from gallery.event.load import SHIPPED
from gallery.practice.event import is_rehearsal
from gallery.practice.ports import OWN_DEMOS
from gallery.practice.process import Part
from gallery.settings import Settings

CLIENT_ID = "gallery"
SECRET = "PRACTICE_CLIENT_SECRET"  # noqa: S105  the variable's name
"""The environment variable with the secret that the gallery and its Hub share."""


@dataclass(frozen=True)
class Addresses:
    """Where the three answer: `http://127.0.0.1:…`."""

    gallery: str
    hub: str
    demo: str


def build_parts(event: Event, folder: Path, addresses: Addresses) -> dict[str, Part]:
    """By name. The event's file is `practice.toml` in `folder`, where all of it is kept."""
    secret = secrets.token_urlsafe(24)
    bare = _without_settings(os.environ)
    gallery = {
        **bare,
        "BASE_URL": addresses.gallery,
        "DATA_DIR": str(folder),
        "EVENTS": _as_json([folder / "practice.toml", SHIPPED]),
        "HF_ENDPOINT": addresses.hub,
        "OAUTH_CLIENT_ID": CLIENT_ID,
        "OAUTH_CLIENT_SECRET": secret,
        "REACHABLE_PRIVATE_HOSTS": _as_json(
            [
                *(address.removeprefix("http://") for address in (addresses.demo, addresses.hub)),
                *(f"127.0.0.1:{port}" for port in OWN_DEMOS),
            ]
        ),
        "POLL_MINUTES": "0.5",
    }
    hub = [
        f"--folder={folder / 'hub'}",
        f"--port={addresses.hub.rpartition(':')[2]}",
        f"--demo={addresses.demo}",
        f"--redirect={addresses.gallery}/sign-in/hub/callback",
        f"--tag={event.tag}",
        *(["--rehearsal"] if is_rehearsal(event) else []),
    ]
    port, demo_port = (
        f"--port={address.rpartition(':')[2]}" for address in (addresses.gallery, addresses.demo)
    )
    parts = [
        Part("Hub", "gallery.practice.hub", hub, addresses.hub, {**bare, SECRET: secret}),
        Part("gallery", "gallery", ["serve", port], f"{addresses.gallery}/healthz", gallery),
        Part("entry", "gallery.practice.entry", [], None, gallery),
        Part("demo", "spaces", ["host", demo_port], addresses.demo, bare),
    ]
    if is_rehearsal(event):
        parts.append(Part("jury", "gallery.practice.rehearsal", [], None, gallery))
    return {part.name: part for part in parts}


def _without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Nothing of a real gallery reaches a practice: not its database, its mail, its tokens."""
    ours = {name.upper() for name in Settings.model_fields}
    return {name: value for name, value in environment.items() if name not in ours}


def _as_json(values: Sequence[Path | str]) -> str:
    return json.dumps([str(value) for value in values])
