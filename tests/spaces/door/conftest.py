"""A demo behind its door, asked without a browser."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from spaces.demo.config import DemoConfig
from spaces.demo.page import build_demo
from spaces.host.demos import mounted
from tests.fake_engine import FakeEngine


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    config = DemoConfig(title="A", description="B", control="canny", words_alone=True)
    app = mounted(build_demo(config, FakeEngine()), "/")
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client
