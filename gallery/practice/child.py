"""Runs a module as a process that ends with the one that started it, however that one ended.

    python -m gallery.practice.child MODULE ARGUMENTS…

Standard input is the string between the two: its other end closes when the parent is gone, be it
by a signal that no program can catch.
"""

import os
import runpy
import signal
import sys
import threading
import time
from collections.abc import Sequence

GRACE_SECONDS = 5


def main(arguments: Sequence[str]) -> None:
    module, *_ = arguments
    threading.Thread(target=_follow_parent, name="parent", daemon=True).start()
    sys.argv = list(arguments)
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _follow_parent() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
