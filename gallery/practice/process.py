"""A process that is looked after: started, its lines passed on under its name, stopped for sure."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import httpx

from gallery.errors import Unavailable

STOP_SECONDS = 8
LOOK_AGAIN = 0.1


@dataclass(frozen=True)
class Part:
    """What to run: a module of ours. `address` is where it answers once it is there, if it does."""

    name: str
    module: str
    arguments: Sequence[str]
    address: str | None = None
    environment: Mapping[str, str] | None = None


class Process:
    """A running `Part`; `tell` is called with each line that it writes, from a thread."""

    def __init__(self, part: Part, tell: Callable[[str, str], None]) -> None:
        self.part = part
        self._last = ""
        self._popen = subprocess.Popen(  # noqa: S603  our own modules, no shell
            [sys.executable, "-m", "gallery.practice.child", part.module, *part.arguments],
            stdin=subprocess.PIPE,  # see gallery.practice.child
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**(part.environment or os.environ), "PYTHONUNBUFFERED": "1"},
            encoding="utf-8",
            errors="replace",
            start_new_session=True,  # Ctrl-C is the parent's to pass on, in its order
        )
        self._reader = threading.Thread(target=self._pass_on, args=(tell,), daemon=True)
        self._reader.start()

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._popen.poll()

    @property
    def last_words(self) -> str:
        """The last line that it wrote, for a sentence about its end."""
        return self._last or "it said nothing"

    def wait_until_it_answers(self, seconds: float) -> None:
        """Raises `Unavailable` when it ends, or does not answer within `seconds`."""
        until = time.monotonic() + seconds
        while not answers(self.part.address):
            if self.exit_code is not None:
                self._reader.join(1)
                raise Unavailable(
                    f"the {self.part.name} ended (exit code {self.exit_code}) before it answered "
                    f"at {self.part.address}: {self.last_words}"
                )
            if time.monotonic() > until:
                raise Unavailable(
                    f"the {self.part.name} did not answer at {self.part.address} within "
                    f"{seconds:g} seconds; start again, perhaps when the machine is less busy"
                )
            time.sleep(LOOK_AGAIN)

    def ask_to_end(self) -> None:
        self._signal(signal.SIGTERM)

    def stop(self) -> None:
        """Asks it to end, and after a while ends it, with everything that it started."""
        self.ask_to_end()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(STOP_SECONDS)
        self._signal(signal.SIGKILL)
        self._popen.wait()
        self._reader.join(1)
        assert self._popen.stdin is not None
        self._popen.stdin.close()

    def _signal(self, number: signal.Signals) -> None:
        """To the whole group: it may outlive the process that leads it."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._popen.pid, number)

    def _pass_on(self, tell: Callable[[str, str], None]) -> None:
        assert self._popen.stdout is not None
        with self._popen.stdout as lines:
            for line in lines:
                self._last = line.strip() or self._last
                tell(self.part.name, line.rstrip())


def answers(address: str | None) -> bool:
    """Whether something is there that answers without an error of its own."""
    if address is None:
        return True
    try:
        return httpx.get(address, timeout=5).status_code < 500
    except httpx.HTTPError:
        return False
