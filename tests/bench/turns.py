"""Two processes that take turns: each runs one step when it is told to, and says how long it took.

So both see the same machine, at nearly the same moment, and never each other.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import numpy as np

from tests.bench.environments import ROOT


def serve(step: Callable[[], np.ndarray]) -> None:
    """The child's side: prints the result of a first run, then seconds for each line it reads."""
    print(json.dumps(step().tolist()), flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        step()
        print(time.perf_counter() - start, flush=True)


class Player:
    """The parent's side: `python -m module arguments`, with the `result` of its first run."""

    def __init__(self, python: Path, module: str, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [python, "-m", module, *arguments],
            cwd=ROOT,
            env={
                **os.environ,
                "DIFFUSERS_VERBOSITY": "error",  # it warns of its own end
                "OMP_WAIT_POLICY": "PASSIVE",  # who waits for its turn does not spin
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.result = np.array(json.loads(self._read()))

    def seconds(self) -> float:
        """One more run."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return float(self._read())

    def __enter__(self) -> "Player":
        return self

    def __exit__(
        self, kind: type | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def _read(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise ChildProcessError(f"{self._process.args} ended; what it says is above")
        return line
