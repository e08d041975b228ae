"""Every address that an application answers, with what can be done there."""

from collections.abc import Iterable, Iterator

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

VERBS = {
    "button": ("leave", "dissolve", "claim", "remove", "lead", "accept", "decline", "take-back"),
    "answer": ("accept", "decline", "take-back"),
    "verb": ("hide", "restore", "dismiss", "close", "open"),
    "state": ("away", "back"),
    "deed": ("stop", "again", "share", "withdraw", "delete"),
    "way": ("hub", "email"),
    "form": ("json", "csv.zip", "parquet.zip", "pdf", "png", "members"),
    "form:path": ("leave", "edit"),
    "sheet": ("people", "teams", "ideas", "submissions"),
    "digest": ("0" * 64,),
    "width": ("480",),
    "name": ("site.css",),
}
"""What a route's own parameter can say, beside numbers."""


def changes(app: FastAPI, ids: dict[str, int]) -> Iterator[tuple[str, str]]:
    """`(method, address)` of everything that changes something, with these ids filled in."""
    for path, methods in _flat(app.routes, ""):
        for method in sorted(methods - {"GET", "HEAD", "OPTIONS"}):
            for address in _filled([path], ids):
                yield method, address


def reads(
    app: FastAPI, ids: dict[str, int], more: dict[str, tuple[str, ...]] | None = None
) -> Iterator[str]:
    """Every address that is only looked at, with these ids filled in, and each of `more`."""
    for path, methods in _flat(app.routes, ""):
        if "GET" in methods:
            path = path.replace("{table}.csv", "{sheet}.csv").replace(":path}", "}")
            yield from _filled([path], ids, more)


def _flat(found: Iterable[BaseRoute], prefix: str) -> Iterator[tuple[str, set[str]]]:
    """Those of included routers, too."""
    for route in found:
        if isinstance(route, APIRoute):
            yield prefix + route.path, route.methods or set()
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from _flat(inner.routes, prefix + route.include_context.prefix)  # type: ignore[attr-defined]


def _filled(
    paths: list[str], ids: dict[str, int], more: dict[str, tuple[str, ...]] | None = None
) -> list[str]:
    known = {**{name: (str(value),) for name, value in ids.items()}, **VERBS}
    known |= {"event_slug": ("summer",), "table": ("ideas", "submissions"), "token": ("guess",)}
    known |= more or {}
    for name, values in known.items():
        paths = [
            path.replace(f"{{{name}}}", value)
            for path in paths
            for value in (values if f"{{{name}}}" in path else ("",))
        ]
    assert not any("{" in path for path in paths), f"say what goes into {paths}"
    return paths
