"""What came of a tool's call: facts as JSON, and pictures small enough to be looked at."""

import base64
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gradio.data_classes import JsonData
from PIL import Image

from spaces.demo.pictures import SHOWN, enlarged
from spaces.door.files import META, Files
from spaces.door.gate import FILE

MAX_LOOKED_AT = 600_000
"""Characters of all pictures in one answer, of which clients take a megabyte; the rest have
addresses alone."""
JPEG = "image/jpeg"


def failed(sentence: str) -> dict[str, Any]:
    """The result of a call that could not be done."""
    return {"content": [{"type": "text", "text": sentence}], "isError": True}


def done(files: Files, values: list[Any], root: str) -> dict[str, Any]:
    """The result of a call that gave these values; `root` is the page's address.

    What is made here lies in files: they are named by their addresses, under `pictures`.
    """
    names = list(_files_in(values))
    facts = {"pictures": [f"{root}{FILE}{quote(name)}" for name in names]} if names else {}
    for told in facts_in(values):
        facts |= told
    looked_at = list(_looked_at(filter(None, map(files.find, names))))
    text = {"type": "text", "text": json.dumps(facts, ensure_ascii=False)}
    return {"content": [*looked_at, text], "structuredContent": facts, "isError": False}


def facts_in(values: list[Any]) -> Iterator[Mapping[str, Any]]:
    """What a call gave that is no file."""
    for value in values:
        told = value.root if isinstance(value, JsonData) else None
        if isinstance(told, Mapping):
            yield told


def _files_in(value: Any) -> Iterator[str]:
    """The names of the files in what a call gave."""
    if isinstance(value, Mapping):
        if value.get("meta") == META:
            yield str(value["path"])
            return
        value = list(value.values())
    if isinstance(value, list | tuple):
        for one in value:
            yield from _files_in(one)


def _looked_at(paths: Iterator[Path]) -> Iterator[dict[str, str]]:
    """Small copies, as many as there is room for."""
    room = MAX_LOOKED_AT
    for path in paths:
        with Image.open(path, formats=("PNG",)) as picture:
            small = enlarged(picture.convert("RGB"))
        small.thumbnail((SHOWN, SHOWN))
        stream = io.BytesIO()
        small.save(stream, "jpeg", quality=85)
        data = base64.b64encode(stream.getvalue()).decode()
        room -= len(data)
        if room < 0:
            return
        yield {"type": "image", "data": data, "mimeType": JPEG}
