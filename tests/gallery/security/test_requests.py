"""What every request passes: whose site it comes from, how it is named, how large it is."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from gallery.app import build_app
from gallery.errors import Invalid
from gallery.gallery import Gallery
from gallery.pages import front
from gallery.pages.submit.doors import OPEN
from gallery.people.attempts import origin
from gallery.serving import LOOPBACK
from gallery.settings import Settings
from gallery.web import notices
from gallery.web.guard import HEADERS
from tests.gallery.conftest import BASE_URL

SignedIn = Callable[[str], TestClient]
FALSE = {
    "Host": "elsewhere.example",
    "X-Forwarded-Host": "elsewhere.example",
    "X-Forwarded-Proto": "ftp",
    "Forwarded": "host=elsewhere.example",
}
sqlite_alone = pytest.mark.parametrize("address", ["sqlite"], indirect=True)


@sqlite_alone
def test_no_name_that_a_stranger_chose_is_in_any_answer(signed_in: SignedIn) -> None:
    ada = signed_in("ada-l")
    for path in ("/", "/summer/event/", "/submit", "/submit/", "/sitemap.xml", "/summer/feed.atom"):
        answer = ada.get(path, headers=FALSE)
        assert answer.status_code in (200, 303, 307), path
        assert "elsewhere.example" not in answer.text + str(answer.headers), path
    assert ada.get("/summer/event/", headers=FALSE).headers["location"].startswith(BASE_URL)
    assert ada.get("//elsewhere.example/").headers.get("location", "/").startswith(("/", BASE_URL))


@pytest.mark.slow
@sqlite_alone
def test_every_answer_carries_a_policy_and_none_is_kept_for_others(signed_in: SignedIn) -> None:
    ada = signed_in("ada-l")
    pages = ("/", "/summer", "/summer/found", "/summer/event", "/summer/ideas", "/nowhere")
    for path in (*pages, "/account", "/sign-in", "/submit/", "/api/docs"):
        answer = ada.get(path)
        assert answer.headers["x-content-type-options"] == "nosniff", path
        assert "frame-ancestors 'self'" in answer.headers["content-security-policy"], path
        kept = answer.headers.get("cache-control", "")
        assert answer.is_redirect or "no-cache" in kept or "no-store" in kept, path
    policy = ada.get("/summer/found").headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "http" not in ada.get("/submit/").headers["content-security-policy"]


@sqlite_alone
def test_a_gallery_at_https_tells_browsers_to_ask_nothing_else(
    gallery: Gallery, client: TestClient
) -> None:
    assert "strict-transport-security" not in client.get("/").headers
    secure = gallery.settings.model_copy(update={"base_url": "https://sprint.example"})
    with TestClient(build_app(replace(gallery, settings=secure))) as there:
        for path in ("/", "/summer", "/nowhere", "/api/v1/events"):
            told = there.get(path).headers["strict-transport-security"]
            assert told == "max-age=31536000", path


def broken(*_: object, **__: object) -> None:
    raise RuntimeError("a mistake of ours")


@sqlite_alone
@pytest.mark.parametrize("where", ["of a page", "of every page"])
def test_what_breaks_is_answered_with_all_headers(
    gallery: Gallery, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.setattr(front, "search", broken)
    if where == "of every page":
        monkeypatch.setattr(notices, "forget", broken)
    secure = gallery.settings.model_copy(update={"base_url": "https://sprint.example"})
    app = build_app(replace(gallery, settings=secure))
    with TestClient(app, raise_server_exceptions=False, headers={"Accept": "text/html"}) as there:
        broke = there.get("/summer")
    assert broke.status_code == 500
    assert ("application/json" in broke.headers["content-type"]) == (where == "of every page")
    assert "something here broke" in broke.text.lower()
    for name in (*HEADERS, "strict-transport-security"):
        assert broke.headers[name], name
    assert "mistake" not in broke.text


@sqlite_alone
def test_odd_requests_get_a_sentence_and_never_an_error_of_ours(client: TestClient) -> None:
    digits = "9" * 5000
    for path in (
        f"/summer?page=0000001{digits}",
        f"/summer?page={digits}",
        "/summer?page=²",
        "/summer?sort=%00&q=%00%ff",
        f"/summer/submissions/{digits}",
        f"/summer/submissions/1/revisions/{digits}",
        f"/summer/teams/{digits}",
        f"/summer/organise/log?before={digits}",
        f"/pictures/{digits}.webp",
        f"/api/v1/events/summer/submissions?page={digits}",
        "/" + "a/" * 2000,
    ):
        answer = client.get(path)
        is_shown = path.startswith("/summer?")  # as if nothing had been asked
        assert answer.status_code == 200 if is_shown else 300 <= answer.status_code < 500, path
        assert "Traceback" not in answer.text
    deep = client.post(
        "/api/v1/events/summer/submissions",
        content="[" * 200_000,
        headers={"Content-Type": "application/json"},
    )
    assert deep.status_code in (400, 401, 422)
    for length in ("²", "-1", "1e9", "9" * 30, " "):
        answer = client.post("/pictures", headers={"Content-Length": length.encode("latin-1")})  # type: ignore[dict-item]
        assert answer.status_code == 413, length


def _pieces() -> Iterator[bytes]:
    for _ in range(26):
        yield b"x" * 2**20


@sqlite_alone
def test_a_body_without_a_length_ends_at_the_limit(signed_in: SignedIn) -> None:
    answer = signed_in("ada-l").post(
        "/pictures", content=_pieces(), headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert 400 <= answer.status_code < 500


CLOSED = (
    ("POST", "/submit/gradio_api/upload"),
    ("POST", "/submit/gradio_api/process_recording"),
    ("POST", "/submit/gradio_api/component_server"),
    ("POST", "/submit/gradio_api/vibe-edit"),
    ("GET", "/submit/gradio_api/vibe-code"),
    ("GET", "/submit/gradio_api/runs"),
    ("GET", "/submit/gradio_api/token"),
    ("GET", "/submit/gradio_api/file=README.md"),
    ("GET", "/submit/gradio_api/file/README.md"),
    ("GET", "/submit/gradio_api/proxy=http://127.0.0.1:1/"),
    ("POST", "/submit/gradio_api/stream/x"),
    ("POST", "/submit/gradio_api/run/open"),
    ("POST", "/submit/gradio_api/call/open"),
    ("POST", "/submit/login"),
    ("GET", "/submit/monitoring"),
    ("GET", "/submit/gradio_api/deep_link"),
)


@pytest.mark.slow
@sqlite_alone
def test_what_gradio_offers_beside_the_page_is_closed(signed_in: SignedIn) -> None:
    ada = signed_in("ada-l")
    for method, path in CLOSED:
        assert ada.request(method, path).status_code == 404, path


def test_no_door_opens_by_a_path_that_means_another() -> None:
    for path in ("/assets", "/gradio_api/queue/join/x", "/gradio_api/file=/config", "/x/config"):
        assert not OPEN.fullmatch(path), path


def _seen(trusted: list[str], client: str, forwarded: str) -> str:
    def tell(request: Request) -> PlainTextResponse:
        return PlainTextResponse(request.client.host if request.client else "")

    app = ProxyHeadersMiddleware(Starlette(routes=[Route("/", tell)]), [*LOOPBACK, *trusted])  # type: ignore[arg-type]
    visitor = TestClient(app, client=(client, 1))  # type: ignore[arg-type]
    return visitor.get("/", headers={"X-Forwarded-For": forwarded}).text


@pytest.mark.parametrize(
    ("trusted", "client", "forwarded", "seen"),
    [
        ([], "127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ([], "10.1.2.3", "203.0.113.9", "10.1.2.3"),
        (["10.0.0.0/8"], "10.1.2.3", "203.0.113.9", "203.0.113.9"),
        (["10.0.0.0/8"], "10.1.2.3", "192.0.2.1, 203.0.113.9", "203.0.113.9"),
        (["10.0.0.0/8"], "203.0.113.9", "192.0.2.1", "203.0.113.9"),
    ],
)
def test_only_a_named_proxy_says_where_people_come_from(
    trusted: list[str], client: str, forwarded: str, seen: str
) -> None:
    assert _seen(trusted, client, forwarded) == seen


def test_a_proxy_is_named_by_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", "10.0.0.0/8, 192.0.2.7")
    assert Settings.read().trusted_proxies == ["10.0.0.0/8", "192.0.2.7"]
    for wrong in ("*", "proxy.internal", "10.0.0.1/8"):
        monkeypatch.setenv("TRUSTED_PROXIES", wrong)
        with pytest.raises(Invalid, match="addresses or networks"):
            Settings.read()


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("testclient", "unknown"),
        (None, "unknown"),
    ],
)
def test_the_addresses_of_one_household_count_together(host: str | None, counted: str) -> None:
    assert origin(host) == counted
