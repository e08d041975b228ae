"""Long lists, a page at a time; the page's number stands in the address."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from fastapi import Request

T = TypeVar("T")
PER_PAGE = 100


@dataclass(frozen=True)
class Paged(Generic[T]):
    """The rows of one page, of `total` on all `pages`; `number` counts from 1."""

    rows: tuple[T, ...]
    number: int
    pages: int
    total: int


def paged(rows: Sequence[T], request: Request, *, size: int = PER_PAGE) -> Paged[T]:
    """The page that the address asks for, or the first where there is no such page."""
    asked = request.query_params.get("page", "")
    pages = max(1, -(-len(rows) // size))
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 1
    number = number if 1 <= number <= pages else 1
    return Paged(tuple(rows[(number - 1) * size : number * size]), number, pages, len(rows))
