"""`python -m inference.decoding.worker`: the program that decodes, one picture after the other.

It is told what to do on stdin and answers on stdout: a line of JSON, then the bytes whose lengths
that line gives. It has no environment and can write no file, and each picture has a bound of memory
and of processor time: a file that breaks the decoder breaks this process alone. It ends with its
stdin.
"""

import contextlib
import json
import os
import signal
import sys
import warnings
from collections.abc import Mapping
from io import BytesIO
from types import ModuleType
from typing import Any, BinaryIO

from PIL import Image

from inference.decoding.decode import decode, on_white

resource: ModuleType | None
try:
    import resource
except ImportError:  # Windows
    resource = None

Answer = tuple[dict[str, Any], list[bytes]]


class Refused(Exception):
    """The size is not what the header said; `args` are width and height."""


class Unkept(Exception):
    """The picture was read, and could not be written anew: no fault of the file."""


def main() -> None:
    # To end a whole group of processes is for who asks: what was begun is answered.
    for asked_to_end in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked_to_end, signal.SIG_IGN)
    Image.MAX_IMAGE_PIXELS = None  # who asks has bounds of their own
    warnings.simplefilter("ignore")
    _warm_up()
    try:
        _serve(sys.stdin.buffer, sys.stdout.buffer)
    except BrokenPipeError:  # who asked was killed
        os._exit(1)  # the ordinary end would write once more, and say that it cannot


def _serve(incoming: BinaryIO, outgoing: BinaryIO) -> None:
    limits = _Limits()
    outgoing.write(b"ready\n")
    outgoing.flush()
    while line := incoming.readline():
        job = json.loads(line)
        data = incoming.read(job["size"])
        limits.set(memory=job["memory"], seconds=job["seconds"])
        head, parts = _answer(job, data)
        del data
        limits.lift()
        _send(outgoing, head, parts)


def _warm_up() -> None:
    """Loads what decoding and encoding need, so that it does not count against a picture."""
    tiny = Image.new("RGB", (16, 16))
    _webp(tiny, is_crisp=True)
    for kind in ("PNG", "JPEG", "WEBP", "GIF"):
        stream = BytesIO()
        tiny.save(stream, kind)
        decode(stream.getvalue(), kind=kind, longest=8, require=lambda _width, _height: None)


def _answer(job: Mapping[str, Any], data: bytes) -> Answer:
    try:
        return _made(job, data)
    except Refused as refused:
        return {"problem": "size", "got": refused.args}, []
    except Unkept as unkept:
        return {"problem": "encoding", "why": repr(unkept.__cause__)[:200]}, []
    except MemoryError:
        return {"problem": "memory"}, []
    except Exception as error:  # noqa: BLE001  Pillow raises nearly anything for what it cannot read
        return {"problem": "damaged", "why": type(error).__name__}, []


def _made(job: Mapping[str, Any], data: bytes) -> Answer:
    expected = tuple(job["pixels"])

    def require(*size: int) -> None:
        # A GIF's first frame may be larger than its screen, and is held against the same bound.
        if size != expected and not (job["kind"] == "GIF" and size[0] * size[1] <= job["most"]):
            raise Refused(*size)

    image = decode(data, kind=job["kind"], longest=job["longest"], require=require)
    if job["copies"] is None:
        image = on_white(image)
        return {"size": image.size}, [image.tobytes()]
    is_crisp = job["kind"] in ("PNG", "GIF") and image.width * image.height <= job["crisp"]
    widths = [width for width in job["copies"] if image.width > width]
    try:
        parts = [_webp(image, is_crisp=is_crisp)]
        for width in widths:
            height = max(1, round(image.height * width / image.width))
            parts.append(_webp(image.resize((width, height), Image.Resampling.LANCZOS)))
    except Exception as error:  # Pillow tells of too little memory in several ways
        raise Unkept from error
    return {"size": image.size, "widths": widths}, parts


def _webp(image: Image.Image, *, is_crisp: bool = False) -> bytes:
    stream = BytesIO()
    # A copy without `info`: the EXIF data and comments that Pillow would carry over stay out.
    bare = Image.frombytes(image.mode, image.size, image.tobytes())
    bare.save(stream, "WEBP", lossless=is_crisp, quality=80 if is_crisp else 88, method=4)
    return stream.getvalue()


def _send(outgoing: BinaryIO, head: dict[str, Any], parts: list[bytes]) -> None:
    head["parts"] = [len(part) for part in parts]
    outgoing.write(json.dumps(head).encode() + b"\n")
    for part in parts:
        outgoing.write(part)
    outgoing.flush()


class _Limits:
    """What this process may use; where the system does not know a limit, it is not there."""

    def __init__(self) -> None:
        self._sizes: int | None = None
        with contextlib.suppress(OSError):
            self._sizes = os.open("/proc/self/statm", os.O_RDONLY)
        for name, most in (("CORE", 0), ("FSIZE", 0), ("NPROC", 0)):
            self._limit(name, most, for_ever=True)

    def set(self, *, memory: int, seconds: int) -> None:
        """From now on: `memory` bytes above what is in use, `seconds` of processor time."""
        if self._sizes is not None:
            pages = int(os.pread(self._sizes, 64, 0).split()[0])
            self._limit("AS", pages * os.sysconf("SC_PAGE_SIZE") + memory)
        if resource is not None:
            used = resource.getrusage(resource.RUSAGE_SELF)
            self._limit("CPU", int(used.ru_utime + used.ru_stime) + seconds)

    def lift(self) -> None:
        if resource is not None:
            self._limit("AS", resource.RLIM_INFINITY)

    def _limit(self, name: str, most: int, *, for_ever: bool = False) -> None:
        kind = getattr(resource, f"RLIMIT_{name}", None)
        if resource is None or kind is None:
            return
        with contextlib.suppress(OSError, ValueError):
            _, hard = resource.getrlimit(kind)
            if hard != resource.RLIM_INFINITY:
                most = hard if most == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(kind, (most, most if for_ever else hard))


if __name__ == "__main__":
    main()
