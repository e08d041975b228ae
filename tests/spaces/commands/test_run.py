"""The Space on this machine, started anew with every change."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from spaces.commands.process import free_port
from spaces.commands.run import look
from spaces.errors import CannotDo
from tests.browser import free_port as any_port
from tests.spaces.commands.conftest import Make, Spaces

ROOT = Path(__file__).parents[3]
APP = """
import http.server, os
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"VERSION")
port = int(os.environ["GRADIO_SERVER_PORT"])
http.server.ThreadingHTTPServer(("127.0.0.1", port), Page).serve_forever()
"""


@pytest.fixture
def running(project: Make) -> Iterator[tuple[Path, str, subprocess.Popen[str]]]:
    """A project's app.py, the address where it answers, and the command that runs it."""
    folder = project().folder
    app = folder / "app.py"
    app.write_text(APP.replace("VERSION", "one"))
    port = any_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "spaces", "run", str(folder), "--port", str(port)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        yield app, f"http://127.0.0.1:{port}/", process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate()


def shows(address: str, text: str, process: subprocess.Popen[str]) -> bool:
    """Whether the page says so while the command runs, however busy the machine is."""
    while process.poll() is None:
        try:
            if httpx.get(address, timeout=5).text == text:
                return True
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    return False


@pytest.mark.slow
def test_a_change_is_seen_and_what_breaks_is_waited_for(
    running: tuple[Path, str, subprocess.Popen[str]],
) -> None:
    app, address, process = running
    assert shows(address, "one", process)
    app.write_text("raise SystemExit('broken')\n")
    assert process.stdout is not None
    for line in process.stdout:
        if "It has ended" in line:
            break
    app.write_text(APP.replace("VERSION", "two"))
    assert shows(address, "two", process)
    process.send_signal(signal.SIGINT)
    assert process.wait() == 130
    with pytest.raises(httpx.HTTPError):
        httpx.get(address, timeout=5)


def test_what_the_program_does_not_read_is_no_change(project: Make) -> None:
    made = project()
    before = look(made)
    (made.folder / "__pycache__").mkdir()
    (made.folder / "__pycache__" / "app.py").write_text("")
    (made.folder / ".template" / "note.json").write_text("")
    (made.folder / "notes.bak").write_text("")
    (made.folder / "thumbnail.png").write_bytes(b"as `check --thumbnail` writes it")
    assert look(made) == before
    (made.folder / "more.py").write_text("")
    assert look(made) != before


def test_a_port_that_is_taken_or_none_is_a_sentence() -> None:
    with pytest.raises(CannotDo, match="got 99999 taken"):
        free_port(99999)


@pytest.mark.parametrize("command", ["run", "check", "publish", "update"])
def test_a_folder_that_is_none_of_ours_is_a_sentence(
    spaces: Spaces, tmp_path: Path, command: str
) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        code, said, error = spaces(command, folder)
        assert (code, said, error.count("\n")) == (2, "", 1)
        assert "must be a folder that `python -m spaces new` made" in error


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["new"], ["run"], ["new", "clay", "--task", "magic"]])
def test_a_wrong_command_line_is_one_sentence(spaces: Spaces, arguments: list[str]) -> None:
    code, said, error = spaces(*arguments)
    assert (code, said, error.count("\n")) == (2, "", 1)
    assert error.startswith("error: ")
