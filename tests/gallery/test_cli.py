"""The command line: what is wrong is one sentence, and help knows every command."""

import socket
from pathlib import Path

import pytest

from gallery.cli import main
from gallery.serving import guidance
from gallery.settings import Settings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    return tmp_path


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("BASE_URL", "sprint.example", "expected an address like https://example.org"),
        ("EVENTS", '["nowhere.toml"]', "event file nowhere.toml: it cannot be read"),
        ("EVENTS", '["a.toml"', "EVENTS: expected a JSON list"),
        ("BACKUP_MINUTES", "0", "BACKUP_MINUTES: input should be greater than 0"),
    ],
)
def test_a_setting_that_does_not_fit_is_one_sentence(
    name: str,
    value: str,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(name, value)
    assert main(["serve"]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1
    assert "Traceback" not in said


def test_a_port_in_use_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        assert main(["serve", "--port", str(port)]) == 2
    assert f"127.0.0.1:{port} cannot be listened on" in capsys.readouterr().err


def test_who_has_set_nothing_is_told_what_to_do_next(tmp_path: Path) -> None:
    (line,) = guidance(Settings.model_validate({}))
    assert "EVENTS is not set" in line
    assert "python -m gallery practice" in line
    assert guidance(Settings.model_validate({"events": [tmp_path / "event.toml"]})) == []


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    assert all(command in said for command in ("serve", "practice", "event"))


def test_all_settings_that_do_not_fit_are_told_at_once_and_no_secret_with_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BASE_URL", "sprint.example")
    monkeypatch.setenv("BACKUP_KEEP", "one")
    monkeypatch.setenv("SECRET_KEY", "canary")
    assert main(["serve"]) == 2
    said = capsys.readouterr().err
    assert "BASE_URL" in said
    assert "BACKUP_KEEP" in said
    assert "canary" not in said


@pytest.mark.parametrize("value", ["new.toml, old.toml", '["new.toml", "old.toml"]'])
def test_lists_are_written_with_commas_or_as_json(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENTS", value)
    assert Settings.read().events == [Path("new.toml"), Path("old.toml")]


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_backup_that_is_nowhere_is_one_sentence(
    command: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, str(folder / "nowhere" / "all.backup")]) == 2
    said = capsys.readouterr().err
    assert str(folder / "nowhere") in said
    assert "Errno" not in said
    assert ".part" not in said
