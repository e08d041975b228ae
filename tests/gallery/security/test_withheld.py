"""Pictures of what was hidden or withdrawn: their addresses are known, and lead nowhere now."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from gallery.actor import Actor
from gallery.app import build_app
from gallery.database.tables import Picture, Revision, Submission
from gallery.gallery import Gallery
from gallery.submissions.pictures import PictureStore, keep, prepare
from gallery.submissions.withheld import LOOK_SECONDS, Withheld
from tests.gallery.browsing.entries import entry, hand_in
from tests.gallery.conftest import BASE_URL
from tests.gallery.submissions.test_pictures import plain

SignedIn = Callable[[str], TestClient]
Shown = tuple[str, int, int]


@pytest.fixture
def shown(
    gallery: Gallery, person: Callable[[str], Actor], monkeypatch: pytest.MonkeyPatch
) -> Shown:
    """A picture's digest, and the two demos of `ada-l` of which the first shows it.

    What is withheld is looked at anew for every picture.
    """
    monkeypatch.setattr("gallery.services.Withheld", partial(Withheld, look_seconds=0))
    ada, now = person("ada-l"), gallery.clock()
    assert ada.account_id is not None
    with gallery.database.write() as session:
        picture = _kept(session, gallery, ada, now)
        sample = ({"digest": picture.digest, "caption": ""},)
        members = (ada.account_id,)
        one = hand_in(session, "summer", entry(1, pictures=sample), now, team="T", members=members)
        two = hand_in(session, "summer", entry(2), now, team="U")
        return picture.digest, one.id, two.id


def _kept(session: Session, gallery: Gallery, actor: Actor, now: datetime) -> Picture:
    prepared = prepare(plain(1200, 800))
    store = PictureStore(gallery.settings.pictures_dir)
    store.write(prepared)
    return keep(session, actor, now, store=store, picture=prepared)


def test_a_hidden_demos_picture_is_for_its_team_and_the_organisers(
    shown: Shown, client: TestClient, signed_in: SignedIn
) -> None:
    digest, demo, _ = shown
    address, small = f"/pictures/{digest}.webp", f"/pictures/{digest}/480.webp"
    ada, board, stranger = map(signed_in, ("ada-l", "organiser", "kite-9"))
    assert "immutable" in client.get(small).headers["cache-control"]
    hide = {"reason": "somebody's face"}
    board.post(f"/summer/organise/submissions/{demo}/hide", data=hide)
    for path in (address, small):
        assert [one.get(path).status_code for one in (client, stranger)] == [404, 404]
        answers = [one.get(path) for one in (ada, board)]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}
    board.post(f"/summer/organise/submissions/{demo}/restore", data=hide)
    assert client.get(small).status_code == 200


def test_a_picture_is_served_from_memory_until_its_demo_is_hidden(
    shown: Shown, gallery: Gallery, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = 0.0
    monkeypatch.setattr("gallery.submissions.withheld.time.monotonic", lambda: seconds)
    monkeypatch.setattr("gallery.services.Withheld", Withheld)
    digest, demo, _ = shown
    address = f"/pictures/{digest}/480.webp"
    with TestClient(build_app(gallery), base_url=BASE_URL) as visitor:
        asked = [visitor.get(address) for _ in range(2)]
        PictureStore(gallery.settings.pictures_dir).path(digest, 480).unlink()
        asked.append(visitor.get(address))
        assert {(one.status_code, one.content) for one in asked} == {(200, asked[0].content)}
        assert asked[0].headers == asked[-1].headers
        hide = {"reason": "somebody's face"}
        signed_in("organiser").post(f"/summer/organise/submissions/{demo}/hide", data=hide)
        seconds = LOOK_SECONDS
        assert visitor.get(address).status_code == 404


def test_a_withdrawn_demos_picture_goes_unless_another_demo_shows_it(
    shown: Shown, gallery: Gallery, client: TestClient
) -> None:
    digest, demo, other = shown
    address = f"/pictures/{digest}.webp"
    with gallery.database.write() as session:
        session.get_one(Submission, demo).state = "withdrawn"
    assert client.get(address).status_code == 404
    with gallery.database.write() as session:
        revision = session.get_one(Revision, (other, 1))
        picture = {"digest": digest, "caption": ""}
        revision.content = {**revision.content, "pictures": [picture]}
    assert client.get(address).status_code == 200
