"""`python -m gallery serve`: one process that serves the gallery until it is stopped."""

import argparse
import contextlib
import gc
import socket
import sys
from typing import Any

from gallery.backups.keeping import backing_up
from gallery.errors import GalleryError
from gallery.event.load import SHIPPED
from gallery.gallery import Gallery
from gallery.judging.ahead import waking_ahead
from gallery.judging.same_input.running import running
from gallery.services import Services
from gallery.settings import Settings
from gallery.watcher.posting import posting
from gallery.watcher.watch import watching
from gallery.web import render

LOOPBACK = ("127.0.0.1", "::1")
"""A proxy on this machine is always believed: who else is here could do worse."""


def add_commands(commands: Any) -> None:
    """`commands` is what argparse's `add_subparsers` gives."""
    parser = commands.add_parser("serve", help="serve the gallery (the default)")
    parser.add_argument("--host", default="127.0.0.1", metavar="ADDRESS")
    parser.add_argument("--port", type=int, default=7861, metavar="N")
    parser.set_defaults(command=serve)


def serve(options: argparse.Namespace, gallery: Gallery) -> int:
    """Blocks until Ctrl-C or SIGTERM; raises `GalleryError` when the port cannot be had."""
    import uvicorn

    from gallery.app import build_app
    from spaces.door.heads import BoundedHttp

    gallery = _at_its_address(gallery, options.host, options.port)
    services, settings = Services(gallery), gallery.settings
    with contextlib.closing(_listen(options.host, options.port)) as listener:
        config = uvicorn.Config(
            build_app(gallery, services),
            log_level="warning",
            http=BoundedHttp,
            server_header=False,
            # Limits on tries go by where people come from, which behind a proxy only it can tell.
            forwarded_allow_ips=[*LOOPBACK, *gallery.settings.trusted_proxies],
            timeout_graceful_shutdown=3,  # a page that listens for news would never hang up
        )
        for line in guidance(settings):
            print(line, file=sys.stderr, flush=True)
        print(f"The gallery is at {gallery.settings.base_url}", flush=True)
        with (
            contextlib.suppress(KeyboardInterrupt),
            backing_up(services.backups, settings),
            watching(gallery),
            posting(gallery),
            running(services.same_input),
            waking_ahead(services.ahead),
        ):
            render.read_templates()
            gc.collect()
            gc.freeze()  # what is loaded by now stays; looking through it stopped all for 200 ms
            uvicorn.Server(config).run(sockets=[listener])
    return 0


def guidance(settings: Settings) -> list[str]:
    """What to do next, for who has set nothing yet; empty when there is nothing to say."""
    lines = []
    if not settings.events:
        lines.append(
            "EVENTS is not set, so the sprint of 2023 is shown, which is over: copy "
            f"{SHIPPED}, make it yours, and start again with EVENTS=my-event.toml "
            "(or look around first: python -m gallery practice)"
        )
    if not settings.oauth_client_id and not settings.mail_arrives:
        lines.append(
            "Nobody can sign in yet: set OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET (the Hub), "
            "or SMTP_URL (links by mail)"
        )
    return lines


def _at_its_address(gallery: Gallery, host: str, port: int) -> Gallery:
    """Without BASE_URL, links and the guard go by the address that is served."""
    if "base_url" in gallery.settings.model_fields_set:
        return gallery
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104  compared, not bound
    settings = gallery.settings.model_copy(update={"base_url": f"http://{shown}:{port}"})
    return Gallery(settings, gallery.database, gallery.events, gallery.clock)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise GalleryError(
            f"{host}:{port} cannot be listened on ({error.strerror}); choose another --port"
        ) from None
