"""Webhooks: whoever asked for it is told when a repository changes, as the real Hub tells it."""

import logging
import queue
import threading
from dataclasses import dataclass
from typing import Any

import httpx

from gallery.practice.small_hub import describe
from gallery.practice.small_hub.repository import Repository

log = logging.getLogger(__name__)
SECONDS = 5


@dataclass(frozen=True)
class Webhook:
    """Who is told what: `watched` are pairs of type (a repository's, `user` or `org`) and name."""

    id: str
    url: str
    watched: tuple[tuple[str, str], ...]
    domains: tuple[str, ...]
    secret: str | None

    def watches(self, repository: Repository) -> bool:
        names = {
            (repository.repo_type, repository.repo_id.casefold()),
            ("user", repository.owner.casefold()),
            ("org", repository.owner.casefold()),
        }
        return any((kind, name.casefold()) in names for kind, name in self.watched)

    def told(self) -> dict[str, Any]:
        """As the API tells it."""
        return {
            "id": self.id,
            "url": self.url,
            "watched": [{"type": kind, "name": name} for kind, name in self.watched],
            "domains": list(self.domains),
            "secret": self.secret,
            "disabled": False,
        }


class Postman:
    """Delivers in the background, one after the other; what cannot be delivered is logged."""

    def __init__(self) -> None:
        self.webhooks: dict[str, Webhook] = {}
        self._letters: queue.SimpleQueue[tuple[Webhook, dict[str, Any]]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def announce(self, repository: Repository, action: str, scope: str) -> None:
        """`action` is create, update or delete; `scope` is repo, repo.content or repo.config."""
        for webhook in self.webhooks.values():
            if webhook.watches(repository):
                self._letters.put((webhook, _letter(repository, webhook, action, scope)))
                self._start()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._deliver, name="postman", daemon=True)
            self._thread.start()

    def _deliver(self) -> None:
        while True:
            webhook, letter = self._letters.get()
            headers = {"X-Webhook-Secret": webhook.secret} if webhook.secret else {}
            try:
                httpx.post(webhook.url, json=letter, headers=headers, timeout=SECONDS)
            except httpx.HTTPError as error:
                log.warning("webhook %s was not delivered: %s", webhook.id, error)


def _letter(repository: Repository, webhook: Webhook, action: str, scope: str) -> dict[str, Any]:
    return {
        "event": {"action": action, "scope": scope},
        "repo": {
            "type": repository.repo_type,
            "name": repository.repo_id,
            "id": describe.identity(repository),
            "private": repository.private,
            "headSha": repository.head.id,
            "owner": {"id": describe.identity(repository)},
            "tags": describe.tags(repository),
        },
        "webhook": {"id": webhook.id, "version": 3},
    }
