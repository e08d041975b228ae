"""What is attacked: a demo launched, two on a host, the gallery; each a process of its own."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import psutil

SECRET = "the-secret-of-this-machine"
"""What no answer may hold."""


@dataclass(frozen=True)
class Target:
    """A served page. `below` is where Gradio's page is; `cookies` are those of a visitor's account.

    `home` is a folder of the server's: it holds secret.txt, and `kept`, where Gradio keeps files.
    """

    way: str
    address: str
    below: str
    cookies: dict[str, str]
    home: Path
    pid: int

    @property
    def secret(self) -> Path:
        """A file that is none of the visitors' business."""
        return self.home / "secret.txt"

    @property
    def kept(self) -> Path:
        """Gradio's folder for uploads and results."""
        return self.home / "kept"

    @property
    def api(self) -> str:
        """Below which Gradio's endpoints are."""
        return f"{self.address}{self.below}/gradio_api"

    def client(self, *, seconds: float = 20) -> httpx.Client:
        """A visitor with a browser."""
        return httpx.Client(
            cookies=self.cookies, headers={"Origin": self.address}, timeout=seconds, trust_env=False
        )

    def answers(self, *, seconds: float = 10) -> bool:
        """Whether it still serves its first page."""
        with self.client(seconds=seconds) as client, contextlib.suppress(httpx.HTTPError):
            return client.get(f"{self.address}/").status_code == 200
        return False

    def memory(self) -> int:
        """Bytes that the process and those that it started hold now."""
        server, total = psutil.Process(self.pid), 0
        for process in (server, *server.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                total += process.memory_info().rss
        return total

    def log(self) -> str:
        """All that it wrote to its log so far."""
        return (self.home / "log.txt").read_text("utf-8", "replace")

    def shown_secret(self) -> bool:
        """Whether a copy of the secret lies where files are served from."""
        files = [path for path in self.kept.rglob("*") if path.is_file()]
        return any(SECRET.encode() in path.read_bytes() for path in files)


@contextlib.contextmanager
def served(way: str) -> Iterator[Target]:
    """A new process that serves in this way; it is ended, whatever became of it."""
    with TemporaryDirectory(prefix="attack-") as folder:
        home = Path(folder)
        (home / "secret.txt").write_text(SECRET, "ascii")
        (home / "kept").mkdir()
        with (home / "log.txt").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.attack.serving", way, str(home)],
                env={**os.environ, "GRADIO_TEMP_DIR": str(home / "kept"), "SECRET": SECRET},
                stdout=subprocess.PIPE,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        assert process.stdout is not None
        try:
            told = None
            for line in process.stdout:
                if line.startswith(b"{"):
                    told = json.loads(line)
                    break
            if told is None:
                raise RuntimeError(f"{way} did not start: {(home / 'log.txt').read_text()[-2000:]}")
            yield Target(way=way, home=home, pid=process.pid, **told)
        finally:
            process.stdout.close()
            process.send_signal(signal.SIGKILL)
            process.wait()
