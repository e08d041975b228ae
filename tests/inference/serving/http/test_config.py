"""service.toml: every field is checked, flags stand before it, and the guide shows all of them."""

import re
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from inference.cli import main
from inference.errors import InvalidRequest
from inference.serving.http.config import ServiceSettings, read_settings
from inference.serving.http.keys import Key
from inference.serving.http.service import service_of
from tests.inference.serving.painted import PaintedEngine

ROOT = Path(__file__).parents[4]


def written(folder: Path, text: str) -> Path:
    path = folder / "service.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("port = 70000", "port must be less than or equal to 65535, got 70000; see docs"),
        ("port = '80'", "port must be a valid integer, got '80'; see docs"),
        ("prot = 80", "must have fields that there are, got prot; see docs"),
        ("[memory]\ndevice_gib = 0", "memory.device_gib must be greater than 0, got 0; see"),
        ("[memory]\ndevice_gib = nan", "memory.device_gib must be a finite number, got nan; see"),
        ("[controlnets.sea]", "controlnets.sea.source must be given, got nothing; see docs"),
        ("[controlnets.sea]\nsource = 3", "controlnets.sea.source must be a valid string, got 3;"),
        ("controlnets = 3", "controlnets must be a valid dictionary, got 3; see docs"),
        ("memory = 3", "memory must be a valid dictionary or instance"),
        ("[queue]\nwaiting = 0", "queue.waiting must be greater than or equal to 1, got 0; see"),
        ("model = ''", "model must have at least 1 character, got ''; see docs"),
        ("model = ", "--config must be a TOML file, got "),
    ],
)
def test_a_field_that_cannot_be_is_told_in_one_sentence(
    tmp_path: Path, text: str, sentence: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InvalidRequest, match=re.escape(sentence)) as caught:
        read_settings(path, {"memory": {"host_gib": 1.0}, "controlnets": None})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["nothing.toml", "."])
def test_a_file_that_cannot_be_read_is_told_on_the_command_line(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--config", str(tmp_path / name)]) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: --config must be a TOML file, got ")
    assert told.count("\n") == 1


def test_flags_stand_before_the_file_and_what_is_named_is_put_together(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "port = 1\npatience = 2\n[memory]\ndevice_gib = 3\n"
        "[controlnets.a]\nsource = 'x/a'\n[controlnets.b]\nsource = 'x/b'",
    )
    flags: dict[str, Any] = {
        "port": 4,
        "host": None,
        "memory": {"host_gib": 5.0},
        "controlnets": {"b": {"source": "y/b"}},
    }
    settings = read_settings(path, flags)
    assert (settings.port, settings.patience, settings.host) == (4, 2.0, "127.0.0.1")
    assert {name: one.source for name, one in settings.controlnets.items()} == {
        "a": "x/a",
        "b": "y/b",
    }
    assert (settings.budget.device, settings.budget.host) == (3 * 2**30, 5 * 2**30)


def test_no_key_has_more_than_the_service_gives(tmp_path: Path) -> None:
    path = written(tmp_path, "[quota]\nper_minute = 10\nat_once = 2")
    service = service_of(PaintedEngine(), read_settings(path, {}))
    caller = service.caller(None, "127.0.0.1")
    assert (caller.per_minute, caller.at_once) == (10, 2)
    modest = service._bounded(Key("team", "", per_minute=3, at_once=1))
    assert (modest.per_minute, modest.at_once) == (3, 1)


def is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def fields(section: type[BaseModel]) -> dict[str, Any]:
    """All names, nested as the file has them."""
    found: dict[str, Any] = {}
    for name, field in section.model_fields.items():
        kind = field.annotation
        if name == "controlnets":
            kind = next(iter(field.annotation.__args__[1:]))  # pyright: ignore
            found[name] = {"deep-sea": fields(kind)}
        elif inner := next(filter(is_section, (kind, *get_args(kind))), None):
            found[name] = fields(inner)  # pyright: ignore
        else:
            found[name] = None
    return found


def test_the_guide_shows_every_field_and_its_example_is_taken(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "serving.md").read_text("utf-8")
    found = re.search(r"```toml\n(.*?)```", guide, re.DOTALL)
    assert found is not None

    def names(table: dict[str, Any]) -> dict[str, Any]:
        return {
            name: names(value) if isinstance(value, dict) else None for name, value in table.items()
        }

    assert names(tomllib.loads(found[1])) == fields(ServiceSettings)
    read_settings(written(tmp_path, found[1]), {})
