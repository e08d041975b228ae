"""A submission's history, as visitors and its team see it."""

from collections.abc import Callable
from datetime import timedelta

from fastapi.testclient import TestClient

from gallery.act import Act
from gallery.actor import Actor
from gallery.gallery import Gallery
from gallery.submissions import submissions
from tests.gallery.submissions.conftest import add_team, content


def test_visitors_see_what_changed_since_it_was_handed_in(
    gallery: Gallery,
    client: TestClient,
    person: Callable[[str], Actor],
    signed_in: Callable[[str], TestClient],
) -> None:
    ada, now, event = person("ada-l"), gallery.clock(), gallery.current
    with gallery.database.write() as session:
        add_team(session, gallery, "Ada's", ada)
        given = content(title="A draft of it")
        draft = submissions.create_draft(Act(session, ada, now, event), content=given)
        number = draft.id
    path = f"/summer/submissions/{number}/revisions"
    assert client.get(path).status_code == 404
    assert "The first version." in signed_in("ada-l").get(path).text
    with gallery.database.write() as session:
        submissions.submit(Act(session, ada, now, event), submission_id=number, number=1)
        given = content(title="A <b>work</b> of it")
        wanted = {"submission_id": number, "number": 1, "content": given}
        later = now + timedelta(minutes=1)
        submissions.save(Act(session, ada, later, event), **wanted)
    shown = client.get(path)
    assert "A <del>draft</del><ins>&lt;b&gt;work&lt;/b&gt;</ins> of it" in shown.text
    assert client.get(f"{path}/1").status_code == 200
    for other in ("0", "3", str(2**70)):
        answer = client.get(f"{path}/{other}")
        assert answer.status_code == 404
        assert "choose one from its history" in answer.text
