"""The process that reckons: a task on standard input, its answer a line of JSON for each part.

Standard input is the string between the two: its other end closes when the server is gone, be it by
a signal that no program can catch.
"""

import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from gallery.judging.background import influences, plans

KINDS: dict[str, Callable[[str], Iterator[Any]]] = {
    "plan": plans.reckon,
    "influence": influences.reckon,
}
NICE = 10


def main() -> None:
    kind, told = json.loads(sys.stdin.readline())
    threading.Thread(target=_follow_parent, name="parent", daemon=True).start()
    os.nice(NICE)
    for part in KINDS[kind](told):
        print(json.dumps(part), flush=True)


def _follow_parent() -> None:
    while os.read(0, 1024):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
