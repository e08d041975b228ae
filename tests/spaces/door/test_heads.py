"""The HTTP protocol: bounds on heads, and a patient end of connections."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from spaces.door.heads import HEAD_SECONDS, IDLE_SECONDS, MAX_HEADERS, BoundedHttp

REQUEST = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"


class Line:
    """A connection whose other end is the test."""

    def __init__(self) -> None:
        self.answered = b""
        self.hung_up = asyncio.Event()

    def get_extra_info(self, name: str) -> Any:
        return {"sockname": ("127.0.0.1", 1), "peername": ("127.0.0.1", 2)}.get(name)

    def write(self, data: bytes) -> None:
        assert not self.is_closing()
        self.answered += data

    def close(self) -> None:
        self.hung_up.set()

    def is_closing(self) -> bool:
        return self.hung_up.is_set()

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


async def hello(scope: Any, receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
    headers = [(b"content-length", b"5")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hello"})


def connected() -> tuple[BoundedHttp, Line]:
    config = uvicorn.Config(hello, http=BoundedHttp, log_config=None)
    config.load()
    protocol, line = BoundedHttp(config, ServerState(), {}), Line()
    protocol.connection_made(line)  # type: ignore[arg-type]
    return protocol, line


async def answered(protocol: BoundedHttp) -> None:
    while protocol.cycle is None or not protocol.cycle.response_complete:
        await asyncio.sleep(0)


def seconds_left(timer: asyncio.TimerHandle | None) -> float:
    assert timer is not None
    return timer.when() - asyncio.get_running_loop().time()


def test_an_idle_connection_outlasts_what_clients_keep() -> None:
    async def scene() -> None:
        protocol, line = connected()
        protocol.data_received(REQUEST)
        await answered(protocol)
        assert line.answered.endswith(b"hello")
        assert seconds_left(protocol.timeout_keep_alive_task) > 60

    assert IDLE_SECONDS > 60
    asyncio.run(scene())


def test_a_request_that_arrived_as_time_ran_out_is_answered() -> None:
    async def scene() -> None:
        protocol, line = connected()
        protocol.data_received(REQUEST)
        await answered(protocol)
        protocol.timeout_keep_alive_handler()  # as uvloop does before it reads
        last = protocol.timeout_keep_alive_task
        protocol.data_received(REQUEST)
        await answered(protocol)
        assert last is not None
        assert last.cancelled()
        assert not line.is_closing()
        assert line.answered.count(b"hello") == 2

    asyncio.run(scene())


def test_a_connection_on_which_nothing_arrives_is_closed_in_the_end() -> None:
    async def scene() -> None:
        protocol, line = connected()
        protocol.data_received(REQUEST)
        await answered(protocol)
        protocol.timeout_keep_alive_handler()
        assert not line.is_closing()
        await line.hung_up.wait()

    asyncio.run(scene())


def test_a_head_has_to_be_whole_in_time() -> None:
    async def scene() -> None:
        protocol, line = connected()
        assert seconds_left(protocol._slow) <= HEAD_SECONDS
        protocol.data_received(REQUEST[:20])
        assert seconds_left(protocol._slow) <= HEAD_SECONDS
        protocol.data_received(REQUEST[20:])
        await answered(protocol)
        assert protocol._slow is None
        protocol.data_received(REQUEST[:20])
        protocol._give_up()
        assert line.is_closing()

    asyncio.run(scene())


def test_requests_that_come_at_once_are_counted_each_by_itself() -> None:
    async def scene() -> None:
        protocol, line = connected()
        headers = b"".join(b"X-%d: %b\r\n" % (number, b"a" * 900) for number in range(60))
        for _ in range(3):
            protocol.data_received((REQUEST[:-2] + headers + b"\r\n") * 2)
            while protocol.pipeline or not protocol.cycle.response_complete:
                await asyncio.sleep(0)
        assert line.answered.count(b"hello") == 6
        assert not line.is_closing()

    asyncio.run(scene())


def test_too_many_headers_are_refused_in_a_sentence() -> None:
    async def scene() -> None:
        protocol, line = connected()
        protocol.data_received(REQUEST[:-2] + b"X-A: a\r\n" * MAX_HEADERS + b"\r\n")
        assert line.answered.startswith(b"HTTP/1.1 431 ")
        assert b"at most 64 KB and 128 headers, got more than 128 headers; " in line.answered
        assert line.is_closing()

    asyncio.run(scene())


def test_a_large_body_is_no_head() -> None:
    async def scene() -> None:
        protocol, line = connected()
        size = 300_000
        protocol.data_received(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(3):
            protocol.data_received(b"a" * 100_000)
        await answered(protocol)
        assert line.answered.startswith(b"HTTP/1.1 200 ")
        protocol.data_received(REQUEST)
        await answered(protocol)
        assert not line.is_closing()

    asyncio.run(scene())
