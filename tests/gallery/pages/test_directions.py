"""Words run in their own direction, whatever stands beside them."""

import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from gallery.pages.render import TEMPLATES, markdown
from gallery.people import ideas, teams
from tests.gallery.browse.conftest import HandedIn, handed_in
from tests.gallery.people.conftest import Sprint, sprint

__all__ = ["handed_in", "sprint"]
ARABIC, HEBREW = "مدينة من خطوط", "רישום לתמונה"
NO_WORDS = {"hidden", "checkbox", "radio", "email", "submit", "datetime-local", "date", "file"}


def test_a_story_gives_each_of_its_parts_its_direction() -> None:
    html = markdown(f"# {ARABIC}\n\nOurs\n\n- {HEBREW}\n\n> {ARABIC}")
    for tag in ("h2", "p", "ul", "li", "blockquote"):
        assert f'<{tag} dir="auto">' in html, tag


@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_titles_names_and_words_say_that_their_direction_is_their_own(
    sprint: Sprint, signed_in: Callable[[str], TestClient], handed_in: HandedIn
) -> None:
    sprint.sign_up("ada-l")
    idea = sprint.do(ideas.propose, "ada-l", title=ARABIC, text=HEBREW)
    team = sprint.do(teams.form, "ada-l", name=HEBREW)
    lead = sprint.id_of("ada-l")
    demo = handed_in(1, title=ARABIC, summary=HEBREW, tags=(HEBREW,), members=(lead,), team=HEBREW)
    browser = signed_in("ada-l")
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
    ):
        page = browser.get(path).text
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


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_whatever_takes_words_takes_them_in_any_direction(template) -> None:
    for tag in re.findall(r"<(?:input|textarea)\b[^>]*>", template.read_text("utf-8")):
        kind = re.search(r'type="([\w-]+)"', tag)
        if (kind is None or kind[1] not in NO_WORDS) and "readonly" not in tag:
            assert 'dir="auto"' in tag, tag
