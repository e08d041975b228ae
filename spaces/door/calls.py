"""What the body of a call must hold, and which endpoints and events there are."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction

from spaces.door.values import shown
from spaces.errors import Refused

MAX_VALUES = 100
MAX_BODY = 8_000_000
"""Bytes of a call's JSON: the result's previews and maps travel in it, as text."""
SESSION = re.compile(r"[\w-]{1,100}")
KEPT = ("data", "session_hash", "fn_index", "trigger_id", "event_data")
"""What Gradio is given of a body; the rest would only switch what its queue does."""


def read_body(content: bytes) -> dict[str, Any]:
    """The JSON object of a call. Raises Refused."""
    try:
        body = json.loads(content)
    except RecursionError:
        raise Refused("a call's JSON must not be nested so deeply; send less") from None
    except ValueError:
        raise Refused(
            "a call must be a JSON object, got something else; "
            'send {"data": […]} as application/json'
        ) from None
    if not isinstance(body, dict):
        raise Refused(f'a call must be a JSON object, got {shown(body)}; send {{"data": […]}}')
    return body


def read_call(blocks: gr.Blocks, kind: str, name: str | None, body: Mapping[str, Any]) -> Any:
    """The body as Gradio gets it, for an endpoint that exists. Raises Refused.

    `kind` is the route: `join` goes by number, `call` by name, `run` by either.
    """
    data = body.get("data")
    if not isinstance(data, list) or len(data) > MAX_VALUES:
        came = shown(data) if not isinstance(data, list) else f"{len(data)} values"
        raise Refused(
            f"data must be a list of at most {MAX_VALUES} values, got {came}; "
            "send one for each parameter of the endpoint"
        )
    session = body.get("session_hash")
    if session is None and kind == "join":
        raise Refused("session_hash must be a text of your own choice, got none; send one")
    if session is not None and not (isinstance(session, str) and SESSION.fullmatch(session)):
        raise Refused(
            "session_hash must be up to 100 letters and digits of your own choice, "
            f"got {shown(session)}; send another, or leave it out"
        )
    trigger = body.get("trigger_id")
    if trigger is not None and not _is_whole(trigger):
        raise Refused(f"trigger_id must be a whole number, got {shown(trigger)}; leave it out")
    function = find(blocks, kind, name, body.get("fn_index"))
    if function.collects_event_data and not isinstance(body.get("event_data"), dict):
        raise Refused(
            f"event_data must be an object for this event, got {shown(body.get('event_data'))}; "
            "press what is on the page instead"
        )
    if kind == "run" and function.queue:
        raise Refused(
            f"/{function.api_name} waits its turn in the queue, got a call that would not; "
            f"send it to /gradio_api/call/{function.api_name}",
            status=404,
        )
    return {key: body[key] for key in KEPT if key in body}


def find(blocks: gr.Blocks, kind: str, name: str | None, number: Any) -> BlockFunction:
    """The function that a call is for. Raises Refused."""
    if number is not None and kind != "call":
        function = blocks.fns.get(number) if _is_whole(number) else None
        if function is None:
            raise Refused(f"there is no event {shown(number)}; load the page again", status=404)
        return function
    if name is None:
        raise Refused("fn_index must be the number of an event, got none; load the page again")
    return named(blocks, name)


def named(blocks: gr.Blocks, name: str) -> BlockFunction:
    """The function of an endpoint. Raises Refused."""
    for function in blocks.fns.values():
        if function.api_name == name:
            return function
    public = sorted(
        f"/{function.api_name}"
        for function in blocks.fns.values()
        if function.api_visibility == "public"
    )
    raise Refused(
        f"there is no endpoint {shown(name)}; there are {', '.join(public) or 'none'}", status=404
    )


def read_named(blocks: gr.Blocks, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a call that names its parameters. Raises Refused."""
    return read_arguments(f"/{name}", _parameters(blocks, named(blocks, name)), body)


def read_arguments(
    name: str, parameters: Sequence[Mapping[str, Any]], given: Mapping[str, Any]
) -> dict[str, Any]:
    """Those of `given`, in the order of Gradio's `parameters` for what is called `name`.

    Raises Refused for one that there is not, or that is missing and has no default.
    """
    known = {str(one["parameter_name"]): one for one in parameters}
    unknown = [key for key in given if key not in known]
    missing = [
        key
        for key, one in known.items()
        if key not in given and not one.get("parameter_has_default")
    ]
    if unknown or missing:
        came = f"{shown(unknown[0])} too" if unknown else f"no {shown(missing[0])}"
        raise Refused(f"{name} takes {', '.join(known) or 'nothing'}, got {came}; send those")
    return {key: given[key] for key in known if key in given}


def _parameters(blocks: gr.Blocks, function: BlockFunction) -> list[Mapping[str, Any]]:
    told: Any = blocks.get_api_info()
    return told["named_endpoints"].get(f"/{function.api_name}", {}).get("parameters", [])


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
