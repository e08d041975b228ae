"""What the stage makes of values that come in an unlucky order."""

from collections.abc import Callable

import gradio as gr
import pytest
from playwright.sync_api import Page, expect

from spaces.demo.bounds import Bounds
from spaces.demo.page import PARTS_OF_STAGE, Demo
from spaces.demo.values import StageValue
from spaces.demo.widgets import widget
from tests.spaces.demo.visitor import wait_for_phase

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def address(served: Callable[..., str]) -> str:
    asked: list[str] = []

    def note(event: gr.EventData) -> None:
        asked.append(event._data["job"])

    with Demo(preview=None, bounds=Bounds()) as page:
        widget("keeping", parts=("meeting", "store", "connection"), place="test")
        stage = widget(
            "stage",
            value=StageValue(),
            model=StageValue,
            parts=PARTS_OF_STAGE,
            aspect="1 / 1",
            hint="",
        )
        stage.make(note, queue=False)
        for name in ("make", "stop"):
            gr.Button(name, elem_id=name)
        for step in (4, 5):

            def news(step: int = step) -> StageValue:
                return StageValue(phase="running", step=step, steps=50, job=asked[-1])

            gr.Button(f"step {step}", elem_id=f"step-{step}").click(news, None, stage)
    return served(page)


def test_a_step_that_arrives_after_stop_changes_nothing(page: Page, address: str) -> None:
    page.goto(address)
    words = page.locator(".stage .words")
    with page.expect_response(lambda response: "run/predict" in response.url):
        page.click("#make")
    wait_for_phase(page, "waiting")
    page.click("#step-4")
    expect(words).to_have_text("Step 4 of 50")
    page.click("#stop")
    expect(words).to_have_text("■ Stopped at step 4 of 50")
    with page.expect_response(lambda response: "queue/data" in response.url):
        page.click("#step-5")
    page.wait_for_timeout(500)
    expect(words).to_have_text("■ Stopped at step 4 of 50")
    with page.expect_response(lambda response: "run/predict" in response.url):
        page.click("#make")
    wait_for_phase(page, "waiting")
    page.click("#step-4")
    expect(words).to_have_text("Step 4 of 50")
