"""`python -m inference serve` and `python -m inference keys`."""

import argparse
import ipaddress
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from inference.errors import InvalidRequest
from inference.serving.http.keys import AT_ONCE, PER_MINUTE, KeyFile

PORT = 7870
KEYS = "keys.json"


def add_serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", default="embedded", metavar="SOURCE", help="as for generate")
    parser.add_argument(
        "--controlnet",
        action="append",
        default=[],
        metavar="NAME=SOURCE",
        help="a ControlNet beside those that come with the model; may be repeated",
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="where others reach it, only with --keys",
    )
    parser.add_argument("--port", type=int, default=PORT, metavar="N", help=f"else {PORT}")
    parser.add_argument(
        "--keys", type=Path, metavar="FILE", help="who may ask; else whoever is on this machine"
    )
    parser.add_argument(
        "--patience",
        type=float,
        default=30.0,
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
    from inference.model import Model
    from inference.pipeline import Pipeline
    from inference.serving.engine import SlotEngine
    from inference.serving.http.server import serve
    from inference.serving.http.service import Service

    _require_keys(options)
    with _listening(options.host, options.port) as listener:
        model = Model.load(options.model, controlnets=controlnets)
        engine = SlotEngine(model)
        for notice in engine.info.notices:
            print(f"note: {notice}", file=sys.stderr)
        service = Service(engine, None if options.keys is None else KeyFile(options.keys))

        def warm_up() -> None:
            pipeline = Pipeline(model)
            try:
                pipeline.warm_up()
            finally:
                engine.start()
            for _ in pipeline.warm_up_series():
                pass

        host, port = listener.getsockname()[:2]
        at = f"[{host}]" if ":" in host else host
        print(f"The engine is at http://{at}:{port}/", flush=True)
        serve(
            service,
            listener,
            warm_up=warm_up,
            stop=lambda: engine.stop(patience=options.patience),
        )


def _require_keys(options: argparse.Namespace) -> None:
    if options.keys is None and not _is_loopback(options.host):
        raise InvalidRequest(
            f"--keys must name a file of keys where others can reach --host {options.host}, got "
            "none; make one with `python -m inference keys new NAME`",
            field="--keys",
        )
    if options.keys is not None and not KeyFile(options.keys).all():
        raise InvalidRequest(
            f"--keys must name a file with a key in it, got {str(options.keys)!r}, which has none; "
            f"make one with `python -m inference keys new NAME --keys {options.keys}`",
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
        if not 0 <= port <= 65535:
            raise OSError("there is no such port")
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise InvalidRequest(
            f"--host and --port must be free for a server, got {host} and {port} ({error}); "
            "choose others",
            field="--port",
        ) from error
