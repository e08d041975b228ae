"""Decoding pool: whose picture is decoded next, in how much memory, and how many may wait.

Two threads hand files to two worker processes; what both use together is bounded, so two large
pictures go one after the other. A worker that decoded a large one ends, and with it goes its
memory, which no allocator would give back as surely.
"""

import atexit
import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import PIL

from inference.decoding.admission import MAX_PIXELS, ROOM, admit, damaged, too_large
from inference.decoding.header import Header
from inference.errors import Busy

T = TypeVar("T")
log = logging.getLogger(__name__)

READY = b"ready\n"
WORKERS = 2
WAITING = 60
"""Pictures that may wait for their turn."""
OVERHEAD = 32_000_000
"""Bytes beside the pixels: what the decoders and the encoder need for themselves."""
ENCODING = 36
"""Bytes a pixel that WebP's encoder takes beyond what reading took: of noise 29, or 42 with
transparency, less what was freed by then."""
LARGE = 64_000_000
"""From so many bytes on, a worker ends after its answer."""
CPU_SECONDS = 20
PATIENCE = 180
"""Seconds on the clock, where others keep the processors busy."""
NO_PROCESS = (
    "reading a picture takes a process of its own, and none could be had; try again in a minute"
)
NOT_WRITTEN = (
    "a picture is kept as a WebP file of our own, and writing it failed on this side; "
    "try again in a minute"
)
KEPT_ENVIRONMENT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME", "SYSTEMROOT")


@dataclass(frozen=True)
class Pixels:
    """A decoded picture: RGB, 8 bits a channel, rows from the top."""

    size: tuple[int, int]
    data: bytes


@dataclass(frozen=True)
class Copies:
    """A picture made anew as WebP, whole (under None) and at each width that it exceeds."""

    size: tuple[int, int]
    files: dict[int | None, bytes]


class DecodingPool:
    """Every method gives a future, which may raise `InvalidImage`; raises `Busy` at once.

    `read` gives the file's bytes when its turn has come, so that what waits takes no memory.
    """

    def __init__(
        self,
        *,
        workers: int = WORKERS,
        waiting: int = WAITING,
        room: int = ROOM,
        cpu_seconds: int = CPU_SECONDS,
    ) -> None:
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="decoding")
        self._idle: list[_Worker] = []
        self._cpu_seconds = cpu_seconds
        self._most = workers + waiting
        self._count = 0
        self._free = self._room = room + 2 * OVERHEAD
        self._changed = threading.Condition()

    def pixels(self, read: Callable[[], bytes], *, field: str, longest: int) -> "Future[Pixels]":
        """The picture upright, on white, its longer side at most `longest` pixels."""

        def pixels() -> Pixels:
            answer, parts = self._decoded(read(), field, longest, None)
            width, height = answer["size"]
            return Pixels((width, height), parts[0])

        return self._soon(pixels)

    def copies(
        self,
        read: Callable[[], bytes],
        *,
        field: str,
        longest: int,
        widths: Sequence[int],
        crisp: int,
    ) -> "Future[Copies]":
        """WebP copies; up to `crisp` pixels, what came without loss is kept without loss."""

        def copies() -> Copies:
            ask = {"copies": list(widths), "crisp": crisp}
            answer, parts = self._decoded(read(), field, longest, ask)
            width, height = answer["size"]
            names = [None, *answer["widths"]]
            return Copies((width, height), dict(zip(names, parts, strict=True)))

        return self._soon(copies)

    def close(self) -> None:
        """Ends what is idle; what is being decoded is waited for."""
        self._threads.shutdown(cancel_futures=True)
        while self._idle:
            self._idle.pop().end()

    def _soon(self, job: Callable[[], T]) -> "Future[T]":
        with self._changed:
            if self._count >= self._most:
                raise Busy(
                    f"at most {self._most} pictures may wait to be read here, and as many do; "
                    "try again in a minute"
                )
            self._count += 1
        future = self._threads.submit(job)
        future.add_done_callback(self._leave)
        return future

    def _leave(self, _future: object) -> None:
        with self._changed:
            self._count -= 1

    def _decoded(
        self, data: bytes, field: str, longest: int, copies: dict[str, Any] | None
    ) -> tuple[dict[str, Any], list[bytes]]:
        header = admit(data, longest=longest, field=field)
        reading = header.cost(longest) + _beside(header, longest) + 2 * len(data)
        memory = reading if copies is None else reading + _writing(header, longest)
        job = {
            "kind": header.kind,
            "pixels": (header.width, header.height),
            "most": MAX_PIXELS,
            "longest": longest,
            "size": len(data),
            "memory": memory,
            "seconds": self._cpu_seconds,
            "copies": None,
            **(copies or {}),
        }
        with self._taken(memory), self._worker(is_large=reading > LARGE) as worker:
            answer, parts = worker.ask(job, data, most=longest**2 * 4 + 2**16)
        match answer.get("problem"):
            case None:
                return answer, parts
            case "encoding":
                log.error("a picture of %s×%s was not written: %s", *job["pixels"], answer["why"])
                raise Busy(NOT_WRITTEN)
            case "memory":
                log.warning("%s of %d bytes took over %d of memory", header, len(data), memory)
            case "size":
                width, height = answer["got"]
                if width * height > MAX_PIXELS:
                    raise too_large(field, width, height)
        raise damaged(field)

    @contextlib.contextmanager
    def _taken(self, memory: int) -> Iterator[None]:
        """Waits until there is so much room; who takes all of it is alone."""
        memory = min(memory, self._room)
        with self._changed:
            self._changed.wait_for(lambda: self._free >= memory)
            self._free -= memory
        try:
            yield
        finally:
            with self._changed:
                self._free += memory
                self._changed.notify_all()

    @contextlib.contextmanager
    def _worker(self, *, is_large: bool) -> Iterator["_Worker"]:
        worker = self._idle.pop() if self._idle else _Worker()
        if not worker.is_running:
            worker.end()
            worker = _Worker()
        try:
            yield worker
        except BaseException:
            worker.end()
            raise
        if is_large or not worker.is_well:
            worker.end()
        else:
            self._idle.append(worker)


