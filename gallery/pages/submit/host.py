"""Gradio's application of the page: served for who is signed in, in the gallery's look."""

import gradio as gr
from fastapi import FastAPI, HTTPException, Request
from starlette.concurrency import run_in_threadpool

from gallery.gallery import Gallery
from gallery.pages.submit.build import build_page
from gallery.people import sessions
from gallery.submissions.checking import Checker
from gallery.submissions.pictures import MAX_BYTES
from gallery.web import assets
from spaces.demo.front import faced
from spaces.door.gate import guarded
from spaces.look.theme import build_theme

STYLES = ("top.css", "cards.css", "submit.css")


def build_host(gallery: Gallery, checker: Checker, *, path: str) -> FastAPI:
    """An application with nothing but the page: it knows how to start and stop it."""

    def name_behind(cookie: str | None) -> str | None:
        with gallery.database.read() as session:
            actor = sessions.actor_of(
                session, cookie, gallery.events.values(), gallery.clock(), key=gallery.key
            )
        return actor.name if actor.is_signed_in else None

    async def who(request: Request) -> str | None:
        """For every request of Gradio's own: pages lead to signing in, calls get a 401."""
        name = await run_in_threadpool(name_behind, request.cookies.get(sessions.COOKIE))
        if name is None and request.method == "GET" and request.url.path == f"{path}/":
            raise HTTPException(303, headers={"Location": f"/sign-in?next={path}"})
        return name

    page = build_page(gallery, checker)
    return gr.mount_gradio_app(
        FastAPI(openapi_url=None),
        page,
        path,
        app_kwargs=faced(guarded(page, takes_files=False)),
        auth_dependency=who,
        theme=build_theme(),
        head=_head(),
        footer_links=[],
        show_error=False,
        max_file_size=MAX_BYTES,
        enable_monitoring=False,
        run_history=False,
        ssr_mode=False,
        pwa=False,
    )


def _head() -> str:
    sheets = [f'<link rel="stylesheet" href="{assets.address(name)}">' for name in STYLES]
    times, unsaved = assets.address("times.js"), assets.address("submit.js")
    icon = assets.address("icon.svg")
    return "".join(
        (
            *sheets,
            f'<link rel="modulepreload" id="times" href="{times}">',
            f'<link rel="modulepreload" id="unsaved" href="{unsaved}">',
            f'<script type="module" src="{assets.address("countdown.js")}"></script>',
            f'<link rel="icon" type="image/svg+xml" href="{icon}">',
        )
    )
