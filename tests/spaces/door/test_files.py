"""Names to paths on the way in, paths to names on the way out."""

from pathlib import Path
from typing import Any

import pytest

from spaces.door.files import META, Files
from spaces.errors import Refused


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "kept"))
    return Files()


def uploaded(files: Files, content: bytes = b"x") -> tuple[str, Path]:
    path = files.place("a.png")
    path.write_bytes(content)
    return files.keep_upload(path, owner="ada"), path


def test_a_name_becomes_its_path_however_deep_it_lies(files: Files) -> None:
    name, path = uploaded(files)
    sent = {"tab": [{"file": {"path": name, "meta": META, "url": "http://elsewhere/", "size": 9}}]}
    taken = files.taken_in(sent, field="picture")["tab"][0]["file"]
    assert taken["path"] == str(path)
    assert taken["size"] == 1
    assert "url" not in taken
    assert taken["is_stream"] is False


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"path": "/etc/passwd", "meta": META}, "picture must be a file that was uploaded here"),
        ({"path": "/etc/passwd"}, "and is still kept, got one that is not"),
        ({"path": None, "meta": META}, "got null"),
        ({"path": ["a"]}, "got a list"),
        ({"meta": META}, "got null"),
        ({"path": "https://huggingface.co/a.png", "meta": META}, "addresses are not fetched"),
        ({"path": " HTTP://127.0.0.1/"}, "addresses are not fetched"),
        ({"path": "data:image/png;base64,"}, "addresses are not fetched"),
        ({"path": "\0"}, "got one that is not"),
    ],
)
@pytest.mark.parametrize("wrap", [lambda it: it, lambda it: [[it]], lambda it: {"a": {"b": it}}])
def test_whatever_is_no_name_is_refused(files: Files, value: Any, words: str, wrap: Any) -> None:
    with pytest.raises(Refused, match=words) as caught:
        files.taken_in(wrap(value), field="picture")
    assert ";" in str(caught.value)


def test_deep_nesting_is_refused(files: Files) -> None:
    value: Any = "x"
    for _ in range(500):
        value = [value]
    with pytest.raises(Refused, match="nested deeper"):
        files.taken_in(value, field="picture")


def test_a_path_becomes_a_name_and_its_address(files: Files) -> None:
    name, path = uploaded(files)
    given = files.handed_out([{"file": {"path": str(path), "meta": META, "url": "/x"}}])
    assert given == [{"file": {"path": name, "meta": META, "url": f"/gradio_api/file={name}"}}]


def test_nothing_else_of_the_server_is_ever_given_out(files: Files, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    uploaded(files)
    link = tmp_path / "kept" / "link"
    link.symlink_to(secret)
    for path in (secret, link, tmp_path / "kept", tmp_path / "kept" / "nothing"):
        with pytest.raises(ValueError, match="only a file that Gradio keeps"):
            files.handed_out({"path": str(path), "meta": META})


def test_examples_stay_however_many_pictures_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "kept"))
    files = Files(offered_bytes=1)
    kept = tmp_path / "kept"

    def made(name: str) -> dict[str, Any]:
        (kept / name).write_bytes(b"x")
        return {"path": str(kept / name), "meta": META}

    example = files.handed_out(made("example.png"), for_good=True)["path"]
    shown = [files.handed_out(made(f"{number}.png"))["path"] for number in range(5)]
    assert files.handed_out(made("example.png"))["path"] == example
    assert files.find(example) == kept / "example.png"
    assert [files.find(name) is not None for name in shown] == [False] * 4 + [True]


def test_uploads_lie_where_only_this_program_looks(files: Files) -> None:
    _, path = uploaded(files)
    assert path.parent.parent.stat().st_mode & 0o077 == 0
