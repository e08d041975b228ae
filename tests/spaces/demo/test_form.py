"""The fields of a page, as its handlers are given them."""

import gradio as gr

from spaces.demo.config import DemoConfig
from spaces.demo.form import Form
from spaces.demo.options import OPTIONS
from spaces.demo.settings import NAMES, build_settings, build_starting
from tests.spaces.demo.form import INFO

CONFIG = DemoConfig(title="Test", description="A test.", control="canny")


def test_the_form_takes_the_fields_in_the_order_of_the_page() -> None:
    with gr.Blocks():
        _, strength = build_starting(CONFIG, INFO)
        built = build_settings(CONFIG, INFO, strength)
    form = Form.of(None, None, None, "a box", *built)
    assert form.settings == {name: name for name in NAMES}
    assert set(form.options) == set(OPTIONS)
