"""A named endpoint as a tool: its schema, and its arguments as the values of a call."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import gradio as gr
from gradio.block_function import BlockFunction

from spaces.door import calls
from spaces.door.files import META, Files
from spaces.door.gate import FILE
from spaces.door.values import shown
from spaces.errors import Refused

IN_ITSELF = re.compile(r"data:image/(png|jpeg|webp|gif);base64,", re.IGNORECASE)
HOW = (
    "as data:image/png;base64,…, or by the address of a picture that was made here, or by the name "
    "that this Space's /gradio_api/upload gave it; no other address is fetched"
)
"""How a picture is handed in."""


@dataclass(frozen=True)
class Tool:
    """`parameters` are those of Gradio's description of the endpoint, in the order of its call."""

    function: BlockFunction
    description: str
    parameters: Sequence[Mapping[str, Any]]

    @property
    def name(self) -> str:
        return str(self.function.api_name)

    def told(self) -> dict[str, Any]:
        """As clients are told of it."""
        return {
            "name": self.name,
            "description": self.description,
            "inputSchema": self._schema(),
            "annotations": {"readOnlyHint": True, "openWorldHint": False},
        }

    def shown(self) -> dict[str, Any]:
        """As Gradio's page about its API is told of it."""
        told = {key: value for key, value in self.told().items() if key != "annotations"}
        about = {"file_data_present": False, "mcp_type": "tool", "endpoint_name": self.name}
        return {**told, "meta": about, "endpoint_name": self.name}

    def values(self, files: Files, arguments: Mapping[str, Any], owner: str) -> list[Any]:
        """What its call is given for these arguments. Raises Refused."""
        given = calls.read_arguments(self.name, self.parameters, arguments)
        return [self._value(files, one, given, owner) for one in self.parameters]

    def _schema(self) -> dict[str, Any]:
        needed = [_name(one) for one in self.parameters if not one["parameter_has_default"]]
        return {
            "type": "object",
            "properties": {_name(one): _property(one) for one in self.parameters},
            "required": needed,
            "additionalProperties": False,
        }

    def _value(
        self, files: Files, parameter: Mapping[str, Any], given: Mapping[str, Any], owner: str
    ) -> Any:
        name = _name(parameter)
        value = given.get(name, parameter["parameter_default"])
        if not _is_file(parameter) or value in (None, ""):
            return None if _is_file(parameter) else value
        return {"path": _named(files, name, value, owner), "meta": META}


def tools_of(blocks: gr.Blocks) -> Iterator[Tool]:
    """Those of a page's public endpoints, in its order."""
    told: Any = blocks.get_api_info()
    for name, endpoint in told["named_endpoints"].items():
        function = calls.named(blocks, name.removeprefix("/"))
        yield Tool(function, endpoint.get("description") or "", endpoint["parameters"])


def _property(parameter: Mapping[str, Any]) -> dict[str, Any]:
    if _is_file(parameter):
        return {"type": "string", "description": f"{parameter['label']}: {HOW}"}
    default = parameter["parameter_default"]
    return {
        **parameter["type"],
        "description": parameter["label"],
        **({} if default is None else {"default": default}),
    }


def _named(files: Files, field: str, value: Any, owner: str) -> str:
    """The name of a picture's file: of one that is sent along, or that is here already."""
    if not isinstance(value, str):
        raise Refused(f"{field} must be text, got {shown(value)}; send it {HOW}")
    within = IN_ITSELF.match(value)
    if within is not None:
        return _kept(files, field, value[within.end() :], within[1].lower(), owner)
    name = unquote(value.rpartition(FILE)[2])
    if files.find(name) is None:
        raise Refused(f"{field} must be a picture that is here, got another text; send it {HOW}")
    return name


def _kept(files: Files, field: str, content: str, kind: str, owner: str) -> str:
    try:
        data = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise Refused(
            f"{field} must be in base64 behind data:image/{kind};base64, "
            "got something else; encode it again"
        ) from None
    path = files.place(f"{field}.{kind}")
    path.write_bytes(data)
    return files.keep_upload(path, owner=owner)


def _name(parameter: Mapping[str, Any]) -> str:
    return str(parameter["parameter_name"])


def _is_file(parameter: Mapping[str, Any]) -> bool:
    return parameter["component"] == "File"
