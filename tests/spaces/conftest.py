"""Tests of pages run Gradio's server in threads, where its own warnings are not ours to fix."""

import gc
from collections.abc import Iterator

import pytest

from tests.browser import browser, page, served

__all__ = ["browser", "page", "served"]

GRADIO_WARNS = (
    "ignore:'future.no_silent_downcasting' is deprecated",
    "ignore:The copy keyword is deprecated",
    "ignore:unclosed:ResourceWarning",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/spaces" in item.nodeid:
            for warning in GRADIO_WARNS:
                item.add_marker(pytest.mark.filterwarnings(warning))


@pytest.fixture(scope="module", autouse=True)
def sweep() -> Iterator[None]:
    """What Gradio left open is collected here, not in another module's tests."""
    yield
    gc.collect()
