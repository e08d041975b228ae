"""The page's HTML head: what it says of itself before any script runs.

Gradio writes its own name into link previews, twice. The language is settled here as well, since
what the browser asks for comes with this request.
"""

import base64
import html
import re
from collections.abc import Mapping
from typing import Any

from gradio.route_utils import get_root_url
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from spaces.demo import languages
from spaces.demo.preview import SIZE, Preview
from spaces.look.palette import ICON

FOREVER = "public, max-age=31536000, immutable"
"""For the preview's picture, whose address changes with it."""
GRADIOS_OWN = re.compile(
    r'\s*<meta\s+(?:property|name)="(?:og|twitter):[^>]*>|\s*<link\s+rel="manifest"[^>]*>',
    re.DOTALL,
)
"""Previews, and the manifest of an app: its address is that of whoever stands at the root."""
HEAD = "<head>"
ICON_TAG = (
    '\n\t\t<link rel="icon" type="image/svg+xml" href="data:image/svg+xml;base64,'
    f'{base64.b64encode(ICON.read_bytes()).decode()}" />'
)
"""In the page itself: below a host's path, a browser would look for one at the root."""


def faced(app_kwargs: Mapping[str, Any], preview: Preview | None = None) -> dict[str, Any]:
    """The `app_kwargs` of a page that is launched or mounted, with its face before them."""
    face = Middleware(Front, preview=preview)
    return {**app_kwargs, "middleware": [face, *app_kwargs.get("middleware", ())]}


class Front:
    """Rewrites the head of the page's HTML, and serves the picture of its link preview."""

    def __init__(self, app: ASGIApp, *, preview: Preview | None = None) -> None:
        self.app = app
        self._preview = preview

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        preview = self._preview
        if preview is not None and path == f"/{preview.name}":
            headers = {"Cache-Control": FOREVER, "X-Content-Type-Options": "nosniff"}
            picture = Response(preview.png, media_type="image/png", headers=headers)
            await picture(scope, receive, send)
        elif path in ("", "/"):
            await self.app(scope, receive, _Rewriting(send, self._head(scope)))
        else:
            await self.app(scope, receive, send)

    def _head(self, scope: Scope) -> str:
        wished = Headers(scope=scope).get("accept-language", "")
        language = languages.script(languages.preferred(wished)) + ICON_TAG
        if self._preview is None:
            return language
        root = get_root_url(Request(scope), "/", scope.get("root_path") or None)
        return language + tags(self._preview, root)


def tags(preview: Preview, root: str) -> str:
    """Open Graph's and Twitter's, for the page at the absolute address `root`."""
    width, height = SIZE
    picture = f"{root}/{preview.name}"
    open_graph = {
        "og:type": "website",
        "og:url": f"{root}/",
        "og:title": preview.title,
        "og:description": preview.description,
        "og:image": picture,
        "og:image:type": "image/png",
        "og:image:width": width,
        "og:image:height": height,
        "og:image:alt": preview.alt,
    }
    named = {
        "description": preview.description,
        "twitter:card": "summary_large_image",
        "twitter:title": preview.title,
        "twitter:description": preview.description,
        "twitter:image": picture,
        "twitter:image:alt": preview.alt,
    }
    kinds = (("property", open_graph), ("name", named))
    lines = [f"<title>{html.escape(preview.title)}</title>"] + [
        f'<meta {kind}="{key}" content="{html.escape(str(value))}" />'
        for kind, pairs in kinds
        for key, value in pairs.items()
    ]
    return "".join(f"\n\t\t{line}" for line in lines)


class _Rewriting:
    """Holds an HTML answer back until it is whole; everything else goes through."""

    def __init__(self, send: Send, head: str) -> None:
        self._send = send
        self._head = head
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            kind = Headers(raw=message["headers"]).get("content-type", "")
            if kind.startswith("text/html"):
                self._start = message
                return
        elif self._start is not None and message["type"] == "http.response.body":
            self._body += message.get("body", b"")
            if message.get("more_body", False):
                return
            start, self._start = self._start, None
            body = self._rewritten(self._body.decode()).encode()
            headers = MutableHeaders(scope=start)
            headers["content-length"] = str(len(body))
            headers.add_vary_header("Accept-Language")
            await self._send(start)
            message = {"type": "http.response.body", "body": body}
        await self._send(message)

    def _rewritten(self, page: str) -> str:
        return GRADIOS_OWN.sub("", page).replace(HEAD, HEAD + self._head, 1)
