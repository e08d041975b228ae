"""The page's wiring: which event calls which handler, in which lane of the queue."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from spaces.demo.handlers import Handlers
from spaces.demo.maps import Maps
from spaces.demo.options import OF_MAPS
from spaces.demo.queueing import BoundedQueue
from spaces.demo.recall import Recall
from spaces.demo.settings import HOW_READ
from spaces.demo.values import BesideMap, BesideMaps, MapValue, StageValue

MOST_FOUND = 16
"""Pages that follow a job which they found again, at once."""
QUEUE = "engine"
"""All that makes pictures, on the page and by API, stands in this one queue."""
FOUND = "found"
"""The lane of those that follow a job which they found again."""
READING = "reading"
"""The lane of those that wait for a control map."""


@dataclass(frozen=True)
class Parts:
    """What the page's events start from and write to."""

    keeping: gr.HTML
    picture: gr.HTML
    map_view: gr.HTML
    start: gr.HTML
    beside: gr.HTML
    beside_maps: gr.HTML
    stage: gr.HTML
    prompt: gr.Textbox
    settings: Mapping[str, Any]


def wire(
    handlers: Handlers, maps: Maps, recall: Recall, parts: Parts, *, queue: BoundedQueue
) -> None:
    """Within the Blocks that are being built.

    The buttons' presses are heard by the stage's own script, which answers at once, with or without
    a connection, and asks for what needs the server.
    """

    def why_not(event: gr.EventData, request: gr.Request) -> StageValue:
        lane = FOUND if event._data.get("found") else QUEUE
        sentence = queue.why_failed(request.session_hash, lane)
        return handlers.failed(sentence, event._data.get("job"))

    def not_read(request: gr.Request) -> MapValue:
        return maps.unread(queue.why_failed(request.session_hash, READING))

    def none_read(request: gr.Request) -> BesideMaps:
        return BesideMaps(root=[BesideMap(message=not_read(request).message)])

    # Gradio's own progress would be read aloud as "common.complete", in no language.
    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    at_once: dict[str, Any] = {**quiet, "queue": False}
    stage, settings = parts.stage, parts.settings
    read_with = [settings[name] for name in (HOW_READ, *OF_MAPS)]
    reading = gr.on(
        [parts.picture.change, *(field.change for field in read_with)],
        maps.read_picture,
        [parts.picture, *read_with],
        parts.map_view,
        trigger_mode="always_last",
        concurrency_id=READING,
        concurrency_limit=4,
        **quiet,
    )
    reading.failure(not_read, None, parts.map_view, **at_once)
    if parts.beside.visible:
        reading_beside = gr.on(
            [parts.picture.change, parts.beside.change],
            maps.read_beside,
            [parts.picture, parts.beside],
            parts.beside_maps,
            trigger_mode="always_last",
            concurrency_id=READING,
            concurrency_limit=4,
            **quiet,
        )
        reading_beside.failure(none_read, None, parts.beside_maps, **at_once)
    making = stage.make(
        handlers.generate,
        [parts.picture, parts.start, parts.beside, parts.prompt, *settings.values()],
        [stage, settings["seed"]],
        concurrency_id=QUEUE,
        **quiet,
    )
    found = stage.resume(
        handlers.resume,
        None,
        [stage, settings["seed"]],
        concurrency_id=FOUND,
        concurrency_limit=MOST_FOUND,
        **quiet,
    )
    for run in (making, found):
        run.failure(None, js=_announce("sprint:refused"), **at_once)
    stage.why(why_not, None, stage, **at_once)
    stage.stop(handlers.stop, cancels=[making, found], **at_once)
    parts.prompt.submit(None, js=_announce("sprint:make"), **at_once)
    fields = [parts.prompt, *settings.values()]
    recalled = stage.recall(recall, None, [parts.keeping, parts.beside, *fields], **at_once)
    recalled.then(None, fields, js=_announce("sprint:recalled", recall.names), **at_once)


def _announce(event: str, names: Sequence[str] = ()) -> str:
    """A script that tells the page's own widgets that something happened; inputs by `names`."""
    return f"""(...values) => {{
        const named = {json.dumps(names)}.map((name, at) => [name, values[at]]);
        const fields = Object.fromEntries(named);
        document.dispatchEvent(new CustomEvent({json.dumps(event)}, {{ detail: {{ fields }} }}));
        return [];
    }}"""
