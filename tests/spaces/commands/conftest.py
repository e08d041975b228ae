"""A team's folder made by the real command, and a small Hub that the real client asks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from spaces.commands.cli import main
from spaces.commands.new import make
from spaces.commands.project import Project
from spaces.commands.questions import Asking
from tests.gallery.hub_fixtures import ServedHub, served_hub, small_hub

__all__ = ["served_hub", "small_hub"]

CHECKPOINT = Path(__file__).parents[3] / "inference" / "embedded" / "controlnet-canny"
TOKEN = "hf_" + "t" * 34
STATIC = {"way": "static", "address": "https://host.example/clay"}


class Make(Protocol):
    def __call__(self, name: str = "clay", **given: Any) -> Project: ...


@pytest.fixture
def project(tmp_path: Path) -> Make:
    """Makes a project; it is a ControlNet's, as a Gradio Space, unless it is `given` otherwise."""

    def new(name: str = "clay", **given: Any) -> Project:
        usual = {"into": tmp_path, "way": "gradio", "owner": "ada-l", "task": "controlnet"}
        usual |= {"controlnet": ["canny=ada-l/clay-canny"]}
        return make({"name": name, **usual, **given}, Asking(None))

    return new


Said = tuple[int, str, str]
Spaces = Callable[..., Said]


@pytest.fixture
def spaces(capsys: pytest.CaptureFixture[str]) -> Spaces:
    """Runs a command: its exit code, what it said on stdout, and on stderr."""

    def run(*arguments: object) -> Said:
        capsys.readouterr()
        code = main([str(one) for one in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def hub(small_hub: ServedHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ServedHub:
    """The small Hub, with an account `ada-l` whose token this process has."""
    small_hub.hub.add_account("ada-l", token=TOKEN, organisations=("deep-sea",))
    monkeypatch.setenv("HF_ENDPOINT", small_hub.address)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    return small_hub
