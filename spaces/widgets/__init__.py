"""The page's own widgets: each is NAME.html and NAME.js beside this file, given to `gr.HTML`."""

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import GradioModel, GradioRootModel

FOLDER = Path(__file__).parent


def widget(
    name: str,
    *,
    value: Any = None,
    model: type[GradioModel] | type[GradioRootModel] | None = None,
    **props: Any,
) -> gr.HTML:
    """The widget of that name, with `elem_id` its name.

    `model` is what its value must be: handlers are given an instance of it, and files inside are
    checked and served as those of Gradio's own components are. `props` reach template and script.
    """
    component = gr.HTML(
        value,
        html_template=(FOLDER / f"{name}.html").read_text("utf-8"),
        js_on_load=(FOLDER / f"{name}.js").read_text("utf-8"),
        apply_default_css=False,
        elem_id=name,
        **props,
    )
    component.data_model = model
    return component
