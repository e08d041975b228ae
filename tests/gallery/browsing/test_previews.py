"""What links to our pages show elsewhere: a title, a sentence and a picture, always."""

import re
from collections.abc import Callable

from fastapi.testclient import TestClient

from gallery.actor import Actor
from gallery.database.tables import Idea, Submission, Team
from gallery.gallery import Gallery
from tests.gallery.browsing.conftest import HandedIn

BASE = "http://127.0.0.1:7861"


def preview(client: TestClient, path: str) -> dict[str, str]:
    """The page's Open Graph properties; each is there once."""
    html = client.get(path).text
    found = re.findall(r'<meta property="og:([a-z:_]+)" content="([^"]*)">', html)
    assert len(found) == len(dict(found)), path
    assert html.count('<meta name="description"') == 1
    return dict(found)


def test_every_page_that_is_passed_on_has_a_preview(
    gallery: Gallery, client: TestClient, handed_in: HandedIn, person: Callable[[str], Actor]
) -> None:
    for path in ("/summer", "/summer/event", "/summer/ideas", "/summer/teams", "/summer/sign-up"):
        assert preview(client, path)["title"] == "Summer sprint"
    lead = person("team-lead").account_id
    assert lead is not None
    picture, now = "a" * 64, gallery.clock()
    shown = handed_in(1, title="Fish", thumbnail=picture, team="Deep sea", members=(lead,))
    hidden = handed_in(2, thumbnail="b" * 64, team="Cats", members=(person("ada-l").account_id,))
    with gallery.database.write() as session:
        text = 'A <b>bird</b> in "ink".'
        idea = Idea(event="summer", author_id=lead, title="Birds", text=text, created_at=now)
        session.add(idea)
        session.get_one(Submission, hidden).hidden_at = now
        teams = {name: number for number, name in session.query(Team.id, Team.name)}
    home, of_team = (
        preview(client, "/summer"),
        preview(client, f"/summer/teams/{teams['Deep sea']}"),
    )
    assert home["image"] == of_team["image"] == f"{BASE}/pictures/{picture}/960.webp"
    assert of_team["description"] == "A team in the Summer sprint: team-lead"
    assert preview(client, f"/summer/submissions/{shown}")["image:alt"] == (
        "A picture made with Fish"
    )
    of_idea = preview(client, f"/summer/ideas/{idea.id}")
    assert of_idea["title"] == "Birds"
    assert of_idea["description"] == "A &lt;b&gt;bird&lt;/b&gt; in &#34;ink&#34;."
    for one in (of_idea, preview(client, f"/summer/teams/{teams['Cats']}")):
        picture = client.get(one["image"].removeprefix(BASE))
        assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
