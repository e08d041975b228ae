"""Shape annotations are checked by beartype in tests, and only there; one Chromium is for all."""

import pytest
from jaxtyping import install_import_hook

from tests.browser import browser, page, served

__all__ = ["browser", "page", "served"]

install_import_hook(["inference", "training"], "beartype.beartype")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Chromium last: once playwright has begun, its event loop runs in this thread to the end.

    Whole files move, since the order within one may matter.
    """
    last = {item.path for item in items if "browser" in getattr(item, "fixturenames", ())}
    items.sort(key=lambda item: item.path in last)
