"""The program that decodes, as who starts it sees it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.inference.strange_files import encoded, noise

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("is_asked", [True, False])
def test_it_ends_without_a_word_when_who_asked_is_gone(is_asked: bool) -> None:
    """Its words would stand last in the terminal of whoever was killed."""
    with subprocess.Popen(
        [sys.executable, "-m", "inference.decoding.worker"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        assert worker.stderr is not None
        if is_asked:
            assert worker.stdout.readline() == b"ready\n"
        worker.stdout.close()
        if is_asked:
            data = encoded(noise())
            job = {"size": len(data), "memory": 10**8, "seconds": 20, "kind": "PNG"}
            job |= {"pixels": noise().size, "most": 10**6, "longest": 64, "copies": None}
            worker.stdin.write(json.dumps(job).encode() + b"\n" + data)
        worker.stdin.close()
        assert worker.stderr.read() == b""
        assert worker.wait() == 1
