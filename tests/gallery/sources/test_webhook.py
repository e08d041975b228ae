"""What the Hub announces: taken with the secret only, and taken as a hint only."""

from datetime import datetime

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from gallery.api import webhook
from gallery.database.tables import RepoRecord
from gallery.gallery import Gallery
from gallery.settings import Settings
from gallery.sources import records
from tests.gallery.conftest import Clock
from tests.gallery.hub_fixtures import ServedHub
from tests.gallery.watched import Enter

SECRET = "told to the Hub"


def _post(
    client: TestClient, *, secret: str | None = SECRET, name: str = "ada-l/clouds", **repo: object
) -> Response:
    headers = {b"Accept": b"*/*"}
    if secret is not None:
        headers[b"X-Webhook-Secret"] = secret.encode()
    payload = {
        "event": {"action": "update", "scope": "repo.content"},
        "repo": {"type": "space", "name": name, "id": "1", "private": False, **repo},
        "webhook": {"id": "1", "version": 3},
    }
    return client.post("/webhooks/hub", json=payload, headers=headers)


def _announced(gallery: Gallery, repo_id: str = "ada-l/clouds") -> datetime | None:
    with gallery.database.read() as session:
        row = session.get(RepoRecord, ("space", repo_id))
        return row and row.announced_at


@pytest.fixture
def known(gallery: Gallery, small_hub: ServedHub, enter: Enter) -> None:
    enter("ada-l/clouds")
    small_hub.hub.add_space("ada-l/clouds", likes=1)
    records.refresh(gallery, "space", "ada-l/clouds")


@pytest.mark.usefixtures("known")
def test_an_announcement_is_noted_and_twice_is_once(
    gallery: Gallery, client: TestClient, clock: Clock
) -> None:
    for _ in range(2):
        answer = _post(client)
        assert (answer.status_code, answer.json()) == (202, {"noted": True})
    assert _announced(gallery) == clock.now
    assert _post(client, name="ada-l/unknown", tags=["summer-sprint"]).json() == {"noted": False}
    assert _announced(gallery, "ada-l/unknown") is None


@pytest.mark.usefixtures("known")
def test_a_forged_announcement_is_refused_and_changes_nothing(
    gallery: Gallery, client: TestClient
) -> None:
    for secret in (None, "", "told to the hub", "täuschend", SECRET + "."):
        answer = _post(client, secret=secret)
        assert answer.status_code == 403
        assert SECRET not in answer.text
    assert _announced(gallery) is None


@pytest.mark.usefixtures("known")
def test_a_replayed_announcement_of_old_news_brings_no_old_facts(
    gallery: Gallery, client: TestClient, small_hub: ServedHub
) -> None:
    small_hub.hub.add_space("ada-l/clouds", likes=8)
    _post(client, head_sha="0" * 40)  # whatever it says, the Hub is asked
    known = records.refresh(gallery, "space", "ada-l/clouds")
    assert known.facts is not None
    assert known.facts.likes == 8
    assert _announced(gallery) is None


def test_without_a_secret_in_the_settings_no_webhook_is_taken(
    gallery: Gallery, settings: Settings
) -> None:
    bare = settings.model_copy(update={"webhook_secret": None})
    with pytest.raises(webhook.NotAllowed, match="set WEBHOOK_SECRET"):
        webhook.require_secret(Gallery(bare, gallery.database, gallery.events), "")


def test_nonsense_gets_a_sentence(client: TestClient) -> None:
    headers = {"X-Webhook-Secret": SECRET, "Content-Type": "application/json", "Accept": "*/*"}
    for body in ("", "[]", "{", '{"repo": {"type": "car", "name": "a/b"}}'):
        answer = client.post("/webhooks/hub", content=body, headers=headers)
        assert answer.status_code == 422
        assert answer.json()["error"]["code"] == "invalid"
