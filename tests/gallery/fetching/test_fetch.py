"""Fetching what somebody typed: only from the public internet, bounded in size and time."""

import gzip
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gallery.errors import ForbiddenAddress, GalleryError, Unavailable
from gallery.fetching.fetch import Fetcher
from gallery.settings import Settings

PUBLIC = "93.184.216.34"


class _Pages(BaseHTTPRequestHandler):
    """One server that is every public host; what it answers is in the path."""

    seen: list[tuple[str, str, str]]

    def do_GET(self) -> None:
        self.seen.append((self.command, self.headers["Host"], self.path))
        parts = self.path.strip("/").split("/", 1)
        getattr(self, f"do_{parts[0]}")(*parts[1:])

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Tests are quiet."""

    def _send(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"content-length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def do_page(self) -> None:
        self._send(b"hello", content_type="Text/HTML; charset=utf-8", set_cookie="a=b")

    def do_echo(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self._send(self.headers["content-type"].encode() + b" " + body)

    def do_to(self, where: str) -> None:
        self._send(b"", 302, location=where)

    def do_status(self, status: str) -> None:
        self._send(b"", int(status))

    def do_bytes(self, count: str) -> None:
        self._send(b"x" * int(count))

    def do_bomb(self) -> None:
        self._send(gzip.compress(bytes(50_000_000)), content_encoding="gzip")

    def do_packed(self) -> None:
        self._send(gzip.compress(b"hello"), content_encoding="gzip")

    def do_coding(self, coding: str) -> None:
        self._send(b"hello", content_encoding=coding)

    def do_endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"x" * 65536)
        except OSError:
            pass

    def do_slowly(self) -> None:
        """A byte now and then: each read succeeds, the whole never does."""
        try:
            self.send_response(200)
            self.end_headers()
            for _ in range(40):
                self.wfile.write(b"x")
                time.sleep(0.1)
        except OSError:
            pass

    def do_slow_headers(self) -> None:
        try:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for number in range(40):
                self.wfile.write(f"x-{number}: y\r\n".encode())
                time.sleep(0.1)
        except OSError:
            pass

    def do_nonsense(self) -> None:
        self.wfile.write(b"\x00\xff not HTTP\r\n\r\n")


class FewHosts:
    """Names and what they resolve to, one answer after the other; public ones all lead here."""

    def __init__(self, port: int, **names: Sequence[Sequence[str]]) -> None:
        self.port = port
        self.names = {name.replace("_", "."): list(answers) for name, answers in names.items()}
        self.asked: list[str] = []
        self.connected: list[str] = []

    def resolve(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        answers = self.names.get(host)
        if answers is None:
            raise OSError("no such name")
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def connect(self, ip: str, port: int, timeout: float) -> httpcore.NetworkStream:
        self.connected.append(ip)
        return httpcore.SyncBackend().connect_tcp("127.0.0.1", self.port, timeout)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    _Pages.seen = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def hosts(port: int) -> FewHosts:
    _Pages.seen.clear()
    return FewHosts(
        port,
        a_example=[[PUBLIC]],
        b_example=[[PUBLIC]],
        inside_example=[["127.0.0.1"]],
        mixed_example=[[PUBLIC, "10.0.0.7"]],
        turning_example=[[PUBLIC], ["127.0.0.1"]],
    )


@pytest.fixture
def fetch(hosts: FewHosts) -> Callable[..., object]:
    fetcher = Fetcher(Settings.model_validate({}), hosts)

    def get(url: str, *, max_bytes: int = 1000, seconds: float = 5) -> object:
        return fetcher.get(url, max_bytes=max_bytes, seconds=seconds)

    return get


def test_a_page_is_fetched_with_its_media_type(hosts: FewHosts) -> None:
    fetched = Fetcher(Settings.model_validate({}), hosts).get(
        "http://a.example/page", max_bytes=1000, seconds=5
    )
    assert (fetched.content, fetched.content_type) == (b"hello", "text/html")
    assert fetched.final_url == "http://a.example/page"
    assert 0 < fetched.seconds < 5
    assert hosts.connected == [PUBLIC]
    assert _Pages.seen == [("GET", "a.example", "/page")]


def test_redirects_are_followed_from_host_to_host(hosts: FewHosts) -> None:
    fetched = Fetcher(Settings.model_validate({}), hosts).get(
        "http://a.example/to/http://b.example:8080/page", max_bytes=1000, seconds=5
    )
    assert fetched.final_url == "http://b.example:8080/page"
    assert [host for _, host, _ in _Pages.seen] == ["a.example", "b.example:8080"]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/page",
        "http://[::1]/page",
        "http://[::ffff:127.0.0.1]/page",
        "http://169.254.169.254/page",
        "http://inside.example/page",
        "http://inside.example./page",
        "http://mixed.example/page",
        "http://a.example/to/http://127.0.0.1/page",
        "http://a.example/to/http://inside.example/page",
        "http://a.example/to///inside.example/page",
        "http://a.example/to/http://2130706433/page",
        "http://a.example/to/file:///etc/passwd",
    ],
)
def test_what_is_inside_is_never_connected_to(
    fetch: Callable[..., object], hosts: FewHosts, url: str
) -> None:
    with pytest.raises(ForbiddenAddress):
        fetch(url)
    assert set(hosts.connected) <= {PUBLIC}
    assert all(path.startswith("/to/") for _, _, path in _Pages.seen)


def test_a_name_that_changes_its_mind_is_asked_once_and_then_refused(
    fetch: Callable[..., object], hosts: FewHosts
) -> None:
    fetch("http://turning.example/page")
    assert hosts.asked == ["turning.example"]
    with pytest.raises(ForbiddenAddress):
        fetch("http://turning.example/page")
    assert hosts.connected == [PUBLIC]


def test_only_a_host_and_port_named_in_the_settings_may_be_private(hosts: FewHosts) -> None:
    settings = Settings.model_validate({"reachable_private_hosts": ["inside.example:7860"]})
    fetcher = Fetcher(settings, hosts)
    url = "http://inside.example:{}/page"
    assert fetcher.get(url.format(7860), max_bytes=1000, seconds=5).content == b"hello"
    with pytest.raises(ForbiddenAddress):
        fetcher.get(url.format(7861), max_bytes=1000, seconds=5)
    with pytest.raises(ForbiddenAddress):
        fetcher.get("http://127.0.0.1:7860/page", max_bytes=1000, seconds=5)


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("status/404", "answered 404"),
        ("status/500", "answered 500"),
        ("bytes/1001", "sends more than 0.001 MB"),
        ("endless", "sends more than"),
        ("bomb", "sends more than"),
        ("coding/br", "packed as 'br'"),
        ("coding/gzip", "cannot be unpacked"),
        ("to/" * 4 + "page", "redirects too often"),
        ("nonsense", "cannot be reached"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(
    fetch: Callable[..., object], path: str, sentence: str
) -> None:
    path = path.replace("to/", "to/http://a.example/")
    with pytest.raises(Unavailable, match=sentence):
        fetch(f"http://a.example/{path}")


@pytest.mark.parametrize("path", ["slowly", "slow_headers"])
def test_a_drip_of_bytes_ends_at_the_time_given(fetch: Callable[..., object], path: str) -> None:
    began = time.monotonic()
    with pytest.raises(Unavailable, match=r"within 0\.3 s"):
        fetch(f"http://a.example/{path}", seconds=0.3)
    assert time.monotonic() - began < 2


def test_a_name_that_takes_too_long_or_is_not_there_is_told(hosts: FewHosts) -> None:
    fetcher = Fetcher(Settings.model_validate({}), hosts)
    with pytest.raises(Unavailable, match="the name is not known"):
        fetcher.get("http://nowhere.example/", max_bytes=10, seconds=5)

    hosts.resolve = lambda host, port: time.sleep(0.5) or [PUBLIC]
    with pytest.raises(Unavailable, match=r"within 0\.1 s"):
        fetcher.get("http://a.example/", max_bytes=10, seconds=0.1)


def test_exactly_as_much_as_allowed_is_taken_packed_or_not(fetch: Callable[..., object]) -> None:
    assert fetch("http://a.example/bytes/1000")
    assert fetch("http://a.example/packed")


def test_encryption_is_with_the_host_that_was_named_and_its_certificate_is_checked(
    tmp_path: Path,
) -> None:
    asked_for: list[str] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_self_signed("a.example", tmp_path / "server.pem"))
    context.sni_callback = lambda _socket, name, _context: asked_for.append(name)
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError), server.accept()[0] as connection:
            context.wrap_socket(connection, server_side=True)

    thread = Thread(target=serve, daemon=True)
    thread.start()
    fetcher = Fetcher(
        Settings.model_validate({}), FewHosts(server.getsockname()[1], a_example=[[PUBLIC]])
    )
    with pytest.raises(Unavailable, match="CERTIFICATE_VERIFY_FAILED"):
        fetcher.get("https://a.example/page", max_bytes=10, seconds=5)
    thread.join()
    server.close()
    assert asked_for == ["a.example"]


def _self_signed(host: str, path: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(secret + certificate.public_bytes(pem))
    return path


def test_what_is_posted_goes_to_one_place_only(hosts: FewHosts) -> None:
    fetcher = Fetcher(Settings.model_validate({}), hosts)

    def post(path: str) -> bytes:
        return fetcher.post(
            f"http://a.example/{path}",
            b"{}",
            content_type="application/json",
            max_bytes=1000,
            seconds=5,
        ).content

    assert post("echo") == b"application/json {}"
    with pytest.raises(Unavailable, match="redirects"):
        post("to/http://b.example/echo")


def test_the_time_to_answer_does_not_wait_for_the_whole_page(hosts: FewHosts) -> None:
    fetcher = Fetcher(Settings.model_validate({}), hosts)
    assert fetcher.time_to_answer("http://a.example/slowly", seconds=5) < 4  # that is the whole
    with pytest.raises(GalleryError, match="answered 503"):
        fetcher.time_to_answer("http://a.example/status/503", seconds=5)
