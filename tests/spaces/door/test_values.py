"""What a value must be for the field that it is sent for."""

from typing import Any

import gradio as gr
import pytest

from spaces.door.values import require_fitting
from spaces.errors import Refused


@pytest.mark.parametrize("value", [10**400, -(10**400), float("inf"), float("nan"), True, "1"])
def test_a_slider_takes_numbers_of_its_range_alone(value: Any) -> None:
    with gr.Blocks() as page:
        slider = gr.Slider(0, 2, label="Strength")
        gr.Button().click(lambda it: it, slider)
    (function,) = page.fns.values()
    require_fitting(function, [2])
    with pytest.raises(Refused, match=r"must be a number from 0 to 2, got .{1,60}; send"):
        require_fitting(function, [value])
