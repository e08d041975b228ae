"""What uploads take of memory: thirty of 49 million pixels at once, and the largest of each kind.

Of the server and all processes that it started; see `tests.attack.pictures`.
"""

from tests.attack.pictures import A_FEW, AT_ONCE, LARGEST, MB, Memory, hand_in, huge_webp
from tests.attack.targets import served
from tests.bench.report import Report

TAKES = "about five minutes"
WAYS = ("gallery", "launched", "mounted")


def bench() -> Report:
    rows = []
    for way in WAYS:
        with served(way) as target:
            hand_in(target, huge_webp(), times=1)  # what is loaded late is there
            found = hand_in(target, huge_webp())
            rows.append(_row(way, f"{AT_ONCE} × a WebP of 49 million pixels", found))
            for name, make in LARGEST.items():
                found = hand_in(target, make(), times=A_FEW)
                rows.append(_row(way, f"{A_FEW} × {name}", found))
    return Report(
        "Memory of a server that many pictures are sent to at once",
        ("served", "sent", "MB at rest", "most above", "left above", "taken"),
        rows,
        ("The bars are 400 MB above rest meanwhile and 150 MB afterwards.",),
    )


def _row(way: str, name: str, found: Memory) -> tuple[str, ...]:
    taken = sum(answer in (200, 201) for answer in found.answers)
    figures = (found.rest // MB, found.risen // MB, found.left // MB, taken)
    return (way, name, *(str(figure) for figure in figures))
