"""A folder judged by the gallery's rules before it is published."""

import json
from pathlib import Path

import pytest

from spaces.checks.check import Outcome
from spaces.commands.check import all_checks
from spaces.commands.environment import install
from spaces.commands.project import Project
from tests.gallery.hub_fixtures import ServedHub
from tests.spaces.commands.conftest import CHECKPOINT, STATIC, TOKEN, Make, Spaces

PAINTED = """
import sys
sys.path.insert(0, {root!r})
from spaces.demo.config import DemoConfig
from spaces.demo.page import build_demo, launch
from tests.fake_engine import FakeEngine

config = DemoConfig(title="A Space", description="It paints.", control="canny")
demo = build_demo(config, FakeEngine())
if __name__ == "__main__":
    launch(demo)
"""
ONE_PAGE = """
import http.server, os
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path != "/":
            os._exit(1)
        self.send_response(200)
        self.end_headers()
port = int(os.environ["GRADIO_SERVER_PORT"])
http.server.ThreadingHTTPServer(("127.0.0.1", port), Page).serve_forever()
"""
ROOT = str(Path(__file__).parents[3])
TEXT = (
    "It turns drawings of pots and bowls into pictures of glazed ones, and keeps their lines. " * 2
)


def found(project: Project, **options: float) -> dict[str, Outcome]:
    return {check.name: check.outcome for check in all_checks(project, **options)}


def ended(project: Project) -> Project:
    """With an app.py that ends at once, where the start is not what a test is about."""
    (project.folder / "app.py").write_text("raise SystemExit('error: no paint')\n")
    return project


def finished(project: Project) -> Project:
    """With all that a team is asked to write."""
    readme = project.folder / "README.md"
    readme.write_text(readme.read_text().partition("<!--")[0] + TEXT)
    for kind in ("model", "dataset"):
        card = project.folder / kind / "README.md"
        front, _, _ = card.read_text().partition("\n# ")
        sections = (
            "Base model",
            "Training data",
            "Contents",
            "Source and preparation",
            "How to use it",
        )
        text = "".join(f"\n## {name}\n\n{TEXT}\n" for name in (*sections, "Limitations"))
        card.write_text(f"{front}\n# Clay\n\n{TEXT} From scratch, without a base model.\n{text}")
    return project


@pytest.mark.slow
def test_a_finished_space_that_starts_is_ready_to_be_handed_in(
    hub: ServedHub, project: Make, spaces: Spaces
) -> None:
    made = finished(project(checkpoint=CHECKPOINT, dataset="ada-l/clay-data"))
    (made.folder / "app.py").write_text(PAINTED.format(root=ROOT))
    code, said, error = spaces("check", made.folder, "--json", "--thumbnail")
    assert (code, error) == (0, "")
    checks = json.loads(said)
    assert {check["outcome"] for check in checks} == {"pass"}, said
    names = [check["name"] for check in checks]
    assert {"app_starts", "demo_answers", "weights", "model_card", "dataset_card"} <= {*names}
    assert (made.folder / "thumbnail.png").read_bytes()[:4] == b"\x89PNG"


def test_a_fresh_template_is_told_what_its_team_has_to_write(hub: ServedHub, project: Make) -> None:
    outcomes = found(ended(project(checkpoint=CHECKPOINT)))
    assert outcomes["front_matter"] is Outcome.PASS
    assert outcomes["weights"] is Outcome.PASS
    assert outcomes["story"] is Outcome.WARNING
    assert outcomes["model_card"] is Outcome.WARNING
    assert outcomes["app_starts"] is Outcome.FAILURE
    assert outcomes["demo_answers"] is Outcome.UNKNOWN


def test_an_app_that_ends_is_told_with_its_last_words(
    hub: ServedHub, project: Make, spaces: Spaces
) -> None:
    code, said, _ = spaces("check", ended(project()).folder)
    assert code == 1
    assert "✗ The app's start: app.py ended; the last that it said: error: no paint" in said
    assert "python -m spaces run" in said


