"""The API's page for people: made from the same OpenAPI document that programs read."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from gallery.pages.dependencies import ViewerDep
from gallery.pages.render import page

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
    body: str
    answer: str


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
                    body=_json(bodies.get("application/json"), schemas),
                    answer=_json(answers.get("application/json"), schemas),
                ),
            )


def _json(media: Schema | None, schemas: Schema) -> str:
    if media is None:
        return ""
    return json.dumps(example(media["schema"], schemas), indent=2, ensure_ascii=False)


def example(schema: Schema, schemas: Schema, depth: int = 0) -> object:
    """A value that such a schema describes: what it names as one, else one of its type."""
    if "$ref" in schema:
        return example(schemas[schema["$ref"].rsplit("/", 1)[1]], schemas, depth)
    if schema.get("examples"):
        return schema["examples"][0]
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
