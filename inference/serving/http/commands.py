"""`python -m inference serve` and `python -m inference keys`."""

import argparse
import ipaddress
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inference.errors import InvalidRequest
from inference.serving.http.config import PORT, ServiceSettings, read_settings
from inference.serving.http.keys import AT_ONCE, PER_MINUTE, KeyFile

if TYPE_CHECKING:
    from inference.serving.http.service import StoppableEngine

KEYS = "keys.json"
PLAIN = ("model", "upscaler", "host", "port", "keys", "patience")
"""The flags that are called as the fields of the file are."""


def add_serve(parser: argparse.ArgumentParser) -> None:
    """All but --config are None where they are not given: then the file's word counts."""
    parser.add_argument(
        "--config", type=Path, metavar="FILE.toml", help="all settings; flags stand before it"
    )
    parser.add_argument("--model", metavar="SOURCE", help="as for generate")
    parser.add_argument(
        "--controlnet",
        action="append",
        default=[],
        metavar="NAME=SOURCE",
        help="a ControlNet beside those that come with the model; may be repeated",
    )
    parser.add_argument("--upscaler", metavar="SOURCE", help="as for generate")
    parser.add_argument(
        "--device-memory",
        type=float,
        metavar="GIB",
        help="for ControlNets on each device: then they are loaded when they are asked for",
    )
    parser.add_argument(
        "--host-memory", type=float, metavar="GIB", help="for ControlNets behind those"
    )
    parser.add_argument("--host", metavar="ADDRESS", help="where others reach it, only with --keys")
    parser.add_argument("--port", type=int, metavar="N", help=f"else {PORT}")
    parser.add_argument("--keys", metavar="FILE", help="who may ask; else whoever is here")
    parser.add_argument(
        "--patience",
        type=float,
        metavar="SECONDS",
        help="for what was accepted, when it is stopped; else 30",
    )


def add_keys(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(required=True, dest="what", metavar="WHAT")
    for what, text in (
        ("new", "make a key, and print it this once"),
        ("list", "names and limits"),
        ("end", "end a key, at once"),
    ):
        command = commands.add_parser(what, help=text)
        command.add_argument(
            "--keys", type=Path, default=Path(KEYS), metavar="FILE", help=f"else {KEYS}"
        )
        if what != "list":
            command.add_argument("name", metavar="NAME", help="whose it is")
        if what == "new":
            command.add_argument(
                "--per-minute",
                type=int,
                default=PER_MINUTE,
                metavar="N",
                help=f"requests; else {PER_MINUTE}",
            )
            command.add_argument(
                "--at-once",
                type=int,
                default=AT_ONCE,
                metavar="N",
                help=f"jobs that are not done; else {AT_ONCE}",
            )


def run_keys(options: argparse.Namespace) -> None:
    """Raises InvalidRequest."""
    keys = KeyFile(options.keys)
    if options.what == "new":
        print(keys.make(options.name, per_minute=options.per_minute, at_once=options.at_once))
        print("note: keep it now, for it is written down nowhere else", file=sys.stderr)
    elif options.what == "end":
        keys.end(options.name)
    else:
        for key in keys.all():
            print(f"{key.name}  {key.per_minute} a minute  {key.at_once} at once")


def run_serve(options: argparse.Namespace, controlnets: Mapping[str, str]) -> None:
    """Until it is stopped. Raises InvalidRequest and CheckpointError."""
    settings = read_settings(options.config, _flags(options, controlnets))
    _require_keys(settings)
    from inference.serving.http.server import serve
    from inference.serving.http.service import service_of

    with (
        _listening(settings.host, settings.port) as listener,
        _opened(settings) as (engine, warm_up),
    ):
        service = service_of(engine, settings)
        for notice in engine.info.notices:
            print(f"note: {notice}", file=sys.stderr)
        host, port = listener.getsockname()[:2]
        at = f"[{host}]" if ":" in host else host
        print(f"The engine is at http://{at}:{port}/", flush=True)
        try:
            serve(
                service,
                listener,
                warm_up=warm_up,
                stop=lambda: engine.stop(patience=settings.patience),
            )
        finally:
            if service.traces is not None:
                service.traces.close()


@contextmanager
def _opened(settings: ServiceSettings) -> Iterator[tuple["StoppableEngine", Callable[[], None]]]:
    """The engine in this process, or its replicas, and its warm-up."""
    if settings.replicas is None:
        from inference.serving.opening import open_engine

        yield open_engine(settings)
        return
    from inference.serving.replicas.cluster import replicated

    with replicated(settings, settings.replicas) as engine:
        yield engine, lambda: None  # replicas take jobs once they are warm


def _flags(options: argparse.Namespace, controlnets: Mapping[str, str]) -> dict[str, Any]:
    """What was given, as the file would say it."""
    memory = {"device_gib": options.device_memory, "host_gib": options.host_memory}
    given = {name: gib for name, gib in memory.items() if gib is not None}
    named = {name: {"source": source} for name, source in controlnets.items()}
    plain = {name: getattr(options, name) for name in PLAIN}
    return {**plain, "controlnets": named or None, "memory": given or None}


def _require_keys(settings: ServiceSettings) -> None:
    if settings.keys is None and not _is_loopback(settings.host):
        raise InvalidRequest(
            f"--keys must name a file of keys where others can reach --host {settings.host}, got "
            "none; make one with `python -m inference keys new NAME`",
            field="--keys",
        )
    if settings.keys is not None and not KeyFile(Path(settings.keys)).all():
        raise InvalidRequest(
            f"--keys must name a file with a key in it, got {settings.keys!r}, which has none; "
            f"make one with `python -m inference keys new NAME --keys {settings.keys}`",
            field="--keys",
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise InvalidRequest(
            f"--host and --port must be free for a server, got {host} and {port} ({error}); "
            "choose others",
            field="--port",
        ) from error
