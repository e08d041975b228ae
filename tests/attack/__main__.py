"""`python -m tests.attack [WAY …]`: one line for each attack; ends with 1 if one is not held."""

import sys
import time

from tests.attack.registry import WAYS, Attack, Broken, attacks
from tests.attack.targets import Target, served


def main(ways: list[str]) -> int:
    """Attacks these ways of serving, or all."""
    unknown = set(ways) - set(WAYS)
    if unknown:
        print(f"error: a way must be one of {', '.join(WAYS)}, got {', '.join(unknown)}")
        return 2
    broken = 0
    for way in ways or WAYS:
        waiting = [one for one in attacks() if way in one.ways]
        while waiting:  # a new one for what is left, when an attack ended or stopped the last
            with served(way) as target:
                while waiting and target.answers():
                    broken += not _made(waiting.pop(0), target)
    print(f"{broken} not held" if broken else "all held")
    return min(broken, 1)


def _made(one: Attack, target: Target) -> bool:
    began = time.monotonic()
    try:
        one.make(target)
        if not target.answers():
            raise Broken("it does not answer any more")
    except Exception as error:
        said, held = f"NOT HELD: {error or type(error).__name__}", False
    else:
        said, held = "held", True
    seconds = time.monotonic() - began
    print(f"{target.way:9} {one.kind:10} {one.name:60} {seconds:5.1f} s  {said}", flush=True)
    return held


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