@cache
def decoding_pool() -> DecodingPool:
    """This process's own: made when a first picture comes, ended with the process."""
    pool = DecodingPool()
    atexit.register(pool.close)
    return pool


def _made(header: Header, longest: int) -> int:
    return min(longest**2, header.width * header.height)


def _writing(header: Header, longest: int) -> int:
    """Bytes for WebP copies, of noise, which takes most."""
    return _made(header, longest) * ENCODING


def _beside(header: Header, longest: int) -> int:
    """Bytes beside the picture itself: what is made of it, and the bands in which it is scaled."""
    made = _made(header, longest)
    band = 8 * max(header.width, header.height) ** 2 // longest
    return made * 16 + band * 9 + OVERHEAD


class _Worker:
    """One worker process; `is_well` until it dies or answers nonsense."""

    def __init__(self) -> None:
        self.is_well = True
        ours, pillow = Path(__file__).parents[2], Path(PIL.__file__).parents[1]
        environment = {
            "PYTHONPATH": os.pathsep.join([str(ours), str(pillow)]),
            "MALLOC_MMAP_THRESHOLD_": "1048576",  # what is large goes back as soon as it is freed
            **{name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ},
        }
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-s", "-S", "-P", "-m", "inference.decoding.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment,
            )
            ready = self._process.stdout and self._process.stdout.readline()
        except OSError as error:
            log.error("no process to decode pictures: %s", error)
            raise Busy(NO_PROCESS) from error
        if ready != READY:
            log.error("the process that decodes pictures does not start")
            self._process.kill()
            self.end()
            raise Busy(NO_PROCESS)

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def ask(
        self, job: dict[str, Any], data: bytes, *, most: int
    ) -> tuple[dict[str, Any], list[bytes]]:
        """The answer, of at most `most` bytes; a problem when the process dies of the picture."""
        incoming, outgoing = self._process.stdin, self._process.stdout
        assert incoming is not None
        assert outgoing is not None
        watch = threading.Timer(PATIENCE, self._process.kill)
        watch.daemon = True
        watch.start()
        try:
            incoming.write(json.dumps(job).encode() + b"\n")
            incoming.write(data)
            incoming.flush()
            answer = json.loads(outgoing.readline(65_536))
            lengths = answer["parts"]
            if sum(lengths) > most:
                raise ValueError(f"an answer of {sum(lengths)} bytes")
            parts = [outgoing.read(length) for length in lengths]
            if [len(part) for part in parts] != lengths:
                raise EOFError
        except (OSError, ValueError, EOFError):
            self.is_well = False
            log.warning("a picture of %d bytes ended the process that was to decode it", len(data))
            return {"problem": "died"}, []
        finally:
            watch.cancel()
        return answer, parts

    def end(self) -> None:
        """Its input ends, and so does it; it is killed if it is in trouble."""
        if not self.is_well:
            self._process.kill()
        # Closes its pipes and waits for it. What it did not read any more cannot be written.
        with contextlib.suppress(BrokenPipeError), self._process:
            pass
