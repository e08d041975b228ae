"""The page's own widgets: each is NAME.html and NAME.js beside this file, given to `gr.HTML`."""

from pathlib import Path

import gradio as gr
from pydantic import BaseModel

FOLDER = Path(__file__).parent


def widget(
    name: str,
    *,
    value: BaseModel | str = "",
    elem_id: str = "",
    render: bool = True,
) -> gr.HTML:
    """The widget of that name, which is its `elem_id` too unless another is given.

    In the browser its value is `value` as JSON; `build` makes it a model again for handlers.
    """
    return gr.HTML(
        value if isinstance(value, str) else value.model_dump(),  # type: ignore[arg-type]
        html_template=(FOLDER / f"{name}.html").read_text("utf-8"),
        js_on_load=(FOLDER / f"{name}.js").read_text("utf-8"),
        apply_default_css=False,
        elem_id=elem_id or name,
        render=render,
    )
