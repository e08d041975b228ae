"""Processes that are looked after: their lines, their sentences, and that none stays behind."""

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from gallery.errors import Invalid, Unavailable
from gallery.practice.ports import choose
from gallery.practice.process import Part, Process
from tests.browser import free_port

LINES: list[tuple[str, str]] = []


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose modules can be run by name."""
    LINES.clear()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


def _run(name: str, address: str | None = None) -> Process:
    return Process(Part(name, name, [], address), lambda *line: LINES.append(line))


def _goes(pid: int) -> bool:
    """Within a while: what is killed ends when the system comes to it."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.05)
    return False


def test_its_lines_are_passed_on_under_its_name(modules: Path) -> None:
    (modules / "talker.py").write_text("print('one'); print('two')")
    process = _run("talker")
    while process.exit_code is None:
        time.sleep(0.02)
    process.stop()
    assert LINES == [("talker", "one"), ("talker", "two")]


def test_one_that_ends_before_it_answers_is_a_sentence_with_its_last_line(modules: Path) -> None:
    (modules / "breaker.py").write_text("import sys\nsys.exit('error: the disk is full')")
    process = _run("breaker", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(Unavailable, match=r"ended \(exit code 1\).*the disk is full"):
        process.wait_until_it_answers(20)
    process.stop()


def test_one_that_never_answers_is_a_sentence_too(modules: Path) -> None:
    (modules / "sleeper.py").write_text("import time; time.sleep(60)")
    process = _run("sleeper", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(Unavailable, match=r"did not answer .* within 0\.3 seconds"):
        process.wait_until_it_answers(0.3)
    process.stop()


def test_stopping_takes_what_it_started_along(modules: Path) -> None:
    (modules / "parent.py").write_text(
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    process = _run("parent")
    while not LINES:
        time.sleep(0.02)
    process.ask_to_end()
    process.stop()
    assert process.exit_code is not None
    assert _goes(int(LINES[0][1]))


def test_nothing_stays_when_the_one_that_looks_after_it_is_killed(modules: Path) -> None:
    (modules / "sleeper.py").write_text(
        "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    )
    keeper = (
        "import time\n"
        "from gallery.practice.process import Part, Process\n"
        "Process(Part('sleeper', 'sleeper', []), lambda name, line: print(line, flush=True))\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", keeper], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        sleeper = int(process.stdout.readline())
        process.kill()
    assert _goes(sleeper), "it outlived its keeper"


def test_a_port_that_was_asked_for_must_be_free_and_the_usual_one_may_be_taken() -> None:
    import socket

    taken: set[int] = set()
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(Invalid, match=f"port {port} is in use; .* another --port"):
            choose(port, 1, option="--port", taken=taken)
        other = choose(None, port, option="--port", taken=taken)
        assert other != port
    assert choose(None, other, option="--demo-port", taken=taken) != other, "that one is promised"
