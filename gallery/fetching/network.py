"""Connections that go to checked addresses only, and end in time: what `fetch.py` stands on."""

import socket
import ssl
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from ipaddress import ip_address
from threading import Thread
from typing import Any, Protocol

import httpcore

from gallery.errors import ForbiddenAddress
from gallery.fetching import addresses


class Network(Protocol):
    """What `Fetcher` needs of the machine; tests give one of their own."""

    def resolve(self, host: str, port: int) -> Sequence[str]:
        """Every IP address of a name; raises `OSError`."""
        ...

    def connect(self, ip: str, port: int, timeout: float) -> httpcore.NetworkStream:
        """Raises httpcore's `ConnectError` or `ConnectTimeout`."""
        ...


class Internet:
    """The machine's own resolver and sockets."""

    def resolve(self, host: str, port: int) -> Sequence[str]:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))

    def connect(self, ip: str, port: int, timeout: float) -> httpcore.NetworkStream:
        return httpcore.SyncBackend().connect_tcp(ip, port, timeout)


class CheckedBackend(httpcore.NetworkBackend):
    """Where httpcore opens its connection: the one place that an address must pass."""

    def __init__(
        self, network: Network, exceptions: frozenset[str], deadline: float, field: str
    ) -> None:
        self._network = network
        self._exceptions = exceptions
        self._deadline = deadline
        self._field = field

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        problem: Exception = httpcore.ConnectError("the name has no address")
        ips = self._checked(host, port)
        for position, ip in enumerate(ips):
            share = _left(self._deadline) / (len(ips) - position)  # a dead one leaves time
            try:
                stream = self._network.connect(ip, port, share)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
            else:
                return _BoundedStream(stream, self._deadline)
        raise problem

    def _checked(self, host: str, port: int) -> Sequence[str]:
        ips = [host] if _is_ip(host) else self._resolve(host, port)
        if f"{host}:{port}" in self._exceptions:
            return ips
        # One private address among public ones is how a name is made to change its mind.
        if not all(addresses.is_public(ip_address(ip.partition("%")[0])) for ip in ips):
            raise ForbiddenAddress(
                f"expected an address on the public internet, got {host!r}, which is inside a "
                "private network; give one that everybody can open",
                field=self._field,
            )
        return ips

    def _resolve(self, host: str, port: int) -> Sequence[str]:
        """On a thread of its own, since the system's resolver cannot be told to hurry."""
        found: Future[Sequence[str]] = Future()

        def resolve() -> None:
            try:
                found.set_result(self._network.resolve(host, port))
            except (OSError, UnicodeError) as error:
                found.set_exception(OSError(str(error)))

        Thread(target=resolve, daemon=True, name="resolve").start()
        try:
            return found.result(_left(self._deadline))
        except FutureTimeout:
            raise httpcore.ConnectTimeout("the name was not resolved in time") from None
        except OSError:
            raise httpcore.ConnectError("the name is not known") from None


class _BoundedStream(httpcore.NetworkStream):
    """Every read and write ends at the deadline: a drip of bytes cannot keep a thread."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, _left(self._deadline))
        return _BoundedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the time is over")
    return left


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
