"""Asking a Gradio demo for a picture through its API, as any program could.

The calls go through an `Ask` that whoever runs this hands in: a server must refuse to connect to
private addresses, a person at their own desk need not.
"""

import json
import secrets
import time
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote, unquote_to_bytes

import httpx

from spaces.errors import DemoRefused, DemoSlow, DemoUnavailable
from spaces.hub.demo_inputs import Given, Parameter, component, fill

QUICK = 15
"""Seconds for everything but the picture itself."""
MOST_INFO = 2_000_000
MOST_ANSWER = 30_000_000
MOST_PICTURE = 30_000_000
PREFIXES = ("/gradio_api", "")
"""Gradio 5 and newer, and Gradio 4."""
PICTURES_OUT = ("image", "gallery", "imageslider", "imageeditor", "annotatedimage")
SIGNATURES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"<svg")


class Ask(Protocol):
    """GET, or POST when there is `content`; gives the answer's body.

    `seconds` bounds the whole of it, `max_bytes` its size. Raises DemoUnavailable for whatever goes
    wrong: no connection, no leave to connect, an error status, too slow, too large.
    """

    def __call__(
        self,
        address: str,
        content: bytes | None = None,
        *,
        content_type: str = "application/json",
        max_bytes: int,
        seconds: float,
    ) -> bytes: ...


def ask_openly(
    address: str,
    content: bytes | None = None,
    *,
    content_type: str = "application/json",
    max_bytes: int,
    seconds: float,
) -> bytes:
    """An `Ask` for a person's own machine: it connects to whatever the address leads to."""
    deadline = time.monotonic() + seconds
    method = "GET" if content is None else "POST"
    headers = {} if content is None else {"Content-Type": content_type}
    body = bytearray()
    try:
        with httpx.stream(
            method, address, content=content, headers=headers, timeout=seconds
        ) as response:
            response.raise_for_status()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > max_bytes or time.monotonic() > deadline:
                    raise DemoSlow(
                        f"the demo must answer within {seconds:g} seconds and {max_bytes:,} bytes, "
                        f"got {len(body):,} bytes and no end; make it answer sooner"
                    )
    except httpx.TimeoutException as error:
        raise DemoSlow(
            f"the demo must answer within {seconds:g} seconds, got no answer; make it answer sooner"
        ) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise DemoUnavailable(
            f"the demo must answer, got {str(error) or type(error).__name__}; open its page and see"
        ) from error
    return bytes(body)


@dataclass(frozen=True)
class DemoAnswer:
    """What a demo answered. `seconds` from asking to the picture; `picture` is its file, if any;
    `took` is what it had a parameter for: words, picture, seed."""

    endpoint: str
    seconds: float
    picture: bytes | None
    took: tuple[str, ...] = ()


def ask_demo(host: str, ask: Ask, given: Given | None = None, *, seconds: float = 60) -> DemoAnswer:
    """Asks for one picture of what is `given`, which may take `seconds`. Raises DemoUnavailable."""
    given = given or Given()
    demo = _Demo(host.rstrip("/"), ask, seconds)
    name, endpoint = _choose(demo.endpoints())
    began = time.monotonic()
    inputs = fill(_items(endpoint, "parameters"), given, lambda: demo.upload(given))
    files = list(_files(demo.call(name, inputs.values)))
    pictures = (demo.picture(file) for file in files[:3])
    picture = next((one for one in pictures if one is not None), None)
    return DemoAnswer(name, time.monotonic() - began, picture, inputs.took)


