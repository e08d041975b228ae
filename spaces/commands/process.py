"""The team's app.py as a process of its own: started, waited for, ended."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import httpx

from spaces.commands.project import APP, Project
from spaces.demo.engines import CHECKPOINTS
from spaces.errors import CannotDo

PACKAGES = Path(__file__).parents[2]
"""Where our packages are, for an app.py that has none of its own beside it."""
FIRST_PORT, PORTS = 7860, 100
LOOK_EVERY = 0.1
END_SECONDS = 10


class App:
    """One start of a project's app.py. `address` is where it will answer."""

    def __init__(
        self,
        project: Project,
        *,
        port: int,
        interpreter: str = sys.executable,
        output: int | None = None,
        more: Mapping[str, str] | None = None,
    ) -> None:
        """`output` is where what it prints goes, as for subprocess; its own by default.

        Raises CannotDo where there is no app.py.
        """
        if not (project.folder / APP).is_file():
            raise CannotDo(f"{project.folder} must hold {APP}, got none; take it back, or `update`")
        self.address = f"http://127.0.0.1:{port}"
        environment = {
            **os.environ,
            CHECKPOINTS: json.dumps(project.checkpoints),
            "PYTHONPATH": os.pathsep.join(
                filter(None, [str(PACKAGES), os.environ.get("PYTHONPATH")])
            ),
            "GRADIO_SERVER_PORT": str(port),
            "PYTHONUNBUFFERED": "1",
            **(more or {}),
        }
        self._process = subprocess.Popen(  # noqa: S603  the team's own program
            [interpreter, APP],
            cwd=project.folder,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT if output is not None else None,
            start_new_session=True,
        )

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.address}/", timeout=5, trust_env=False).status_code < 500
        except httpx.HTTPError:
            return False

    def wait(self, seconds: float) -> bool:
        """Until its page answers: False when it ended before, or did not in time."""
        until = time.monotonic() + seconds
        while not self.has_ended and time.monotonic() < until:
            if self.answers():
                return True
            time.sleep(LOOK_EVERY)
        return False

    def end(self) -> None:
        """With all that it started; what does not go by itself is killed."""
        for kind in (signal.SIGTERM, signal.SIGKILL):
            if self.has_ended:
                return
            os.killpg(self._process.pid, kind)
            try:
                self._process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                continue


def any_port() -> int:
    """One that nobody has, far from those that people choose."""
    with closing(socket.create_server(("127.0.0.1", 0))) as held:
        return held.getsockname()[1]


def free_port(wanted: int | None = None) -> int:
    """`wanted`, or the first free one from 7860 on. Raises CannotDo."""
    for port in [wanted] if wanted else range(FIRST_PORT, FIRST_PORT + PORTS):
        try:
            with closing(socket.create_server(("127.0.0.1", port))):
                return port
        except (OSError, OverflowError):
            continue
    which = str(wanted) if wanted else f"one of {FIRST_PORT} to {FIRST_PORT + PORTS - 1}"
    raise CannotDo(f"--port must be free, got {which} taken; choose another")