def test_a_token_that_an_app_prints_is_not_repeated(
    hub: ServedHub, project: Make, spaces: Spaces
) -> None:
    made = project()
    (made.folder / "app.py").write_text(f"raise SystemExit('refused: {TOKEN}')\n")
    _, said, error = spaces("check", made.folder)
    assert "refused: [a token]" in said
    assert TOKEN not in said + error


def test_the_weights_of_a_whole_model_are_found_in_its_folders(
    hub: ServedHub, project: Make
) -> None:
    whole = {"task": "text-to-image", "controlnet": [], "base": "ada-l/clay-model"}
    outcomes = found(ended(project(**whole, checkpoint=CHECKPOINT.parent)))
    assert outcomes["weights"] is Outcome.PASS


def test_an_app_that_ends_at_its_first_picture_is_told_too(hub: ServedHub, project: Make) -> None:
    made = project()
    (made.folder / "app.py").write_text(ONE_PAGE)
    outcomes = found(made)
    assert outcomes["app_starts"] is Outcome.FAILURE
    assert outcomes["demo_answers"] is Outcome.UNKNOWN


def test_an_app_that_hangs_is_ended(hub: ServedHub, project: Make) -> None:
    made = project()
    (made.folder / "app.py").write_text("import time\nwhile True:\n    time.sleep(1)\n")
    assert found(made, start_seconds=0.5)["app_starts"] is Outcome.FAILURE


@pytest.mark.parametrize(
    ("file", "old", "new", "name"),
    [
        ("README.md", "sdk: gradio", "sdk: docker", "front_matter"),
        ("README.md", "---\n", "", "front_matter"),
        ("README.md", "title: ", "title: [", "front_matter"),
        ("README.md", "short_description: ", f"short_description: {'x' * 61} # ", "front_matter"),
        ("README.md", "app_file: app.py", "app_file: other.py", "front_matter"),
        ("README.md", "  - jax-diffusers-event\n", "", "space_tag"),
        ("README.md", "  - ada-l/clay-canny\n", "  - ada-l/other\n", "models_linked"),
        ("requirements.txt", "numpy==", "numpy>=", "requirements"),
        ("requirements.txt", "numpy==", "not a requirement ==", "requirements"),
        ("requirements.txt", "# What", "<<<<<<< yours\n# What", "conflicts"),
        ("model/README.md", "license: apache-2.0\n", "", "model_license"),
    ],
)
def test_each_mistake_is_found_by_its_own_check(
    hub: ServedHub, project: Make, file: str, old: str, new: str, name: str
) -> None:
    made = ended(project(checkpoint=CHECKPOINT))
    path = made.folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    assert found(made)[name] in (Outcome.FAILURE, Outcome.WARNING)


def test_a_model_that_is_nowhere_is_missed(hub: ServedHub, project: Make) -> None:
    outcomes = found(ended(project()))
    assert outcomes["models_linked"] is Outcome.FAILURE
    hub.hub.add_model("ada-l/clay-canny", card={"license": "mit"})
    outcomes = found(ended(project("other")))
    assert outcomes["models_linked"] is Outcome.PASS
    assert outcomes["weights"] is Outcome.FAILURE


def test_a_hub_that_is_away_is_nobodys_fault(
    project: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    outcomes = found(ended(project(**STATIC)))
    assert outcomes["models_linked"] is Outcome.UNKNOWN
    assert outcomes["front_matter"] is Outcome.PASS


@pytest.mark.slow
def test_an_index_that_is_away_is_nobodys_fault_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_RETRIES", "1")
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "requirements.txt").write_text("numpy==2.4.6\n")
    python, check = install(tmp_path, tmp_path / "environment")
    assert python is None
    assert check.outcome is Outcome.UNKNOWN
    assert "package index could not be reached" in check.message
