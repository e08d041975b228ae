"""Calls made from a demo's own OpenAPI description, most of them malformed: a sentence or a result.

`python -m tests.attack.described [NUMBER] [WAY …]` makes many of them; the tests make a few.
"""

import json
import sys
import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case
from schemathesis.generation.modes import GenerationMode

from tests.attack import calls
from tests.attack.registry import DEMOS, WAYS, attack, hold
from tests.attack.targets import Target, served

A_FEW, MANY = 150, 10_000
MODES = (GenerationMode.NEGATIVE, GenerationMode.NEGATIVE, GenerationMode.POSITIVE)
"""Of three calls, two are made to break the description."""
KEPT = ("method", "url", "params", "headers", "json", "data", "files")
"""What a case tells of its request."""
AT_A_TIME = 100
"""Cases of one run of hypothesis, which keeps what it made until its end."""


@attack("calls made from the API's own description", ways=DEMOS)
def described_calls(target: Target) -> None:
    fuzz(target, A_FEW)


def fuzz(target: Target, number: int) -> dict[int, int]:
    """Makes that many calls, and follows those that begin to their end; answers by status."""
    before, counted = len(target.log()), dict[int, int]()
    with target.client(seconds=60) as client:
        for case in islice(_cases(client, target), number):
            status = _made(client, target, case)
            counted[status] = counted.get(status, 0) + 1
    written = target.log()[before:]
    hold("Traceback" not in written, f"the log has {written.partition('Traceback')[2][-900:]}")
    hold(counted.get(200, 0) > 0, f"no call was taken: {counted}")
    hold(sum(counted.values()) > counted.get(200, 0), f"no call was refused: {counted}")
    return counted


def _cases(client: httpx.Client, target: Target) -> Iterator[Case]:
    """Cases of all operations, as many as are asked for."""
    described = client.get(f"{target.api}/openapi.json").json()
    schema = schemathesis.openapi.from_dict(described)
    operations = [result.ok() for result in schema.get_all_operations()]
    strategy = st.one_of(
        operation.as_strategy(generation_mode=mode) for operation in operations for mode in MODES
    )
    while True:
        yield from _drawn(strategy)


def _drawn(strategy: st.SearchStrategy[Case]) -> list[Case]:
    drawn: list[Case] = []

    @settings(
        max_examples=AT_A_TIME,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def keep(case: Case) -> None:
        drawn.append(case)

    keep()
    return drawn


def _made(client: httpx.Client, target: Target, case: Case) -> int:
    sent = case.as_transport_kwargs(base_url=f"{target.address}{target.below}")
    kept = {key: sent[key] for key in KEPT if sent.get(key) is not None}
    if isinstance(kept.get("data"), str | bytes):  # which httpx calls content
        kept["content"] = kept.pop("data")
    what = f"{case.method} {case.path} with {str(case.body)[:200]!r}"
    try:
        answer = client.request(**kept)
    except (httpx.InvalidURL, httpx.LocalProtocolError, AttributeError, TypeError, ValueError):
        return 0  # what a client cannot send never arrives
    hold(answer.status_code < 500 or answer.status_code == 503, f"{what}: {answer.status_code}")
    hold("Traceback" not in answer.text, f"{what} was answered with a traceback")
    if answer.status_code >= 400:
        _require_sentence(answer.text, what)
    elif case.method == "POST" and "/call/" in case.path:
        address = f"{target.api}/call/x/{answer.json()['event_id']}"
        _require_end(calls.stream(client, address, seconds=60), what)
    return answer.status_code


def _require_sentence(text: str, what: str) -> None:
    error: Any = json.loads(text).get("error")
    hold(isinstance(error, str) and len(error) > 20, f"{what} was answered {text[:300]}")


def _require_end(text: str, what: str) -> None:
    """It came to its end, in a result or in a sentence."""
    last = text.rstrip().rpartition("event: ")[2]
    kind, _, data = last.partition("\ndata: ")
    hold(kind in ("complete", "error"), f"{what} came to no end: {text[-300:]}")
    if kind == "error":
        _require_sentence(data, what)
        hold("broke on this side" not in data, f"{what} is called a fault of ours")


def main(arguments: list[str]) -> int:
    """Prints a line for each way of serving."""
    number = int(arguments[0]) if arguments else MANY
    unknown = set(arguments[1:]) - set(WAYS)
    if unknown:
        print(f"error: a way must be one of {', '.join(DEMOS)}, got {', '.join(unknown)}")
        return 2
    for way in arguments[1:] or DEMOS:
        with served(way) as target:
            began, rest = time.monotonic(), target.memory()
            counted = fuzz(target, number)
            grown = (target.memory() - rest) / 1e6
        told = ", ".join(f"{count} × {status}" for status, count in sorted(counted.items()))
        seconds = time.monotonic() - began
        print(f"{way}: {number} calls in {seconds:.0f} s, {grown:+.0f} MB; {told}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
