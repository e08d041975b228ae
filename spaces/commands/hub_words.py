"""The Hub's refusals in words, and patience with a Hub that is slow, busy or cut off."""

import time
from collections.abc import Callable
from typing import TypeVar

import httpx2
from huggingface_hub.errors import HfHubHTTPError, LocalTokenNotFoundError

from spaces.errors import CannotDo, HubRefused, HubUnavailable
from spaces.hub.session import told_wait

T = TypeVar("T")
TRIES = 4
FIRST_PAUSE = 1.0
MOST_WAIT = 90.0
"""Seconds that are waited in all for one thing that is asked of the Hub."""
TOKENS = "https://huggingface.co/settings/tokens"
AGAIN = "run the same command again, and it goes on where it stopped"
NO_TOKEN = (
    f"the Hub must know who you are, got no token; make one that may write ({TOKENS}), "
    "and run `hf auth login`"
)


def patiently(
    call: Callable[[], T], doing: str, *, sleep: Callable[[float], None] = time.sleep
) -> T:
    """What `call` gives, after as many tries as it takes and we may. `doing` completes "to …".

    Raises HubUnavailable, HubRefused or CannotDo, in one sentence.
    """
    waited, pause = 0.0, FIRST_PAUSE
    for left in range(TRIES - 1, -1, -1):
        try:
            return call()
        except LocalTokenNotFoundError:
            raise CannotDo(NO_TOKEN) from None
        except (httpx2.HTTPError, OSError, RuntimeError) as error:
            # The client raises RuntimeError around what went wrong with a large file.
            cause = error.__cause__ if isinstance(error, RuntimeError) else error
            problem, wait = type(cause).__name__, pause
            if isinstance(cause, HfHubHTTPError):
                status = cause.response.status_code
                if status != 429 and status < 500:
                    raise refused(cause, doing) from None
                problem = "too many requests" if status == 429 else str(status)
                wait = told_wait(cause.response.headers) or pause
        if left == 0 or waited + wait > MOST_WAIT:
            later = f" in {wait:.0f} s" if wait > pause else ""
            raise HubUnavailable(
                f"the Hub must answer to {doing}, got {problem}; {AGAIN}{later}", retry_after=wait
            )
        sleep(wait)
        waited += wait
        pause *= 2
    raise AssertionError("the last try returns or raises")


def refused(error: HfHubHTTPError, doing: str) -> Exception:
    """An error with one sentence for what the Hub does not let us."""
    said = _said(error)
    match error.response.status_code:
        case 401:
            return HubRefused(
                f"the Hub must take your token to {doing}, got 401{said}; make one that may write "
                f"({TOKENS}), and run `hf auth login`"
            )
        case 402:
            return HubRefused(f"the Hub must let your plan {doing}, got 402{said}")
        case 403:
            return HubRefused(
                f"the Hub must let you {doing}, got 403{said}; take a token that may write there, "
                "or another owner"
            )
        case 409:
            return CannotDo(f"the name must be free to {doing}, got 409{said}; choose another")
        case 412:
            return CannotDo(
                f"nobody else must push meanwhile to {doing}, got 412{said}; look at what they "
                "did, and run the same command again"
            )
        case status:
            return HubRefused(f"the Hub must take what is sent to {doing}, got {status}{said}")


def _said(error: HfHubHTTPError) -> str:
    """The Hub's own reason, in brackets."""
    reason = " ".join((error.server_message or "").split()).rstrip(".")
    return f" ({reason[:200]})" if reason else ""
