"""A jury's pages with scores on them, on a phone: light, dark, by finger and screen reader."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from gallery.gallery import Gallery
from gallery.judging import ballots
from gallery.judging.ballots import Said
from tests.gallery import pages
from tests.gallery.judging.chromium import address, enter, settings, site
from tests.gallery.judging.conftest import Jury

__all__ = ["address", "settings", "site"]

pytestmark = [pytest.mark.slow, pytest.mark.browser]
SMALL, SIDEWAYS = (
    Path(pages.__file__).with_name(name).read_text("utf-8") for name in ("small.js", "sideways.js")
)
PAGES = {
    "juror": ("jury", "jury/{demo}", "jury/compare"),
    "organiser": (
        *("organise/jury", "organise/jury/scores", "organise/deliberation"),
        *("organise/result", "organise/feedback"),
    ),
}


@pytest.fixture
def scored(jury: Jury) -> Jury:
    for strict, name in enumerate(("juror", "jo-2")):
        for place, demo in enumerate(jury.demos):
            said = Said({"craft": 5 - strict - place, "idea": 9 - 3 * place}, comment="Good work")
            jury(ballots.finish, name, submission_id=demo, number=0, said=said)
    return jury


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_jury_s_pages_fit_a_finger_in_light_and_dark(
    scored: Jury, browser: Browser, gallery: Gallery, site: str, scheme: str
) -> None:
    for name, paths in PAGES.items():
        context = browser.new_context(
            viewport={"width": 390, "height": 844},
            has_touch=True,
            is_mobile=True,
            color_scheme=scheme,  # type: ignore[arg-type]
            reduced_motion="reduce",
        )
        enter(context, gallery, scored.person(name))
        page = context.new_page()
        for path in paths:
            where = path.format(demo=scored.demos[0])
            page.goto(f"{site}/summer/{where}")
            assert page.evaluate(SIDEWAYS) == [], where
            assert page.evaluate(SMALL) == [], where
            found = Axe().run(page)
            assert found.violations_count == 0, f"{where} {found.generate_report()}"
        context.close()
