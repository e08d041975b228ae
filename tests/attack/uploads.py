"""Uploads: too large, too many, too slow, odd."""

import json
import socket
import time
from urllib.parse import quote, urlsplit

import httpx

from tests.attack.registry import DEMOS, attack, hold
from tests.attack.targets import Target

MB = 10**6
MOST_MB = 20
"""What a demo takes of one file."""


@attack("a file of more than is taken, with its length said and without", ways=DEMOS)
def large_file(target: Target) -> None:
    before = _disk(target)
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'

    def body():
        yield head
        for _ in range(60):
            yield b"\0" * MB

    with target.client(seconds=60) as client:
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        try:
            answer = client.post(f"{target.api}/upload", content=body(), headers=headers)
        except httpx.WriteError:
            pass  # it hung up, which is an answer as well
        else:
            hold(answer.status_code == 413, f"60 MB were answered with {answer.status_code}")
    grown = _disk(target) - before
    hold(grown <= MOST_MB * MB, f"{grown / MB:.0f} MB of it stayed on the disk")


@attack("thousands of files in one upload", ways=DEMOS)
def many_files(target: Target) -> None:
    before = sum(1 for _ in target.kept.rglob("*"))
    with target.client() as client:
        files = [("files", (f"{number}.png", b"x")) for number in range(900)]
        answer = client.post(f"{target.api}/upload", files=files)
        hold(400 <= answer.status_code < 500, f"900 files were answered with {answer.status_code}")
    made = sum(1 for _ in target.kept.rglob("*")) - before
    hold(made < 20, f"{made} files stayed on the disk")


@attack("uploads that begin and never end", ways=DEMOS)
def slow_uploads(target: Target) -> None:
    parts = urlsplit(target.api)
    head = (
        f"POST {parts.path}/upload HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000000\r\n\r\n"
        '--x\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
    ).encode()
    assert parts.hostname is not None
    assert parts.port is not None
    opened = []
    try:
        for _ in range(50):
            one = socket.create_connection((parts.hostname, parts.port), timeout=10)
            one.sendall(head)
            opened.append(one)
        began = time.monotonic()
        hold(target.answers(), "it does not answer while others send slowly")
        hold(time.monotonic() - began < 10, "it answers slowly while others send slowly")
    finally:
        for one in opened:
            one.close()


@attack("odd names and odd forms", ways=DEMOS)
def odd_forms(target: Target) -> None:
    with target.client() as client:
        for name in (
            "../../a.png",
            "/etc/passwd",
            "a" * 200,
            "..",
            ".",
            "\\..\\a",
            "é.png",
            "%00",
        ):
            answer = client.post(f"{target.api}/upload", files={"files": (name, b"x")})
            hold(answer.status_code == 200, f"{name[:30]!r} was answered: {answer.text[:300]}")
            (kept,) = answer.json()
            hold(".." not in kept.split("/"), f"{name[:30]!r} is kept as {kept}")
            hold(
                client.get(f"{target.api}/file={quote(kept)}").content == b"x",
                f"{kept} is not served",
            )
        for content, kind in (
            (b"", "multipart/form-data; boundary=x"),
            (b"--x\r\n\r\n", "multipart/form-data; boundary=x"),
            (b"--x--\r\n", "multipart/form-data"),
            (b"nothing", "text/plain"),
            (
                b'--x\r\nContent-Disposition: form-data; name="files"\r\n\r\na\r\n--x--',
                "multipart/form-data; boundary=x",
            ),
            (
                b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--\r\n",
                "multipart/form-data; boundary=x",
            ),
            (b"\xff" * 100, "multipart/form-data; boundary=" + "y" * 200),
        ):
            answer = client.post(
                f"{target.api}/upload", content=content, headers={"Content-Type": kind}
            )
            hold(400 <= answer.status_code < 500, f"{content[:30]!r}: {answer.status_code}")
            said = json.loads(answer.text)["error"]
            hold(
                isinstance(said, str) and len(said) > 20, f"{content[:30]!r} was answered {said!r}"
            )
    hold("Traceback" not in target.log(), "the log has a traceback")


@attack("files where nobody uploads", ways=("gallery",))
def unwanted_uploads(target: Target) -> None:
    with target.client() as client:
        answer = client.post(f"{target.api}/upload", files={"files": ("a.png", b"x")})
        hold(answer.status_code in (401, 403, 404), f"it was answered {answer.status_code}")
    hold(not _disk(target), "the file stayed on the disk")


def _disk(target: Target) -> int:
    return sum(path.stat().st_size for path in target.kept.rglob("*") if path.is_file())
