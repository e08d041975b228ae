"""Certificates: after publication, with what is public, in any script, and never with a box."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from fastapi.testclient import TestClient
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import Image

from gallery.database.tables import Account, Membership, Submission
from gallery.errors import Invalid
from gallery.judging import ballots, judgings, results
from gallery.judging.ballots import Said
from gallery.judging.certificates import fonts, layout
from gallery.judging.certificates.content import Certificate
from gallery.organising import moderation
from gallery.organising.moderation import Subject
from tests.gallery.judging.conftest import Jury

SignedIn = Callable[[str], TestClient]
PLAIN = Certificate(
    event="Summer sprint",
    headline="First place",
    prize="A prize",
    title="Balloons at night 🎈",
    team="Deep sea",
    members=("Zoë Ångström", "<b>Ada</b>"),
    at=datetime(2026, 7, 1, tzinfo=UTC),
    has_won=True,
)
AGAIN = """
import sys
from pathlib import Path
from tests.gallery.judging.test_certificates import PLAIN
from gallery.judging.certificates import layout
sys.stdout.buffer.write(layout.as_pdf(PLAIN, None) + layout.as_png(PLAIN, None))
"""


def words(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 1
    return document[0].get_textpage().get_text_bounded()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A font with three Cyrillic letters, each of them a block; and a file that is no font."""
    letters = "дом"
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, 700), (500, 700), (500, 0)):
        pen.lineTo(corner)
    pen.closePath()
    names = [".notdef", *(f"letter{number}" for number in range(len(letters)))]
    made = FontBuilder(1000)
    made.setupGlyphOrder(names)
    made.setupCharacterMap(dict(zip(map(ord, letters), names[1:], strict=True)))
    made.setupGlyf(dict.fromkeys(names, pen.glyph()))
    made.setupHorizontalMetrics(dict.fromkeys(names, (600, 0)))
    made.setupHorizontalHeader(ascent=800, descent=-200)
    made.setupNameTable({"familyName": "Blocks", "styleName": "Regular"})
    made.setupOS2()
    made.setupPost()
    made.save(tmp_path / "blocks.ttf")
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    return tmp_path


def test_everything_of_it_is_on_the_one_page(tmp_path: Path) -> None:
    found = words(layout.as_pdf(PLAIN, None))
    for text in ("Summer sprint", "First place", "A prize", "Balloons at night", "Deep sea"):
        assert text in found
    assert "Zoë Ångström" in found
    assert "<b>Ada</b>" in found
    assert "1 July 2026" in found
    with Image.open(BytesIO(layout.as_png(PLAIN, None))) as picture:
        assert (picture.format, picture.width) == ("PNG", layout.PIXELS)


@pytest.mark.slow
def test_another_process_makes_the_same_bytes() -> None:
    here = layout.as_pdf(PLAIN, None) + layout.as_png(PLAIN, None)
    there = subprocess.run([sys.executable, "-c", AGAIN], capture_output=True, check=True)
    assert there.stdout == here


def test_what_is_long_becomes_smaller_and_stays_on_the_page() -> None:
    long = PLAIN.__class__(
        **{
            **vars(PLAIN),
            "title": "W" * 120,
            "team": "x" * 80,
            "members": tuple(f"Member {number}" for number in range(30)),
        }
    )
    found = words(layout.as_pdf(long, None))
    assert "Member 29" in found
    assert "1 July 2026" in found


def test_letters_that_no_font_has_are_said_and_not_drawn_as_boxes(folder: Path) -> None:
    with pytest.raises(Invalid, match="got none for д м о; ask the organisers"):
        fonts.chosen(("дом",), None)
    with pytest.raises(Invalid, match="got none for 漢"):
        fonts.chosen(("дом 漢",), folder)
    with pytest.raises(Invalid, match="got none for д м о"):
        fonts.chosen(("дом",), folder / "elsewhere")


def test_a_font_of_the_settings_folder_is_taken_for_what_the_shipped_ones_lack(
    folder: Path,
) -> None:
    shipped = fonts.chosen(("Zoë",), folder)
    more = fonts.chosen(("Zoë дом",), folder)
    assert [font.path.name for font in more[len(shipped) :]] == ["blocks.ttf"]
    cyrillic = PLAIN.__class__(**{**vars(PLAIN), "team": "дом"})
    assert "дом" in words(layout.as_pdf(cyrillic, folder))


def test_decoration_that_no_font_has_is_left_out() -> None:
    found = fonts.chosen((PLAIN.title,), None)
    assert fonts.drawable("🎈 Balloons \u200bat\u202e night ❤️", found) == "Balloons at night"


@pytest.fixture
def jury(jury: Jury) -> Jury:
    """`ada-l`, who is called Ada, is in the first demo's team; judging is closed."""
    for place, demo in enumerate(jury.demos):
        said = Said({"craft": 5 - place, "idea": 9 - 3 * place})
        jury(ballots.finish, "juror", submission_id=demo, number=0, said=said)
    account_id = jury.person("ada-l").account_id
    with jury.gallery.database.write() as session:
        account = session.get_one(Account, account_id)
        account.display_name, account.email = "Ada Lovelace", "ada@example.org"
        submission = session.get_one(Submission, jury.demos[0])
        session.add(
            Membership(
                team=submission.team, account=account, event="summer", joined_at=jury.clock.now
            )
        )
    jury(judgings.close, "organiser", reason="all is in")
    return jury


@pytest.mark.slow
def test_it_is_there_for_everybody_when_the_result_is_published_and_not_before(
    jury: Jury, client: TestClient, signed_in: SignedIn
) -> None:
    address = "/summer/submissions/{}/certificate.{}"
    for who in (client, signed_in("ada-l"), signed_in("organiser")):
        for form in ("pdf", "png"):
            assert who.get(address.format(jury.demos[0], form)).status_code == 404
    jury(results.publish, "organiser")
    got = client.get(address.format(jury.demos[0], "pdf"))
    assert got.headers["content-type"] == "application/pdf"
    found = words(got.content)
    assert "First place" in found
    assert "Ada Lovelace" in found
    assert "example.org" not in found
    picture = client.get(address.format(jury.demos[0], "png"))
    assert picture.content.startswith(b"\x89PNG")
    assert client.get(address.format(jury.demos[0], "svg")).status_code == 404
    assert client.get(address.format(9999, "pdf")).status_code == 404
    team = signed_in("ada-l").get("/summer/teams/1").text
    assert address.format(jury.demos[0], "pdf") in team


@pytest.mark.slow
def test_who_won_nothing_took_part_and_what_is_hidden_gets_none(
    jury: Jury, client: TestClient
) -> None:
    last = jury.hand_in(1)[-1]
    jury(results.settle, "organiser", order=jury.demos[:3], reason="The last one came late")
    jury(results.publish, "organiser")
    address = f"/summer/submissions/{last}/certificate.pdf"
    found = words(client.get(address).content)
    assert "Took part" in found
    assert "place" not in found.replace("First placed", "")
    jury(
        moderation.hide,
        "organiser",
        subject=Subject.SUBMISSION,
        subject_id=last,
        reason="it is stolen",
    )
    assert client.get(address).status_code == 404


@pytest.mark.slow
def test_a_name_without_a_font_is_answered_in_a_sentence(jury: Jury, client: TestClient) -> None:
    jury(results.publish, "organiser")
    with jury.gallery.database.write() as session:
        session.get_one(Submission, jury.demos[0]).title = "漢字"
    got = client.get(f"/summer/submissions/{jury.demos[0]}/certificate.pdf")
    assert got.status_code == 422
    assert "FONTS_DIR" in got.text
