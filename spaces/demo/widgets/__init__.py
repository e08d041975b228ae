"""The page's own widgets: each is NAME.html and NAME.js beside this file, given to `gr.HTML`."""

from collections.abc import Sequence
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
    parts: Sequence[str] = (),
    **props: Any,
) -> gr.HTML:
    """The widget of that name, with `elem_id` its name.

    `model` is what its value must be: handlers are given an instance of it, and files inside are
    checked and served as those of Gradio's own components are. `parts` name scripts whose
    functions the widget's own builds on. `props` reach template and script.
    """
    component = gr.HTML(
        value,
        html_template=(FOLDER / f"{name}.html").read_text("utf-8"),
        js_on_load="\n".join(
            (FOLDER / f"{script}.js").read_text("utf-8") for script in (*parts, name)
        ),
        apply_default_css=False,
        elem_id=name,
        **props,
    )
    component.data_model = model
    return component
