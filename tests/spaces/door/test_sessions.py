"""Sessions begin with copies of what the page knows of its components."""

from typing import Any

import gradio as gr
import pytest
from gradio.blocks import BlocksConfig
from gradio.state_holder import SessionState

from spaces.demo.config import DemoConfig
from spaces.demo.page import build_demo
from spaces.door.blocks import GuardedBlocks
from tests.fake_engine import FakeEngine


@pytest.fixture(scope="module")
def page() -> GuardedBlocks:
    return build_demo(DemoConfig(title="A demo", description="It paints."), FakeEngine())


def test_a_session_knows_what_gradio_would_tell_it(page: GuardedBlocks) -> None:
    told = SessionState(page).config_values
    assert len(told) > 20
    assert set(told) == set(page.blocks)
    for number, block in page.blocks.items():
        expected = BlocksConfig.config_for_block(number, [], block)
        assert without_functions(told[number]) == without_functions(expected)


def without_functions(told: dict[str, Any]) -> dict[str, Any]:
    """Some components tell one, made anew whenever they are asked."""
    props = {name: value for name, value in told["props"].items() if not callable(value)}
    return {**told, "props": props}


def test_only_the_first_session_has_the_components_described(
    page: GuardedBlocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = SessionState(page).config_values
    monkeypatch.setattr(BlocksConfig, "config_for_block", None)
    assert SessionState(page).config_values == first


def test_what_changes_in_one_session_is_not_seen_in_another() -> None:
    with GuardedBlocks() as page:
        box = gr.Textbox("before", label="a")
    one, other = SessionState(page), SessionState(page)
    one._update_value_in_config(box._id, "after")
    one[box._id] = gr.Textbox("after", label="b", render=False)
    one._update_config(box._id)
    assert one.config_values[box._id]["props"]["label"] == "b"
    assert other.config_values[box._id]["props"]["label"] == "a"
    assert other.config_values[box._id]["props"]["value"] == "before"
    assert SessionState(page).config_values == other.config_values
