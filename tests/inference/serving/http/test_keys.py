"""Keys: told once, hashed in the file, ended by a command; and the commands' own sentences."""

import hashlib
import stat
from pathlib import Path

import pytest

from inference.cli import main
from inference.errors import InvalidRequest
from inference.serving.http.keys import KeyFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "keys.json"


def test_a_key_is_found_by_its_token_alone_which_the_file_does_not_hold(path: Path) -> None:
    token = KeyFile(path).make("deep-sea", per_minute=5, at_once=2)
    assert len(token) >= 43
    text = path.read_text()
    assert token not in text
    assert hashlib.sha256(token.encode()).hexdigest() in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    keys = KeyFile(path)
    key = keys.find(token)
    assert key is not None
    assert (key.name, key.per_minute, key.at_once) == ("deep-sea", 5, 2)
    assert keys.find(key.sha256) is None
    assert keys.find("\udcff") is None


def test_a_file_is_read_anew_when_it_changes_and_lets_nobody_in_when_it_is_damaged_or_gone(
    path: Path,
) -> None:
    keys = KeyFile(path)
    assert keys.find("anything") is None
    token = KeyFile(path).make("one")
    assert keys.find(token) is not None
    path.write_text("[{")
    assert keys.find(token) is None
    path.unlink()
    assert keys.find(token) is None


@pytest.mark.parametrize("name", ["", "a b", "../etc", "x" * 61, "\n"])
def test_a_name_is_plain(path: Path, name: str) -> None:
    with pytest.raises(InvalidRequest, match="NAME must be 1 to 60 letters"):
        KeyFile(path).make(name)


def test_a_key_is_made_listed_and_ended_from_a_shell(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: str) -> tuple[int, str, str]:
        status = main(["keys", *words, "--keys", str(path)])
        told = capsys.readouterr()
        return status, told.out, told.err

    status, token, note = run("new", "one", "--per-minute", "7")
    assert status == 0
    assert "written down nowhere else" in note
    assert KeyFile(path).find(token.strip()) is not None
    assert run("new", "two")[0] == 0
    assert run("list")[1] == "one  7 a minute  64 at once\ntwo  240 a minute  64 at once\n"
    assert run("end", "one")[0] == 0
    assert run("list")[1] == "two  240 a minute  64 at once\n"
    for words, sentence in (
        (("end", "one"), "NAME must be that of a key, got 'one'; there are two"),
        (("new", "two"), "NAME must be new, got 'two'"),
        (("new", "three", "--at-once", "0"), "--at-once must be from 1 to 10,000, got 0"),
    ):
        status, out, err = run(*words)
        assert (status, out) == (2, "")
        assert sentence in err
    path.write_text("?")
    assert "must be a file that `keys new` wrote" in run("list")[2]


def test_others_are_served_with_keys_only(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--host", "0.0.0.0"]) == 2
    assert "--keys must name a file of keys" in capsys.readouterr().err
    assert main(["serve", "--keys", str(path)]) == 2
    assert "which has none; make one with" in capsys.readouterr().err
    assert main(["serve", "--port", "99999"]) == 2
    assert "port must be less than or equal to 65535, got 99999" in capsys.readouterr().err
