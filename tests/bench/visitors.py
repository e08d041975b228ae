"""Many people at once, cheaply: each is a coroutine with one kept-alive connection to loopback.

Times are a visitor's: from the first byte sent to the last one received, in seconds.
"""

import asyncio
import json
import random
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType

CHUNK = 2**16
PATIENCE_SECONDS = 60


@dataclass
class Measured:
    """`seconds` of every answer by kind of page, and what was no good answer."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failures: list[str] = field(default_factory=list)

    def note(self, kind: str, path: str, status: int, seconds: float) -> None:
        self.seconds[kind].append(seconds)
        if status != 200:
            self.failures.append(f"{kind} {path}: {status}")


class Browser:
    """One connection to the server. What it asks for it reads to the end, and mostly forgets."""

    def __init__(self, port: int, *, headers: Mapping[str, str]) -> None:
        self._port = port
        lines = {"Host": f"127.0.0.1:{port}", "Accept-Encoding": "gzip", **headers}
        self._head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Status and body, as it was sent. Raises OSError when the connection ends too early."""
        is_kept = self._streams is not None
        try:
            return await self._ask(method, path, body)
        except OSError:
            self.close()
            if not is_kept:
                raise
            # The server closed a connection that was idle just as we took it up again; browsers
            # then open another and ask once more, and so do we.
            return await self._ask(method, path, body)

    async def _ask(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port, limit=CHUNK)
        reader, writer = self._streams
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        writer.write(f"{method} {path} HTTP/1.1\r\n{self._head}{length}\r\n".encode() + body)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                return int(head[9:12]), await _body(reader, head)
        except (asyncio.IncompleteReadError, TimeoutError) as error:
            raise ConnectionError(f"{path} was not answered to the end") from error

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    def __enter__(self) -> "Browser":
        return self

    def __exit__(
        self, kind: type | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


async def _body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    if b"content-length:" in head:
        length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        return await reader.readexactly(length)
    parts = []
    while size := int(await reader.readline(), 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readexactly(2)
    return b"".join(parts)


@dataclass(frozen=True)
class Sights:
    """What there is to look at."""

    event: str
    submissions: int
    pictures: tuple[str, ...]
    words: tuple[str, ...]
    controls: tuple[str, ...]


def choose(sights: Sights, chance: random.Random) -> tuple[str, str]:
    """The next page that a visitor opens: its kind and address."""
    home = f"/{sights.event}"
    word, control = chance.choice(sights.words), chance.choice(sights.controls)
    kind = chance.choices(("home", "search", "filter", "submission", "feed"), (25, 20, 15, 35, 5))[
        0
    ]
    paths = {
        "home": chance.choice((home, home, f"{home}?page={chance.randrange(2, 9)}")),
        "search": f"{home}/found?q={word[: chance.randrange(2, 9)]}",
        "filter": f"{home}?control={control}&sort={chance.choice(('likes', 'newest', 'title'))}",
        "submission": f"{home}/submissions/{chance.randrange(1, sights.submissions + 1)}",
        "feed": f"{home}/feed.atom",
    }
    return kind, paths[kind]


async def browse(
    browser: Browser, sights: Sights, measured: Measured, chance: random.Random, ends: float
) -> None:
    """Opens pages, with the first pictures on each that are not cached, and thinks in between."""
    cached: set[str] = set()
    await asyncio.sleep(chance.uniform(0, 5))
    with browser:
        while time.monotonic() < ends:
            await _timed(browser, measured, *choose(sights, chance))
            for picture in chance.sample(sights.pictures, 6):
                if picture not in cached:
                    cached.add(picture)
                    await _timed(browser, measured, "picture", f"/pictures/{picture}/480.webp")
            await asyncio.sleep(chance.uniform(1, 5))


async def _timed(browser: Browser, measured: Measured, kind: str, path: str) -> None:
    began = time.perf_counter()
    status, _ = await browser.ask("GET", path)
    measured.note(kind, path, status, time.perf_counter() - began)


@dataclass
class Saver:
    """A team's program that saves its submission again and again; `saved` are the numbers and
    titles of the revisions that were acknowledged."""

    path: str
    content: dict[str, object]
    number: int
    saved: dict[int, str] = field(default_factory=dict)

    async def save(
        self, browser: Browser, measured: Measured, chance: random.Random, ends: float
    ) -> None:
        await asyncio.sleep(chance.uniform(0, 5))
        with browser:
            while time.monotonic() < ends:
                await self._save_once(browser, measured, chance.randrange(10**9))
                await asyncio.sleep(chance.uniform(1, 5))

    async def _save_once(self, browser: Browser, measured: Measured, mark: int) -> None:
        title = f"Saved {len(self.saved) + 1} times, {mark}"
        body = {"number": self.number, "content": {**self.content, "title": title}}
        began = time.perf_counter()
        status, answer = await browser.ask("PUT", self.path, json.dumps(body).encode())
        measured.note("save", self.path, status, time.perf_counter() - began)
        if status == 200:
            self.number = json.loads(answer)["number"]
            self.saved[self.number] = title


async def all_at_once(people: list[Callable[[], Awaitable[None]]]) -> list[str]:
    """Lets everybody go at the same time; gives what went wrong with anybody's connection."""
    ends = await asyncio.gather(*(person() for person in people), return_exceptions=True)
    problems = [end for end in ends if isinstance(end, BaseException)]
    for problem in problems:
        if not isinstance(problem, OSError):
            raise problem
    return [str(problem) for problem in problems]
