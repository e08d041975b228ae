"""A machine on which no more pictures can be read for now."""

import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest
from PIL import Image

from inference.decoding.pool import decoding_pool
from inference.errors import Busy
from tests.inference.strange_files import encoded


@pytest.fixture
def busy() -> Iterator[threading.Event]:
    """All places of the pool are taken, until the event is set."""
    go, taken = threading.Event(), []

    def read() -> bytes:
        assert go.wait(60)
        return encoded(Image.new("RGB", (64, 48)))

    with suppress(Busy):
        while True:
            taken.append(decoding_pool().pixels(read, field="a picture", longest=64))
    yield go
    go.set()
    for one in taken:
        assert one.result(60).size == (64, 48)
