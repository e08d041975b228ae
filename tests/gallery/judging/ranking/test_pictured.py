"""The docs' plot: what was simulated, told to eyes and to screen readers."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gallery.judging.reckoning import METHOD
from tests.gallery.judging.ranking.pictured import LEFT, RIGHT, Bar, pictured
from tests.gallery.judging.ranking.simulated import GOLDEN, first_qualities, plot

DOCS = Path(__file__).parents[4] / "docs"


def test_a_bar_is_as_long_as_its_share_and_says_it() -> None:
    drawn = pictured(
        juries=1000,
        right=[Bar("this <one>", 0.59, 0.01, 0.17), Bar("means", 0.5, 0.01, 0.1)],
        covered=[Bar("demos", 0.879, 0.003)],
        promised=0.9,
    )
    root = ElementTree.fromstring(drawn)
    widths = [float(box.attrib["width"]) for box in root.iter("{http://www.w3.org/2000/svg}rect")]
    wide = RIGHT - LEFT
    assert widths[1:] == [round(wide * share, 1) for share in (0.59, 0.17, 0.5, 0.1, 0.879)]
    assert root.attrib["aria-label"] == "this <one> 59.0 %; means 50.0 %; demos 87.9 %"
    texts = "".join(root.itertext())
    assert "1,000 simulated juries" in texts
    assert "59.0 %" in texts


@pytest.mark.slow
def test_simulated_juries_become_a_plot() -> None:
    assert "2 simulated juries" in plot(2)


def test_the_docs_show_one_that_agrees_with_their_table() -> None:
    drawn = (DOCS / "judging-simulations.svg").read_text("utf-8")
    assert len(drawn) < 40_000
    text = (DOCS / "judging.md").read_text("utf-8")
    assert "judging-simulations.svg" in text
    for method, share in re.findall(r"^\| ([^|]+) \| ([0-9.]+ %) \|", text, re.MULTILINE):
        name = {"z-scores by juror": "z-scores", "summed Copeland points": "Copeland points"}
        assert f"{name.get(method, method)} {share}" in drawn


@pytest.mark.slow
def test_the_docs_figures_are_of_the_method_that_ranks_today() -> None:
    """A changed model has to be simulated anew: `simulated keep`, then `simulated plot`."""
    golden = json.loads(GOLDEN.read_text("utf-8"))
    assert golden["method"] == METHOD
    assert golden["juries"] == 1000
    for now, then in zip(first_qualities(), golden["first"], strict=True):
        assert now == pytest.approx(then, abs=2e-3)
    text = (DOCS / "judging.md").read_text("utf-8")
    assert f"The 90 % ranges hold the truth for {golden['covered']} % of the demos" in text
    names = {
        "this ranking": "ours",
        "z-scores by juror": "z-scores",
        "summed Copeland points": "Copeland points",
    }
    rows = re.findall(r"^\| ([^|]+) \| ([0-9.]+) % \| ([0-9.]+) % \|", text, re.MULTILINE)
    assert len(rows) == len(golden["right"])
    for method, right, whole in rows:
        name = names.get(method, method)
        assert (float(right), float(whole)) == (golden["right"][name], golden["whole"][name])
