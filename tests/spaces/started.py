"""`python -m spaces …` on a service that makes the pictures, as people start it."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inference.serving.http.keys import KeyFile
from inference.serving.http.service import Service
from tests.inference.serving.painted import PaintedEngine
from tests.inference.serving.served import on_loopback

ROOT = Path(__file__).parents[2]


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator[tuple[str, PaintedEngine]]:
    """The address that the command tells, and the engine behind the service; then it is ended."""
    token = KeyFile(folder / "keys.json").make("space")
    painter = PaintedEngine()
    with on_loopback(Service(painter, KeyFile(folder / "keys.json"))) as url:
        process = subprocess.Popen(
            [sys.executable, "-m", "spaces", *arguments],
            cwd=ROOT,
            env={**os.environ, "INFERENCE_URL": url, "INFERENCE_KEY": token, "HF_HUB_OFFLINE": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            found = re.search(r"http://[^\s]+[^\s/]", process.stdout.readline())
            assert found is not None
            yield found[0], painter
        finally:
            process.terminate()
            process.communicate(timeout=120)
