"""The only way by which this server fetches an address that somebody typed.

The name is resolved here, every address it has is checked, and the connection goes to exactly a
checked one: what the name says a moment later does not matter (DNS rebinding). Each redirect is an
address of its own. Size, time and number of redirects are bounded; nothing is kept or sent along:
no cookies, no credentials, no proxy.
"""

import ssl
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType

import httpcore

from gallery.errors import Unavailable
from gallery.fetching import addresses
from gallery.fetching.addresses import Address
from gallery.fetching.network import CheckedBackend, Internet, Network
from gallery.settings import Settings

REDIRECTS = 3
_REDIRECTED = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True)
class Fetched:
    """An answer, whole. `content_type` is the bare media type; `seconds` is the time it took."""

    content: bytes
    content_type: str
    final_url: str
    seconds: float


class Fetcher:
    """Fetches on the calling thread. `settings.reachable_private_hosts` are the only exceptions."""

    def __init__(self, settings: Settings, network: Network | None = None) -> None:
        self._exceptions = frozenset(name.lower() for name in settings.reachable_private_hosts)
        self._network = network or Internet()
        self._tls = ssl.create_default_context()

    def get(self, url: str, *, max_bytes: int, seconds: float, field: str = "address") -> Fetched:
        """The content at `url`, at most `max_bytes` after decompression, within `seconds` in all.

        Raises `ForbiddenAddress` (naming `field`) for what this server must not fetch, and
        `Unavailable` when it does not answer in time, answers an error, or is too large.
        """
        with self._answer("GET", url, seconds=seconds, field=field) as answer:
            return answer.whole(max_bytes)

    def post(
        self,
        url: str,
        content: bytes,
        *,
        content_type: str,
        max_bytes: int,
        seconds: float,
        field: str = "address",
    ) -> Fetched:
        """Sends `content`, which no redirect takes elsewhere. Raises as `get` does."""
        headers = {"Content-Type": content_type}
        with self._answer("POST", url, content, headers, seconds=seconds, field=field) as answer:
            return answer.whole(max_bytes)

    def time_to_answer(self, url: str, *, seconds: float, field: str = "address") -> float:
        """Seconds until the page at `url` begins to answer; its content is left where it is.

        Raises as `get` does.
        """
        with self._answer("GET", url, seconds=seconds, field=field) as answer:
            return answer.elapsed

    @contextmanager
    def _answer(
        self,
        method: str,
        url: str,
        content: bytes = b"",
        headers: Mapping[str, str] = MappingProxyType({}),
        *,
        seconds: float,
        field: str,
    ) -> Iterator["_Answer"]:
        began = time.monotonic()
        address = addresses.read(url, field=field)
        for _ in range(REDIRECTS + 1):
            backend = CheckedBackend(self._network, self._exceptions, began + seconds, field)
            with (
                _sentences(address, seconds),
                httpcore.ConnectionPool(
                    self._tls, max_connections=1, network_backend=backend
                ) as pool,
                pool.stream(
                    method, _url(address), headers=_headers(address, headers), content=content
                ) as response,
            ):
                location = _header(response, b"location")
                if response.status not in _REDIRECTED or not location:
                    if response.status >= 400:
                        raise Unavailable(
                            f"{address.authority} answered {response.status} instead of a page; "
                            "check the address, or try again later"
                        )
                    yield _Answer(response, address, began)
                    return
            if method != "GET":
                break
            address = addresses.follow(address, location, field=field)
        raise Unavailable(
            f"{addresses.read(url, field=field).authority} redirects too often (more than "
            f"{REDIRECTS} times, or what was sent to it); give the address it ends at"
        )


class _Answer:
    """Headers have come; the body is still on its way."""

    def __init__(self, response: httpcore.Response, address: Address, began: float) -> None:
        self._response = response
        self._address = address
        self._began = began

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self._began

    def whole(self, max_bytes: int) -> Fetched:
        body = bytearray()
        for chunk in self._decoded(max_bytes):
            body += chunk
            if len(body) > max_bytes:
                raise self._too_large(max_bytes)
        content_type = _header(self._response, b"content-type").partition(";")[0].strip().lower()
        return Fetched(bytes(body), content_type, str(self._address), self.elapsed)

    def _decoded(self, max_bytes: int) -> Iterator[bytes]:
        """Chunks of at most `max_bytes + 1`: a small gzip may unfold to gigabytes."""
        chunks: Iterable[bytes] = self._response.iter_stream()
        coding = _header(self._response, b"content-encoding").strip().lower() or "identity"
        if coding == "identity":
            yield from chunks
            return
        if coding != "gzip":  # we asked for nothing else
            raise Unavailable(
                f"{self._address.authority} sends its answer packed as {coding[:20]!r}, expected "
                "gzip or plain; give another address"
            )
        unpack = zlib.decompressobj(wbits=31)
        try:
            for chunk in chunks:
                yield unpack.decompress(chunk, max_bytes + 1)
                if unpack.unconsumed_tail:
                    raise self._too_large(max_bytes)
        except zlib.error:
            raise Unavailable(
                f"{self._address.authority} sends gzip that cannot be unpacked; give another "
                "address"
            ) from None

    def _too_large(self, max_bytes: int) -> Unavailable:
        return Unavailable(
            f"{self._address.authority} sends more than {max_bytes / 1e6:.3g} MB; "
            "give the address of something smaller"
        )


@contextmanager
def _sentences(address: Address, seconds: float) -> Iterator[None]:
    try:
        yield
    except httpcore.TimeoutException:
        raise Unavailable(
            f"{address.authority} did not answer whole within {seconds:g} s; try again later",
            is_slow=True,
        ) from None
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise Unavailable(
            f"{address.authority} cannot be reached ({_reason(error)}); check the address, or try "
            "again later"
        ) from None


def _reason(error: Exception) -> str:
    return str(error).rstrip(".")[:120] or type(error).__name__


def _url(address: Address) -> httpcore.URL:
    return httpcore.URL(
        scheme=address.scheme, host=address.host, port=address.port, target=address.target
    )


def _headers(address: Address, more: Mapping[str, str]) -> list[tuple[bytes | str, bytes | str]]:
    return [
        ("Host", address.authority),
        ("User-Agent", "sprint-gallery"),
        ("Accept", "*/*"),
        ("Accept-Encoding", "gzip"),
        *more.items(),
    ]


def _header(response: httpcore.Response, name: bytes) -> str:
    values = [value for key, value in response.headers if key.lower() == name]
    return values[0].decode("latin-1") if values else ""
