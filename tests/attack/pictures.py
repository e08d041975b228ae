"""Picture files: other formats, broken ones, and small ones that unpack to gigabytes."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache

import httpx
from PIL import Image

from tests.attack import calls
from tests.attack.registry import attack, hold
from tests.attack.targets import Target
from tests.inference.strange_files import DAMAGED, FOREIGN, TOO_LARGE, encoded

MB = 10**6
AT_ONCE = 30
A_FEW = 3
"""Of what is decoded: more than are at a time."""
PEAK = 400 * MB
"""Above rest, while they are read."""
KEPT = 150 * MB
"""Above rest, afterwards."""
SECONDS = 300


@dataclass(frozen=True)
class Memory:
    """Bytes of the server and all processes that it started."""

    rest: int
    peak: int
    after: int
    answers: tuple[int, ...]
    """Status codes of a gallery; of a demo 200 for a map and 422 for a sentence."""

    @property
    def risen(self) -> int:
        return self.peak - self.rest

    @property
    def left(self) -> int:
        return self.after - self.rest


@attack("thirty pictures of 49 million pixels at once")
def huge_pictures(target: Target) -> None:
    _require_little(hand_in(target, huge_webp()))


@attack("some at once of the largest pictures that are taken")
def largest_pictures(target: Target) -> None:
    for name, make in LARGEST.items():
        found = hand_in(target, make(), times=A_FEW)
        _require_little(found)
        hold(set(found.answers) <= {200, 201}, f"{name} was answered with {found.answers}")


@attack("files that are no pictures, or broken ones")
def strange_files(target: Target) -> None:
    for name, data in (FOREIGN | DAMAGED | TOO_LARGE).items():
        with target.client() as client:
            status, said = sent(client, target, data)
        hold(status in (200, 422), f"{name} was answered with {status}")
        hold("must" in said, f"{name} was answered without a sentence: {said[:200]}")
        hold("Traceback" not in said, f"{name} was answered with a traceback")
    hold("Traceback" not in target.log(), "the log has a traceback")


def hand_in(target: Target, data: bytes, *, times: int = AT_ONCE) -> Memory:
    """Sends the same picture so many times at once, and looks at the memory meanwhile."""
    with target.client() as client:
        sent(client, target, encoded(Image.new("RGB", (64, 64))))  # what is loaded late is there
    rest = target.memory()
    highest = [rest]
    with _watching(target, highest), ThreadPoolExecutor(times) as crowd:
        answers = tuple(crowd.map(lambda _: _sent_alone(target, data), range(times)))
    ends = time.monotonic() + 30
    while (after := target.memory()) > rest + KEPT and time.monotonic() < ends:
        time.sleep(0.1)
    return Memory(rest, max(highest), after, answers)


def sent(client: httpx.Client, target: Target, data: bytes) -> tuple[int, str]:
    """Status and text of the answer to a picture."""
    if target.way == "gallery":
        files, accept = {"picture": ("a.png", data)}, {"Accept": "application/json"}
        answer = client.post(f"{target.address}/pictures", files=files, headers=accept)
        return answer.status_code, answer.text
    named = calls.upload(client, target, data)
    said = calls.control_map(client, target, calls.file(named), "automatic", seconds=SECONDS)
    return (200 if "event: complete" in said else 422), said


@cache
def huge_webp() -> bytes:
    """85 kB of grain, 49 million pixels."""
    grain = Image.effect_noise((1024, 64), 40).convert("RGB").resize((16_383, 3_000))
    return encoded(grain, "WEBP", method=0, quality=1)


def _colours(width: int, height: int, kind: str, **options: object) -> Callable[[], bytes]:
    def make() -> bytes:
        small = Image.radial_gradient("L").resize((64, 64))
        image = Image.merge("RGB", (small, small.rotate(90), small.transpose(0)))
        return encoded(image.resize((width, height)).convert(_mode(kind, options)), kind, **options)

    return cache(make)


def _mode(kind: str, options: dict[str, object]) -> str:
    return "RGBA" if kind == "PNG" else "P" if kind == "GIF" else "RGB"


LARGEST = {
    "a JPEG of 50 million pixels": _colours(8160, 6120, "JPEG", quality=60),
    "a progressive JPEG of 49": _colours(8080, 6060, "JPEG", quality=60, progressive=True),
    "a PNG of 50": _colours(8160, 6120, "PNG", compress_level=3),
    "a WebP of 14": _colours(4320, 3240, "WEBP", quality=60, method=0),
    "a GIF of 50": _colours(8160, 6120, "GIF"),
}


def _sent_alone(target: Target, data: bytes) -> int:
    with target.client(seconds=SECONDS) as client:
        return sent(client, target, data)[0]


def _require_little(memory: Memory) -> None:
    risen, left = memory.risen // MB, memory.left // MB
    hold(memory.risen <= PEAK, f"it rose {risen} MB above rest ({memory.answers})")
    hold(memory.left <= KEPT, f"{left} MB above rest are kept")
    hold(max(memory.answers) < 500 or 503 in memory.answers, f"answers were {memory.answers}")


@contextlib.contextmanager
def _watching(target: Target, highest: list[int]) -> Iterator[None]:
    """Adds what the memory is, again and again, while the block runs."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            highest.append(target.memory())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
