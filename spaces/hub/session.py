"""HTTP to the Hub through its own client: bounded in time and size, patient up to a bound.

The client's own retries wait as long as they are told and have no end in sight of a visitor, so
its session is used here, and not its methods.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
from huggingface_hub import get_session
from huggingface_hub.utils import build_hf_headers, parse_ratelimit_headers

from spaces.errors import HubRefused, HubUnavailable

CHUNK = 65_536
FIRST_PAUSE = 0.5
BAD_TOKEN = "Invalid credentials in Authorization header"  # noqa: S105  what the Hub says
Query = list[tuple[str, str | int | float | bool | None]]


@dataclass(frozen=True)
class Reply:
    """An answer of whatever status; `next_page` is where a list goes on."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    next_page: str | None

    @property
    def is_missing(self) -> bool:
        """The Hub itself says that there is no such thing; somebody else's 404 is no such word.

        Private and missing repositories are told alike: to who has no token often as a bare 401.
        """
        code = self.headers.get("x-error-code")
        if code is not None:
            return code in ("RepoNotFound", "EntryNotFound")
        if self.status == 401:
            return self.headers.get("x-error-message") != BAD_TOKEN
        return self.status == 404 and self.content.lstrip()[:1] == b"{"

    def granted(self) -> "Reply":
        """Itself, when it is what was asked for. Raises HubRefused or HubUnavailable."""
        if self.status in (401, 403):
            raise HubRefused(
                f"the Hub must let us read this, got {self.status}; open the repository to "
                "everyone, or check HF_TOKEN"
            )
        if self.status >= 400:
            raise nonsense(f"what was asked for (status {self.status})")
        return self

    def json(self) -> Any:
        """Raises HubUnavailable for anything but JSON."""
        try:
            return json.loads(self.granted().content)
        except ValueError as error:
            raise nonsense("JSON") from error


class Asker:
    """Asks one Hub. The figures are those of `spaces.hub.client.Hub`."""

    def __init__(
        self,
        endpoint: str,
        token: str | None,
        *,
        timeout: float,
        retries: int,
        patience: float,
        sleep: Callable[[float], None],
    ) -> None:
        self._endpoint = endpoint
        self._timeout = timeout
        self._retries = retries
        self._patience = patience
        self._sleep = sleep
        # False and not None: the client would look for a token of the person who runs this.
        self._headers = build_hf_headers(token=token or False, library_name="sprint-gallery")

    def ask(
        self,
        method: str,
        address: str,
        *,
        most: int,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """One answer of at most `most` bytes, after as many tries as it takes and we may.

        Raises HubUnavailable.
        """
        left = self._patience
        pause = FIRST_PAUSE
        for tries_left in range(self._retries, -1, -1):
            try:
                reply = self._try(method, address, most, query, headers)
            except (httpx2.HTTPError, httpx2.InvalidURL, OSError, RuntimeError) as error:
                # RuntimeError: another thread's failed connection closes the client's session.
                problem, wait = type(error).__name__, pause
            else:
                if reply.status != 429 and reply.status < 500:
                    return reply
                problem, wait = str(reply.status), told_wait(reply.headers) or pause
            if tries_left == 0 or wait > left:
                raise HubUnavailable(
                    f"the Hub ({self._endpoint}) must answer within {self._timeout:g} seconds, "
                    f"got {problem}; try again later",
                    retry_after=wait,
                )
            self._sleep(wait)
            left -= wait
            pause *= 2
        raise AssertionError("the last try returns or raises")

    def _try(
        self,
        method: str,
        address: str,
        most: int,
        query: Query | None,
        headers: Mapping[str, str] | None,
    ) -> Reply:
        """One try. The client bounds each wait; this bounds their sum, and the size."""
        deadline = time.monotonic() + self._timeout
        content = bytearray()
        with get_session().stream(
            method,
            address,
            params=query or None,
            headers={**self._headers, **(headers or {})},
            timeout=self._timeout,
        ) as response:
            for chunk in response.iter_bytes(chunk_size=CHUNK):
                content += chunk
                if len(content) >= most:
                    break
                if time.monotonic() > deadline:
                    raise TimeoutError(f"no whole answer within {self._timeout:g} seconds")
            following = response.links.get("next", {}).get("url")
            return Reply(response.status_code, response.headers, bytes(content[:most]), following)


def nonsense(expected: str) -> HubUnavailable:
    return HubUnavailable(
        f"the Hub must answer with {expected}, got something else; try again later"
    )


def told_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait before asking again, by whichever header tells them."""
    told = headers.get("retry-after", "").strip()
    if told.isdigit():
        return float(told)
    limit = parse_ratelimit_headers(headers)
    return float(limit.reset_in_seconds) if limit and limit.remaining == 0 else None
