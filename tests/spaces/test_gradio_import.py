"""Gradio is imported without writing stubs, and works as ever."""

import inspect
import subprocess
import sys

import pytest
from gradio import component_meta

from spaces import WRITER, WRITES

LOOK = f"""
import pathlib, sys
written, exists = [], pathlib.Path.exists
pathlib.Path.write_text = lambda path, *rest, **more: written.append(path.name)
pathlib.Path.exists = lambda path, **more: path.suffix != ".pyi" and exists(path, **more)
import spaces
import gradio
with gradio.Blocks() as page:
    gradio.Button().click(lambda: "pressed", outputs=gradio.Textbox())
assert len(page.fns) == 1
print(written, sys.modules[{WRITER!r}].{WRITES}.__module__)
"""


@pytest.mark.slow
def test_nothing_is_written_and_events_are_there() -> None:
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True)
    assert done.stdout.split() == ["[]", "spaces"], done.stderr


@pytest.mark.slow
def test_what_is_left_out_is_what_gradio_calls_for_each_component() -> None:
    assert f"{WRITES}(component_class" in inspect.getsource(component_meta.ComponentMeta)
