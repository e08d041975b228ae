"""Words run in their own direction, whatever stands beside them."""

import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from gallery.database.tables import Account
from gallery.organising import moderation
from gallery.organising.moderation import Subject
from gallery.people import roles
from gallery.teams import ideas, teams
from gallery.teams import invitations as team_invitations
from gallery.web.render import TEMPLATES, markdown
from tests.gallery.browsing.conftest import HandedIn, handed_in
from tests.gallery.people.conftest import Sprint, sprint

__all__ = ["handed_in", "sprint"]
ARABIC, HEBREW = "مدينة من خطوط", "רישום לתמונה"
NO_WORDS = {
    "hidden",
    "checkbox",
    "radio",
    "email",
    "submit",
    "datetime-local",
    "date",
    "file",
    "number",
}


def test_a_story_gives_each_of_its_parts_its_direction() -> None:
    html = markdown(f"# {ARABIC}\n\nOurs\n\n- {HEBREW}\n\n> {ARABIC}")
    for tag in ("h2", "p", "ul", "blockquote"):
        assert f'<{tag} dir="auto">' in html, tag
    assert "<li>" in html, "its mark stands where the list begins"


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_titles_names_and_words_say_that_their_direction_is_their_own(
    sprint: Sprint, signed_in: Callable[[str], TestClient], handed_in: HandedIn
) -> None:
    sprint.sign_up("ada-l")
    idea = sprint.do(ideas.propose, "ada-l", title=ARABIC, text=HEBREW)
    team = sprint.do(teams.form, "ada-l", name=HEBREW)
    lead = sprint.id_of("ada-l")
    demo = handed_in(1, title=ARABIC, summary=HEBREW, tags=(HEBREW,), members=(lead,), team=HEBREW)
    which = {"subject": Subject.SUBMISSION, "subject_id": demo, "reason": HEBREW}
    sprint.do(moderation.report, "ben", **which)
    sprint.do(roles.invite, "organiser", role="juror", note=HEBREW)
    browsers = signed_in("ada-l"), signed_in("organiser")
    for path in (
        "/summer",
        f"/summer/submissions/{demo}",
        f"/summer/submissions/{demo}/revisions",
        "/summer/ideas",
        f"/summer/ideas/{idea.id}",
        f"/summer/ideas/{idea.id}/edit",
        "/summer/teams",
        f"/summer/teams/{team.id}",
        "/account",
        "/summer/organise/teams",
        "/summer/organise/submissions",
        "/summer/organise/ideas",
        "/summer/organise/reports",
        "/summer/organise/roles",
        "/summer/organise/log",
    ):
        page = browsers["/organise/" in path].get(path).text
        page = re.sub(r"<script\b.*?</script>|<(?:meta|option)\b[^>]*>", "", page, flags=re.DOTALL)
        title = re.search(r"<title>(.*?)</title>", page)
        assert title is not None
        if ARABIC in title[1] or HEBREW in title[1]:
            assert "\u2068" in title[1], path
        body = page.partition("<body>")[2]
        for found in re.finditer(rf">([^<>]*(?:{ARABIC}|{HEBREW})[^<>]*)<", body):
            before = body[: found.start() + 1]
            opened = "".join(re.findall(r"<[a-z][^>]*>", before)[-2:])  # its own, or an emoji's
            assert 'dir="auto"' in opened or "<bdi>" in opened or "\u2068" in found[1], (
                path,
                before[-160:] + found[1],
            )


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_names_in_sentences_keep_their_direction_to_themselves(
    sprint: Sprint, signed_in: Callable[[str], TestClient]
) -> None:
    sprint.sign_up("ada-l", "ben")
    number = sprint.id_of("ben")
    with sprint.gallery.database.write() as session:
        session.get_one(Account, number).display_name = ARABIC
    team = sprint.do(teams.form, "ada-l", name=HEBREW)
    sprint.do(team_invitations.invite, "ada-l", team_id=team.id, name="ben")
    ada, ben, organiser = (signed_in(name) for name in ("ada-l", "ben", "organiser"))
    moved = {"name": "ben", "team": str(team.id)}

    def says(answer: Response, said: str) -> None:
        assert said.replace("«", "\u2068").replace("»", "\u2069") in answer.text, said

    says(ben.get("/news"), f"ada-l invites you to the team “«{HEBREW}»”")
    asked = ada.post(f"/summer/teams/{team.id}/invitations", data={"name": "ben"})
    says(asked, f"An invitation waits for «{ARABIC}» already")
    says(ben.post("/summer/teams", data={"name": HEBREW}), f"A team is called “«{HEBREW}»” already")
    sprint.do(teams.form, "ben", name="Birds")
    for said in (f"In “«{HEBREW}»” now: «{ARABIC}».", f"has «{ARABIC}» in it already"):
        says(organiser.post("/summer/organise/teams", data=moved), said)


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_whatever_takes_words_takes_them_in_any_direction(template) -> None:
    for tag in re.findall(r"<(?:input|textarea)\b[^>]*>", template.read_text("utf-8")):
        kind = re.search(r'type="([\w-]+)"', tag)
        if (kind is None or kind[1] not in NO_WORDS) and "readonly" not in tag:
            assert 'dir="auto"' in tag, tag
