"""The commands: serve (when none is named), and what organisers do from a shell."""

import argparse
import sys
from collections.abc import Callable, Sequence

from pydantic import ValidationError

from gallery.database.connection import Database
from gallery.errors import GalleryError
from gallery.event.load import load_events
from gallery.gallery import Gallery
from gallery.settings import Settings

Command = Callable[[argparse.Namespace, Gallery], int]


def main(arguments: Sequence[str]) -> int:
    """0 when done, 2 with one sentence on stderr when it cannot be."""
    options = _parser().parse_args(arguments or ["serve"])
    try:
        return options.command(options, open_gallery(Settings.read()))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])).upper()
        print(f"error: setting {where}: {first['msg']}", file=sys.stderr)
    except (GalleryError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
    return 2


def open_gallery(settings: Settings) -> Gallery:
    """The gallery that the settings describe, its database brought up to date."""
    database = Database(settings.database)
    database.migrate()
    events = load_events(settings.events)
    return Gallery(settings, database, events)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gallery", description=__doc__)
    commands = parser.add_subparsers(required=True)
    serve = commands.add_parser("serve", help="serve the gallery (the default)")
    serve.add_argument("--host", default="127.0.0.1", metavar="ADDRESS")
    serve.add_argument("--port", type=int, default=7861, metavar="N")
    serve.set_defaults(command=_serve)
    return parser


def _serve(options: argparse.Namespace, gallery: Gallery) -> int:
    import uvicorn

    from gallery.app import build_app

    print(f"The gallery is at {gallery.settings.base_url}", flush=True)
    uvicorn.run(
        build_app(gallery),
        host=options.host,
        port=options.port,
        log_level="warning",
        server_header=False,
    )
    return 0
