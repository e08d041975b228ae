"""Demos that were handed in."""

from collections.abc import Callable

import pytest

from gallery.database.tables import Submission
from gallery.gallery import Gallery
from tests.gallery.browsing.entries import entry, hand_in

HandedIn = Callable[..., int]


@pytest.fixture
def handed_in(gallery: Gallery) -> HandedIn:
    """Hands in the `number`-th demo, with what is said of its content or its row; gives its id."""

    def make(number: int = 1, **changes: object) -> int:
        row = {"team", "members", "state", "health", "likes", "hub_likes"}
        row |= {"thumbnail", "second_picture"}
        of_row = {name: changes.pop(name) for name in row & changes.keys()}
        with gallery.database.write() as session:
            made: Submission = hand_in(
                session,
                gallery.current.slug,
                entry(number, **changes),
                gallery.clock(),
                **of_row,  # pyright: ignore[reportArgumentType]
            )
            return made.id

    return make
