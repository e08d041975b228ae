"""A service: the engine, who may ask it, what was asked, and whether it is warm."""

import threading
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from inference.errors import InvalidRequest, shown
from inference.request import EngineInfo, GenerationRequest
from inference.serving.counts import Counts
from inference.serving.http.body import Bodies
from inference.serving.http.config import QuotaSettings, ServiceSettings
from inference.serving.http.jobs import Jobs
from inference.serving.http.keys import MOST, Key, KeyFile
from inference.serving.http.problems import refusal
from inference.serving.http.quota import Quota
from inference.serving.http.traces import Traces, open_traces
from inference.serving.http.wire import read_request
from inference.serving.ticket import Ticket
from inference.serving.work import Place

LOCAL = Key("local", "", per_minute=100 * MOST, at_once=MOST)
"""Whoever asks on this machine, where there are no keys."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")
MAX_CLIENT = 100


@runtime_checkable
class ServedEngine(Protocol):
    """What a `SlotEngine` does, and a painted one in tests."""

    @property
    def info(self) -> EngineInfo: ...

    @property
    def counts(self) -> Counts: ...

    def submit(self, request: GenerationRequest, *, client: str = "") -> Ticket: ...

    def foresee(self, request: GenerationRequest, *, client: str = "") -> Place: ...


class StoppableEngine(ServedEngine, Protocol):
    """One that ends with its service."""

    def stop(self, *, patience: float = 30.0) -> None: ...


@dataclass(frozen=True)
class Service:
    """Without `keys`, whoever is on this machine may ask."""

    engine: ServedEngine
    keys: KeyFile | None = None
    jobs: Jobs = field(default_factory=Jobs)
    bodies: Bodies = field(default_factory=Bodies)
    quota: Quota = field(default_factory=Quota)
    most: QuotaSettings = field(default_factory=QuotaSettings)
    traces: Traces | None = None
    is_warm: threading.Event = field(default_factory=threading.Event)
    is_stopping: threading.Event = field(default_factory=threading.Event)

    def caller(self, token: str | None, host: str | None) -> Key:
        """Whose call it is. Raises Refused."""
        if self.keys is None:
            if host not in LOOPBACK:  # a page in a browser here, under a name that leads here
                raise refusal(
                    400,
                    "wrong_host",
                    f"a service without keys is asked by its address here, got {shown(host)}; "
                    "ask 127.0.0.1",
                )
            return self._bounded(LOCAL)
        key = None if token is None else self.keys.find(token)
        if key is None:
            came = "none" if token is None else "one that is not known, or was ended"
            raise refusal(
                401,
                "no_key",
                f"Authorization must be Bearer and a key of this service, got {came}; "
                "ask whoever runs it for one",
            )
        return self._bounded(key)

    def submit(self, body: dict[str, Any], key: Key) -> Ticket:
        """Raises InvalidRequest, Busy and Interrupted."""
        request, client = _asked(body, key)
        return self.engine.submit(request, client=client)

    def foresee(self, body: dict[str, Any], key: Key) -> Place:
        """Raises InvalidRequest and Busy."""
        request, client = _asked(body, key)
        return self.engine.foresee(request, client=client)

    def _bounded(self, key: Key) -> Key:
        """No key has more than the service gives."""
        per_minute = min(key.per_minute, self.most.per_minute)
        return replace(key, per_minute=per_minute, at_once=min(key.at_once, self.most.at_once))


def service_of(engine: ServedEngine, settings: ServiceSettings) -> Service:
    """Raises InvalidRequest where traces are wanted that cannot be made."""
    kept, bodies = settings.kept, settings.bodies
    return Service(
        engine,
        None if settings.keys is None else KeyFile(Path(settings.keys)),
        jobs=Jobs(most=kept.jobs, most_bytes=kept.megabytes * 2**20, seconds=kept.minutes * 60.0),
        bodies=Bodies(most_bytes=bodies.megabytes * 2**20, seconds=bodies.seconds),
        most=settings.quota,
        traces=open_traces(settings.traces),
    )


def _asked(body: dict[str, Any], key: Key) -> tuple[GenerationRequest, str]:
    client = body.pop("client", None)
    if client is not None and not (isinstance(client, str) and len(client) <= MAX_CLIENT):
        raise InvalidRequest(
            f"client must be a text of at most {MAX_CLIENT} characters, got {shown(client)}; "
            "send one, or leave it out",
            field="client",
        )
    return read_request(body), f"{key.sha256}/{client or ''}"
