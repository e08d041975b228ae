"""Submitting: a published Space handed in to a gallery, through its API, with the team's token.

What the team has written there already is left as it is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from spaces.commands.folder_rules import THUMBNAIL, UNFINISHED
from spaces.commands.front_matter import read_readme
from spaces.commands.project import Project
from spaces.errors import CannotDo, HubRefused, HubUnavailable

TOKEN = "SPRINT_TOKEN"  # noqa: S105  the variable's name
SECONDS = 60
MOST_STORY = 20_000
TASKS = {"several-controls": "controlnet"}
"""The gallery's word for a task, where it is another."""
HEADING = re.compile(r"\A\s*# .*\n")


@dataclass(frozen=True)
class HandedIn:
    """`state` is the gallery's word; `claim` is the line that the README must have, if any."""

    address: str
    state: str
    claim: str = ""


class Gallery:
    """One gallery's API, as a team's program asks it. The token goes to that address alone."""

    def __init__(self, address: str, token: str | None) -> None:
        """Raises CannotDo where there is no token."""
        if not token:
            raise CannotDo(
                f"{TOKEN} must be set to a token of your team's (made on its page in the gallery), "
                f"got nothing; for example `read -rs {TOKEN} && export {TOKEN}`"
            )
        self._address = address.rstrip("/")
        self._token = token

    def hand_in(self, project: Project, space_id: str, event: str | None) -> HandedIn:
        """As a draft first, where the team has none, and then handed in; twice is once.

        Raises CannotDo, HubRefused or HubUnavailable.
        """
        event = event or self._only_event()
        base = f"/api/v1/events/{quote(event, safe='')}"
        team = self._ask("GET", f"{base}/team")
        own = next(
            (
                one
                for one in team["submissions"]
                if one["space_id"].casefold() == space_id.casefold()
            ),
            None,
        )
        if own is None:
            body = {"content": self._content(project, space_id)}
            own = self._ask("POST", f"{base}/submissions", json=body)
        here = f"{base}/submissions/{own['id']}"
        if own["state"] not in ("submitted", "waiting"):
            own = self._ask("POST", f"{here}/submit", json={"number": own["number"]})
        shown = self._ask("GET", here)
        waits = own["state"] == "waiting"
        claim = self._ask("GET", f"{here}/claim")["line"] if waits else ""
        return HandedIn(str(shown["url"]), str(own["state"]), str(claim))

    def _only_event(self) -> str:
        found = self._ask("GET", "/api/v1/events")
        slugs = [str(one["slug"]) for one in found]
        if len(slugs) != 1:
            raise CannotDo(
                f"--event must be one of {', '.join(slugs[:8]) or 'none yet'}, got nothing; add it"
            )
        return slugs[0]

    def _content(self, project: Project, space_id: str) -> dict[str, Any]:
        answers = project.answers
        values, text = read_readme(project.folder)
        picture = project.folder / THUMBNAIL
        digest = self._upload(picture) if picture.is_file() else None
        return {
            "space_id": space_id,
            "title": str(values.get("title") or answers.title),
            "emoji": answers.emoji,
            "summary": answers.summary,
            "description": UNFINISHED.sub("", HEADING.sub("", text)).strip()[:MOST_STORY],
            "task": TASKS.get(answers.task, answers.task),
            "controls": list(answers.controlnets),
            "base_model": answers.base,
            "models": list(answers.models),
            "datasets": [answers.dataset] if answers.dataset else [],
            "license": answers.license,
            "thumbnail": digest,
            "pictures": [{"digest": digest, "caption": ""}] if digest else [],
        }

    def _upload(self, picture: Path) -> str:
        files = {"picture": (picture.name, picture.read_bytes(), "image/png")}
        return str(self._ask("POST", "/api/v1/pictures", files=files)["digest"])

    def _ask(self, method: str, path: str, **content: Any) -> Any:
        try:
            answer = httpx.request(
                method,
                f"{self._address}{path}",
                headers={"Authorization": f"Bearer {self._token}"},
                timeout=SECONDS,
                **content,
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise HubUnavailable(
                f"the gallery at {self._address} must answer, got {type(error).__name__}; "
                "run the same command again, and it goes on where it stopped"
            ) from None
        try:
            found = answer.json()
        except ValueError:
            found = None
        if answer.is_success and found is not None:
            return found
        raise HubRefused(_sentence(found, answer.status_code))


def _sentence(found: Any, status: int) -> str:
    """The gallery's own, where it said one."""
    error = found.get("error") if isinstance(found, Mapping) else None
    said = error.get("message") if isinstance(error, Mapping) else None
    if said:
        return f"the gallery must take it, got {status}: {str(said)[:400]}"
    return f"the gallery must answer as galleries do, got {status}; check --gallery"
