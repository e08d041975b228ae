"""Which of Gradio's own addresses are open: those that this page uses, and no others.

Gradio offers much that the page has no use for: uploads of any file, proxies, recordings, an editor
of its code, runs of others. Some of it asks nobody who they are, and every release may add more.
"""

import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gallery.errors import NotFound

OPEN = re.compile(
    r"/?"
    r"|/(config|theme\.css|favicon\.ico|manifest\.json|robots\.txt)/?"
    r"|/(assets|static|svelte)/.+"
    r"|/gradio_api/(info|startup-events|theme\.css|cancel|reset|queue/(join|data|status))/?"
    r"|/gradio_api/heartbeat/\w+"
)
"""Below the page's own path.

Not `app_id`: after a lost connection Gradio's script would load the page again as soon as that
answers. The keeper does so, when it has put aside what was typed.
"""
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "worker-src 'self' blob:; frame-src 'none'; frame-ancestors 'self'; base-uri 'self'; "
    "form-action 'self'; object-src 'none'"
)
"""Gradio writes scripts into its page and compiles templates; but nothing comes from elsewhere,
and nothing goes there."""


class Doors:
    """Stands before Gradio's application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises `NotFound` for what is closed."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if scope["type"] != "http" or not OPEN.fullmatch(path):
            raise NotFound("there is no page at this address; go back to the start")

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Content-Security-Policy"] = POLICY
            await send(message)

        await self.app(scope, receive, sending)
