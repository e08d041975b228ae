"""The embedded model's other pages, beside the first one."""

import socket

import pytest
from fastapi.testclient import TestClient

from spaces.demo.config import DemoConfig
from spaces.demo.page import Demo, build_demo
from spaces.demo.variants import build_app, listening, variants
from tests.fake_engine import FakeEngine


def test_each_page_is_at_its_path_with_and_without_a_slash() -> None:
    engine = FakeEngine()
    pages: dict[str, Demo] = {
        path: build_demo(config, engine) for path, config in variants(engine.info).items()
    }
    first = build_demo(DemoConfig(title="The first one", description="Here."), engine)
    with TestClient(build_app({**pages, "/": first})) as client:
        assert "The first one" in client.get("/").text
        for path, page in pages.items():
            for address in (path, f"{path}/"):
                answer = client.get(address)
                assert answer.status_code == 200
                assert str(page.title) in answer.text


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(OSError, match=f"no port of {port} to {port} is free; choose another"),
            listening("127.0.0.1", port),
        ):
            pass
