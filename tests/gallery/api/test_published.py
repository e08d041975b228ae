"""A Space that a team's command line publishes and hands in, against a gallery and a small Hub."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gallery.actor import Actor
from gallery.database.tables import Submission
from gallery.gallery import Gallery
from gallery.settings import Settings
from spaces.commands.cli import main
from spaces.commands.new import make
from spaces.commands.questions import Asking
from tests.browser import free_port
from tests.gallery.api.conftest import TeamToken
from tests.gallery.hub_fixtures import ServedHub, served_hub, settings_at, small_hub
from tests.gallery.serving import served

__all__ = ["served_hub", "small_hub"]

TOKEN = "hf_" + "t" * 34
PORT = free_port()


@pytest.fixture
def settings(small_hub: ServedHub, tmp_path: Path) -> Settings:
    address = f"http://127.0.0.1:{PORT}"
    return settings_at(small_hub, base_url=address, data_dir=tmp_path / "data")


@pytest.fixture
def site(gallery: Gallery) -> Iterator[str]:
    with served(gallery, PORT) as address:
        yield address


@pytest.fixture
def folder(small_hub: ServedHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A static Space of `team-lead`, whose model is on the Hub."""
    small_hub.hub.add_account("team-lead", token=TOKEN)
    small_hub.hub.add_model("team-lead/clay-canny", card={"license": "mit"})
    monkeypatch.setenv("HF_ENDPOINT", small_hub.address)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    given = {"name": "clay", "into": tmp_path, "owner": "team-lead", "way": "static"}
    given |= {"task": "controlnet", "controlnet": ["canny=team-lead/clay-canny"]}
    given |= {"address": "https://host.example/clay", "tag": "summer-sprint"}
    return make(given, Asking(None)).folder


def test_it_is_published_handed_in_and_the_same_again(
    site: str,
    folder: Path,
    gallery: Gallery,
    team_token: TeamToken,
    person: Callable[[str], Actor],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    token = team_token()
    monkeypatch.setenv("SPRINT_TOKEN", token)
    readme = folder / "README.md"
    readme.write_text(readme.read_text().partition("<!--")[0] + "We like **pots**.\n")
    for _ in range(2):
        assert main(["publish", str(folder), "--gallery", site]) == 0
        said = capsys.readouterr()
        assert f"In the gallery it is submitted: {site}/summer/submissions/1" in said.out
        assert token not in said.out + said.err
    with gallery.database.read() as session:
        made = session.query(Submission).one()
        assert (made.space_id, made.title) == ("team-lead/clay", "Clay")


@pytest.mark.parametrize(
    ("token", "options", "sentence"),
    [
        ("sprint_" + "x" * 40, [], "got 401"),
        (None, ["--event", "winter"], "got 404"),
    ],
)
def test_what_the_gallery_refuses_is_one_sentence_after_the_space_is_there(
    site: str,
    folder: Path,
    small_hub: ServedHub,
    team_token: TeamToken,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    token: str | None,
    options: list[str],
    sentence: str,
) -> None:
    monkeypatch.setenv("SPRINT_TOKEN", token or team_token())
    assert main(["publish", str(folder), "--gallery", site, *options]) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert error.count("\n") == 1
    assert small_hub.hub.shelf.get("space", "team-lead/clay") is not None


def test_no_gallery_at_the_address_is_one_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SPRINT_TOKEN", "sprint_" + "x" * 40)
    assert main(["publish", str(folder), "--gallery", f"http://127.0.0.1:{PORT}"]) == 2
    error = capsys.readouterr().err
    assert f"the gallery at http://127.0.0.1:{PORT} must answer" in error