class _Demo:
    """Gradio's HTTP API, as far as it takes."""

    def __init__(self, host: str, ask: Ask, seconds: float) -> None:
        self._host = host
        self._ask = ask
        self._seconds = seconds
        self._prefix = PREFIXES[0]

    def endpoints(self) -> Mapping[str, Any]:
        """Its named endpoints, by whichever version of the API it has."""
        for last, prefix in ((False, PREFIXES[0]), (True, PREFIXES[1])):
            self._prefix = prefix
            try:
                told = _json(self._get("/info", MOST_INFO))
            except DemoUnavailable:
                if last:
                    raise
            else:
                named = told.get("named_endpoints") if isinstance(told, Mapping) else None
                if isinstance(named, Mapping):
                    return named
        raise _no_gradio()

    def call(self, name: str, inputs: list[Any]) -> Any:
        """The endpoint's final outputs."""
        body = json.dumps({"data": inputs}).encode()
        begun = _json(self._post(f"/call{name}", body, "application/json"))
        event = begun.get("event_id") if isinstance(begun, Mapping) else None
        if not isinstance(event, str):
            raise _no_gradio()
        answer = self._ask(
            f"{self._host}{self._prefix}/call{name}/{quote(event)}",
            max_bytes=MOST_ANSWER,
            seconds=self._seconds,
        )
        for kind, data in _events(answer):
            if kind == "complete":
                return data
            if kind == "error":
                said = data if isinstance(data, str) else json.dumps(data)
                raise DemoRefused(f"{name} must answer with a picture, got an error: {said[:200]}")
        raise DemoSlow(f"{name} must answer within {self._seconds:g} seconds, got no answer")

    def picture(self, file: str) -> bytes | None:
        """A file that it named, if that is there and begins as pictures do."""
        if file.startswith("data:image/"):
            return _inline(file)
        content = self._get(f"/file={quote(file)}", MOST_PICTURE)
        return content if content.lstrip()[:6].startswith(SIGNATURES) else None

    def upload(self, given: Given) -> str:
        """Hands the picture in; gives the path that the demo has for it."""
        boundary = secrets.token_hex(16)
        name = f"drawing.{given.picture_type.rpartition('/')[2]}"
        body = (
            f"--{boundary}\r\nContent-Disposition: form-data; "
            f'name="files"; filename="{name}"\r\nContent-Type: {given.picture_type}\r\n\r\n'
        ).encode() + b"%b\r\n--%b--\r\n" % (given.file, boundary.encode())
        told = _json(self._post("/upload", body, f"multipart/form-data; boundary={boundary}"))
        if not (isinstance(told, list) and told and isinstance(told[0], str)):
            raise _no_gradio()
        return told[0]

    def _get(self, path: str, most: int) -> bytes:
        address = f"{self._host}{self._prefix}{path}"
        return self._ask(address, max_bytes=most, seconds=min(QUICK, self._seconds))

    def _post(self, path: str, body: bytes, content_type: str) -> bytes:
        return self._ask(
            f"{self._host}{self._prefix}{path}",
            body,
            content_type=content_type,
            max_bytes=MOST_INFO,
            seconds=min(QUICK, self._seconds),
        )


def _choose(endpoints: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The endpoint most likely to make a picture: one that says so, else one that gives a file."""
    for wanted in (PICTURES_OUT, ("file",)):
        for name, endpoint in endpoints.items():
            components = {component(item) for item in _items(endpoint, "returns")}
            if components & set(wanted):
                return name, endpoint
    raise DemoUnavailable(
        "one of the demo's named endpoints must give a picture, got "
        f"{', '.join(endpoints) or 'no named endpoint'}; give your event an api_name"
    )


def _items(endpoint: Any, key: str) -> list[Parameter]:
    items = endpoint.get(key) if isinstance(endpoint, Mapping) else None
    return [item for item in items or [] if isinstance(item, Mapping)]


def _events(body: bytes) -> Iterator[tuple[str, Any]]:
    """Server-sent events: the name of each, and its data as JSON."""
    for block in body.decode("utf-8", "replace").replace("\r\n", "\n").split("\n\n"):
        lines = (line.partition(":") for line in block.split("\n"))
        fields = {name: value.strip() for name, colon, value in lines if colon}
        data = fields.get("data", "null")
        if "event" in fields:
            try:
                yield fields["event"], json.loads(data)
            except ValueError:
                yield fields["event"], data


def _files(output: Any) -> Iterator[str]:
    """Every file's path in an output, however deep, and every picture that is text itself."""
    if isinstance(output, Mapping):
        if isinstance(output.get("path"), str):
            yield output["path"]
        else:
            for value in output.values():
                yield from _files(value)
    elif isinstance(output, list):
        for value in output:
            yield from _files(value)
    elif isinstance(output, str) and output.startswith("data:image/"):
        yield output


def _inline(address: str) -> bytes | None:
    """What a data: address holds; None when that is damaged."""
    kind, _, data = address.partition(",")
    try:
        return b64decode(f"{data}==") if kind.endswith(";base64") else unquote_to_bytes(data)
    except ValueError:
        return None


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise _no_gradio() from error


def _no_gradio() -> DemoUnavailable:
    return DemoUnavailable(
        "the demo must answer as Gradio 4 or newer does, got something else; open its page and see"
    )
