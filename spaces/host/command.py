"""`python -m spaces host spaces.toml`: the pages of many teams, each at its path, over one engine.

With INFERENCE_URL, and INFERENCE_KEY where the service wants one, pictures are made elsewhere.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from inference.errors import CheckpointError, InferenceError
from spaces.errors import SpacesError
from spaces.host.listing import SHIPPED, read_listing


def host_demos(arguments: Sequence[str]) -> int:
    """0 when it is stopped, 2 when it cannot start."""
    options = _parser().parse_args(arguments)
    return serve_listing(options.file, host=options.host, port=options.port)


def serve_listing(file: Path, *, host: str, port: int | None) -> int:
    """Loads one engine and serves all demos that a file lists on it; what `host_demos` gives."""
    try:
        listing = read_listing(file)
        from spaces.demo.engines import choose_engine
        from spaces.host.app import build_host
        from spaces.host.serving import listening, serve

        refused: dict[str, CheckpointError] = {}
        chosen = choose_engine(
            os.environ, model=listing.model, controlnets=listing.sources(), refused=refused
        )
        app = build_host(listing, chosen.engine, refused=refused)
        with listening(host, port) as listener:
            at, number = listener.getsockname()[:2]
            print(f"{len(listing.demos)} demos are at http://{at}:{number}/", flush=True)
            chosen.start()
            serve(app, listener)
    except (InferenceError, SpacesError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m spaces host", description=__doc__)
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        default=SHIPPED,
        metavar="FILE",
        help="a TOML file that lists the demos; those of the embedded model without one",
    )
    parser.add_argument("--host", default="127.0.0.1", metavar="ADDRESS")
    parser.add_argument("--port", type=int, metavar="N", help="7860 or the next free one")
    return parser
