"""The API's page for people: made from the same OpenAPI document that programs read."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from gallery.web.dependencies import ViewerDep
from gallery.web.render import page

Schema = Mapping[str, Any]
DEEPEST = 6
"""Levels of an example; an object may hold others of its kind."""

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Operation:
    """One thing that can be asked; `body` and `answer` are examples in JSON, or empty."""

    name: str
    method: str
    path: str
    text: str
    parameters: tuple[Schema, ...]
    takes_token: bool
    fields: tuple["Part", ...]
    """Of what is sent."""
    body: str
    answer: str


@dataclass(frozen=True)
class Part:
    """A field of what is sent; one without a default must be there."""

    name: str
    text: str
    must_be_there: bool
    default: str


@router.get("/api/docs")
def docs(request: Request, viewer: ViewerDep) -> Response:
    """Every operation with its parameters and an example."""
    document = request.app.openapi()
    groups: dict[str, list[Operation]] = {}
    for tag, operation in operations(document):
        groups.setdefault(tag, []).append(operation)
    return page(request, "api-docs.html", viewer=viewer, groups=groups)


def operations(document: Schema) -> Iterator[tuple[str, Operation]]:
    """With the group that each belongs to, in the document's order."""
    schemas = document.get("components", {}).get("schemas", {})
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            bodies = operation.get("requestBody", {}).get("content", {})
            answers = next(
                (each for code, each in operation["responses"].items() if code.startswith("2")), {}
            ).get("content", {})
            yield (
                operation["tags"][0],
                Operation(
                    name=operation["operationId"],
                    method=method.upper(),
                    path=path,
                    text=operation.get("description", operation["summary"]),
                    parameters=tuple(
                        each for each in operation.get("parameters", ()) if each["in"] == "query"
                    ),
                    takes_token="security" in operation,
                    fields=tuple(_parts(next(iter(bodies.values()), None), schemas)),
                    body=_json(bodies.get("application/json"), schemas),
                    answer=_json(answers.get("application/json"), schemas),
                ),
            )


def _parts(media: Schema | None, schemas: Schema) -> Iterator[Part]:
    """The fields of a body, and those of the objects in it, as `content.title`."""
    if media is not None:
        yield from _fields(_named(media["schema"], schemas), schemas, "")


def _fields(schema: Schema, schemas: Schema, prefix: str) -> Iterator[Part]:
    must = schema.get("required", ())
    for name, each in schema.get("properties", {}).items():
        field = _named(each, schemas)
        if "properties" in field:
            yield from _fields(field, schemas, f"{prefix}{name}.")
            continue
        kinds = [_named(one, schemas) for one in field.get("anyOf", [field])]
        yield Part(
            name=f"{prefix}{name}",
            text=("" if "enum" in field else field.get("description"))
            or " or ".join(dict.fromkeys(map(_kind, kinds))),
            must_be_there=name in must,
            default="" if each.get("default") is None else json.dumps(each["default"]),
        )


def _kind(schema: Schema) -> str:
    """`string, at most 120`, `file`, `one of a, b`."""
    if "enum" in schema:
        return f"one of {', '.join(schema['enum'])}"
    if "binary" in schema.get("format", "") or "contentMediaType" in schema:
        return "file"
    most = schema.get("maxLength", schema.get("maxItems"))
    return schema.get("type", "string") + (f", at most {most}" if most else "")


def _named(schema: Schema, schemas: Schema) -> Schema:
    return schemas[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema


def _json(media: Schema | None, schemas: Schema) -> str:
    if media is None:
        return ""
    return json.dumps(example(media["schema"], schemas), indent=2, ensure_ascii=False)


def example(schema: Schema, schemas: Schema, depth: int = 0) -> object:
    """A value that such a schema describes: what it names as one, else one of its type."""
    if schema.get("examples"):
        return schema["examples"][0]
    if "$ref" in schema:
        return example(_named(schema, schemas), schemas, depth)
    for key in ("default", "const"):
        if key in schema:
            return schema[key]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return example(schema["anyOf"][0], schemas, depth)
    match schema.get("type"):
        case "object":
            if depth >= DEEPEST:
                return {}
            fields = schema.get("properties", {})
            return {name: example(each, schemas, depth + 1) for name, each in fields.items()}
        case "array":
            return [] if depth >= DEEPEST else [example(schema["items"], schemas, depth + 1)]
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return False
        case "null":
            return None
    return {"date-time": "2023-05-01T22:00:00Z", "date": "2023-05-01"}.get(
        schema.get("format", ""), "…"
    )
