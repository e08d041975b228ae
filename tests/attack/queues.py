"""Filling the queue: one visitor's jobs, many visitors' jobs, and the way past it."""

import json
import secrets
from collections.abc import Sequence
from typing import Any

import httpx

from spaces.demo.queueing import IN_ALL, PER_SESSION
from tests.attack import calls
from tests.attack.registry import DEMOS, attack, hold
from tests.attack.targets import Target

STEPS, IMAGES = 200, 4
"""Of a job that is to hold the engine for a while: some seconds."""


@attack("one session puts in far more jobs than its share", ways=DEMOS)
def one_session(target: Target) -> None:
    with target.client() as client:
        job = _long_job(client, target)
        began = [_begin(client, target, job, "greedy") for _ in range(PER_SESSION * 5)]
        _leave(client, target, ["greedy"])
        waiting = sum(answer.status_code == 200 for answer in began)
        hold(waiting <= 3 * PER_SESSION, f"{waiting} of {len(began)} jobs were answered")
        ended = calls.call(client, target, "generate", calls.fields(client, target, steps=1))
        hold("event: complete" in ended, f"another visitor was answered {ended[-200:]}")


@attack("so many sessions that the queue is full", ways=DEMOS)
def many_sessions(target: Target) -> None:
    with target.client() as client:
        # Twice as many: on a busy machine some are done before the last has come.
        sessions = [secrets.token_hex(8) for _ in range(2 * IN_ALL)]
        job = _long_job(client, target)
        for session in sessions:
            _begin(client, target, job, session).raise_for_status()
        told = _first(client, target, sessions[-1])
        _leave(client, target, sessions[:-1])
        hold("The queue holds at most" in told, f"the last one was answered {told[:200]}")


@attack("a job past the queue", ways=DEMOS)
def past_the_queue(target: Target) -> None:
    with target.client() as client:
        for way in ("run", "api"):
            answer = calls.post(client, target, f"{way}/generate", {"data": ["a box"]})
            hold(answer.status_code == 404, f"/{way} answered {answer.status_code}")


def _long_job(client: httpx.Client, target: Target) -> dict[str, Any]:
    """What starts one: asked for once, so that jobs come faster than they are done."""
    make = next(event for event in calls.events(client, target) if event.name == "generate")
    data = calls.fields(client, target, steps=STEPS, num_images=IMAGES)
    return {"fn_index": make.number, "data": data}


def _begin(
    client: httpx.Client, target: Target, job: dict[str, Any], session: str
) -> httpx.Response:
    return calls.post(client, target, "queue/join", {**job, "session_hash": session})


def _first(client: httpx.Client, target: Target, session: str) -> str:
    """What a session is told first of how a job of it ended."""
    with client.stream("GET", f"{target.api}/queue/data?session_hash={session}") as answer:
        for line in answer.iter_lines():
            if "process_completed" in line:
                return str(json.loads(line.removeprefix("data: "))["output"].get("error"))
    return "nothing"


def _leave(client: httpx.Client, target: Target, sessions: Sequence[str]) -> None:
    """Hangs up, which ends what is still waiting."""
    for session in sessions:
        address = f"{target.api}/queue/data?session_hash={session}"
        with client.stream("GET", address) as answer:
            next(answer.iter_lines())
