"""Heads of requests: too large, too many, without an end."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from tests.attack.registry import attack, hold
from tests.attack.targets import Target

MB = 10**6
SENT = 24 * MB
"""Of each head, unless the server hangs up before."""
PIECE = b"a" * 65_536


@contextmanager
def connected(target: Target) -> Iterator[tuple[socket.socket, str]]:
    """A connection, and the name of the server."""
    parts = urlsplit(target.address)
    assert parts.hostname is not None
    assert parts.port is not None
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        yield connection, parts.netloc


def sent(connection: socket.socket, begins: bytes, piece: bytes = PIECE) -> int:
    """Bytes that were taken before the server hung up, of at most `SENT`."""
    taken = 0
    try:
        connection.sendall(begins)
        while taken < SENT:
            connection.sendall(piece)
            taken += len(piece)
        connection.settimeout(1)
        while connection.recv(65_536):  # a whole answer ends what was taken
            pass
    except TimeoutError:
        return taken
    except OSError:
        pass
    return min(taken, SENT - 1)


@attack("heads that never end: in the line, in a header, in many, in what follows a body")
def endless_heads(target: Target) -> None:
    before = target.memory()
    for what, begins, piece in (
        ("the line", b"GET /", PIECE),
        ("a query", b"GET /?a=", PIECE),
        ("a header's name", b"GET / HTTP/1.1\r\n", PIECE),
        ("a header", b"GET / HTTP/1.1\r\nHost: a\r\nX-A: ", PIECE),
        ("headers", b"GET / HTTP/1.1\r\nHost: a\r\n", b"X-A: a\r\n" * 8000),
        ("cookies", b"GET / HTTP/1.1\r\nHost: a\r\n", b"Cookie: a=" + PIECE + b"\r\n"),
        (
            "a chunk's extension",
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;",
            PIECE,
        ),
        (
            "trailers",
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-A: ",
            PIECE,
        ),
    ):
        with connected(target) as (connection, _):
            taken = sent(connection, begins, piece)
            hold(taken < SENT, f"{taken / MB:.0f} MB of {what} were taken")
    grown = target.memory() - before
    hold(grown < 20 * MB, f"{grown / MB:.0f} MB of heads are held in memory")


@attack("a head just above the bound and one just below")
def heads_at_the_bound(target: Target) -> None:
    with connected(target) as (connection, host):
        connection.sendall(_head(host, {"X-A": "a" * 66_000}))
        answer = connection.recv(65_536).decode()
        hold(" 431 " in answer, f"66 KB were answered with {answer[:80]!r}")
        hold("must have at most 64 KB" in answer, f"it is not said why: {answer[-200:]!r}")
    with connected(target) as (connection, host):
        connection.sendall(_head(host, {f"X-{number}": "a" for number in range(200)}))
        answer = connection.recv(65_536).decode()
        hold(" 431 " in answer, f"200 headers were answered with {answer[:80]!r}")
    with connected(target) as (connection, host):
        cookies = "; ".join(f"c{number}={'a' * 3000}" for number in range(16))
        connection.sendall(_head(host, {"Cookie": cookies}))
        answer = connection.recv(65_536).decode()
        hold(" 431 " not in answer, f"50 KB of cookies were answered with {answer[:80]!r}")


@attack("hundreds of connections that say nothing, or half a head")
def idle_connections(target: Target) -> None:
    opened = []
    try:
        for number in range(300):
            parts = urlsplit(target.address)
            one = socket.create_connection((parts.hostname, parts.port), timeout=10)
            if number % 2:
                one.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX-")
            opened.append(one)
        began = time.monotonic()
        hold(target.answers(), "it does not answer while others say nothing")
        hold(time.monotonic() - began < 10, "it answers slowly while others say nothing")
    finally:
        for one in opened:
            one.close()


def _head(host: str, more: dict[str, str]) -> bytes:
    lines = [f"{name}: {value}" for name, value in more.items()]
    return "\r\n".join(["GET / HTTP/1.1", f"Host: {host}", *lines, "", ""]).encode()
