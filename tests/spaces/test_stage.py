"""What the stage makes of values that come in an unlucky order."""

from collections.abc import Callable

import gradio as gr
import pytest
from playwright.sync_api import Page, expect

from spaces.values import StageValue
from spaces.widgets import widget
from tests.spaces.visitor import wait_for_phase

pytestmark = [pytest.mark.browser, pytest.mark.slow]

VALUES = {
    "wait": StageValue(phase="waiting"),
    "run": StageValue(phase="running", step=4, steps=50),
    "stop": StageValue(phase="stopped", step=3, steps=50),
}


@pytest.fixture(scope="module")
def address(served: Callable[..., str]) -> str:
    with gr.Blocks() as page:
        stage = widget("stage", value=StageValue(), model=StageValue, aspect="1 / 1", hint="")
        for name, value in VALUES.items():
            gr.Button(name, elem_id=name).click(lambda value=value: value, None, stage)
    return served(page)


def test_a_step_that_arrives_after_stop_changes_nothing(page: Page, address: str) -> None:
    page.goto(address)
    words = page.locator(".stage .words")
    page.click("#wait")
    wait_for_phase(page, "waiting")
    page.click("#run")
    expect(words).to_have_text("Step 4 of 50")
    page.click("#stop")
    expect(words).to_have_text("■ Stopped at step 3 of 50")
    with page.expect_response(lambda response: "queue/data" in response.url):
        page.click("#run")
    page.wait_for_timeout(500)
    expect(words).to_have_text("■ Stopped at step 3 of 50")
    page.click("#wait")
    wait_for_phase(page, "waiting")
    page.click("#run")
    expect(words).to_have_text("Step 4 of 50")
