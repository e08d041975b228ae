"""Remote engine: the engine's interface over its HTTP service. No JAX.

A connection that drops while a job is followed is made again, and goes on behind the last event
that came; a service that is away is said to be.
"""

import hashlib
import json
import logging
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

import httpx
from PIL import Image

from inference.errors import EngineUnavailable, InvalidRequest, shown
from inference.request import EngineInfo, GenerationRequest, Update
from inference.serving.carried import trace_heads
from inference.serving.http.problems import BUSY_SECONDS, error_of
from inference.serving.http.wire import (
    checked,
    read_png,
    read_progress,
    read_queued,
    read_result,
    write_request,
)

T = TypeVar("T")
log = logging.getLogger(__name__)

PAUSES = (0.1, 0.3, 1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds before each new try, until something comes; after the last it is given up."""
TIMEOUT = httpx.Timeout(40.0, connect=5.0)
"""Longer than the service is silent while it works."""
AWAY = (
    "the service that makes the pictures must answer, and does not right now; try again in a minute"
)
STRANGE = (
    "the service that makes the pictures must answer as this program's own does, got something "
    "else; let both be of one version"
)


class RemoteEngine:
    """An `Engine` that is elsewhere; `url` is where its service is, `key` lets this program in."""

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        pauses: Sequence[float] = PAUSES,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Raises InvalidRequest."""
        self._url = _address(url)
        self._pauses = tuple(pauses)
        self._sleep = sleep
        self._info: EngineInfo | None = None
        self._http = httpx.Client(
            base_url=self._url,
            headers={} if key is None else {"Authorization": f"Bearer {_key(key)}"},
            timeout=TIMEOUT,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
            trust_env=False,  # the key goes to that address, whatever proxies there are
        )

    @property
    def info(self) -> EngineInfo:
        """Asked once. Raises EngineUnavailable."""
        if self._info is None:
            told = self._json(self._tried(lambda: self._asked("GET", "/v1/info")))
            try:
                self._info = checked(EngineInfo, told)
            except ValueError as error:
                raise EngineUnavailable(STRANGE) from error
        return self._info

    def generate(
        self, request: GenerationRequest, *, client: str = ""
    ) -> Generator[Update, None, None]:
        """As every engine. Raises EngineUnavailable as well, at any time.

        A request that may have arrived is not sent again: what nobody follows would be made.
        """
        body = write_request(request, self.info)
        if client:
            body["client"] = hashlib.sha256(client.encode("utf-8", "replace")).hexdigest()
        send = partial(self._asked, "POST", "/v1/jobs", json=body, headers=trace_heads())
        made = self._json(self._tried(send, kinds=(httpx.ConnectError, httpx.ConnectTimeout)))
        try:
            job = f"/v1/jobs/{made['id']}"
        except (KeyError, TypeError) as error:
            raise EngineUnavailable(STRANGE) from error
        is_done = False
        try:
            for name, told in self._followed(f"{job}/events"):
                is_done = name in ("result", "failed")
                yield self._update(name, told, job)
        finally:
            if not is_done:
                self._cancel(job)

    def close(self) -> None:
        """Ends its connections."""
        self._http.close()

    def _update(self, name: str, told: dict[str, Any], job: str) -> Update:
        try:
            match name:
                case "queued":
                    return read_queued(told)
                case "progress":
                    return read_progress(told)
                case "result":
                    return read_result(told, lambda number: self._image(job, number))
                case "failed":
                    raise error_of(told["error"])
        except (KeyError, TypeError, ValueError) as error:
            raise EngineUnavailable(STRANGE) from error
        raise EngineUnavailable(STRANGE)

    def _image(self, job: str, number: int) -> Image.Image:
        answer = self._tried(lambda: self._asked("GET", f"{job}/images/{number}"))
        try:
            return read_png(answer.content)
        except OSError as error:
            raise EngineUnavailable(STRANGE) from error

    def _followed(self, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every event to the last, each once, over as many connections as it takes."""
        last, pauses = "0", iter(self._pauses)
        while True:
            try:
                for number, name, told in self._stream(path, last):
                    last, pauses = number, iter(self._pauses)
                    yield name, told
                    if name in ("result", "failed"):
                        return
            except httpx.TransportError as error:
                log.info("following a job was cut off: %r", error)
            self._pause(pauses)

    def _stream(self, path: str, last: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """The events of one connection; one that breaks off in the middle has not come."""
        with self._http.stream("GET", path, headers={"Last-Event-ID": last}) as answer:
            if answer.status_code != httpx.codes.OK:
                answer.read()
                if answer.status_code in (429, 502, 503, 504):
                    return
                raise _error(answer)
            fields: dict[str, str] = {}
            for line in answer.iter_lines():
                if line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                    continue
                if "data" in fields:
                    try:
                        event = fields["id"], fields["event"], json.loads(fields["data"])
                    except (KeyError, ValueError) as error:
                        raise EngineUnavailable(STRANGE) from error
                    yield event
                fields = {}

    def _asked(self, method: str, path: str, **options: Any) -> httpx.Response:
        """An answer that is one. Raises what the service told of, and httpx.TransportError."""
        answer = self._http.request(method, path, **options)
        if not answer.is_success:
            raise _error(answer)
        return answer

    def _tried(
        self,
        ask: Callable[[], T],
        *,
        kinds: tuple[type[httpx.TransportError], ...] = (httpx.TransportError,),
    ) -> T:
        """Asks again where the connection fails in one of these ways. Raises EngineUnavailable."""
        pauses = iter(self._pauses)
        while True:
            try:
                return ask()
            except httpx.TransportError as error:
                log.warning("%s does not answer: %r", self._url, error)
                if not isinstance(error, kinds):
                    raise EngineUnavailable(AWAY) from error
            self._pause(pauses)

    def _pause(self, pauses: Iterator[float]) -> None:
        pause = next(pauses, None)
        if pause is None:
            raise EngineUnavailable(AWAY)
        self._sleep(pause)

    def _cancel(self, job: str) -> None:
        """At the first try or not at all: nobody waits for it."""
        with suppress(httpx.TransportError):
            self._http.delete(job, timeout=5.0)

    @staticmethod
    def _json(answer: httpx.Response) -> Any:
        try:
            return answer.json()
        except ValueError as error:
            raise EngineUnavailable(STRANGE) from error


def _error(answer: httpx.Response) -> Exception:
    """What the service says, or that there is no service behind the address."""
    try:
        told = answer.json()["error"]
        retry_after = float(answer.headers.get("Retry-After", BUSY_SECONDS))
        return error_of(told, retry_after)
    except (ValueError, KeyError, TypeError, AttributeError):
        is_away = answer.status_code in (502, 503, 504)
        return EngineUnavailable(AWAY if is_away else STRANGE)


def _address(url: str) -> str:
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError):
        parsed = httpx.URL("")
    is_plain = not any(character.isspace() for character in url)
    if parsed.scheme not in ("http", "https") or not parsed.host or not is_plain:
        raise InvalidRequest(
            f"INFERENCE_URL must be the address of a service, got {shown(url)}; "
            "write for example https://engine.example.org",
            field="INFERENCE_URL",
        )
    return url.rstrip("/")


def _key(key: str) -> str:
    if not (key.isascii() and key.isprintable() and " " not in key and key):
        raise InvalidRequest(
            "INFERENCE_KEY must be a key as `python -m inference keys new` printed it, "
            "got other characters; copy it again",
            field="INFERENCE_KEY",
        )
    return key
