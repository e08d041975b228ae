"""From what a page or a picture remembers back to the page's fields.

What is remembered may be old, another demo's, or a stranger's: a value that a field would not take
is left out, and the field stays as it is.
"""

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import gradio as gr

from inference.request import MAX_PROMPT, MAX_SEED
from spaces.config import DemoConfig
from spaces.settings import Settings

PROMPT = "prompt"
OTHER_MODEL = "This picture was made with another model. Here it may come out differently."


class Recall:
    """Fills the fields of one page."""

    def __init__(self, config: DemoConfig, settings: Settings, *, model: str) -> None:
        self._config = config
        self._settings = settings
        self._model = model
        self._names = (PROMPT, *(field.name for field in fields(settings)))

    def __call__(self, event: gr.EventData) -> tuple[Any, ...]:
        """Values for the prompt and the settings, from the event's `fields` or `parameters`.

        `fields` are the page's own by name, `parameters` what a PNG carries.
        """
        parameters = event._data.get("parameters")
        if not isinstance(parameters, Mapping):
            return self._updates(event._data.get("fields"))
        remembered = self.of_parameters(parameters)
        updates = self._updates(remembered)
        left = [
            self._label(name)
            for name, update in zip(self._names, updates, strict=True)
            if name in remembered and not self._fits(name, remembered[name])
        ]
        if left:
            gr.Info(f"Left as they are, because this page cannot do the same: {', '.join(left)}.")
        if parameters.get("model") not in (None, self._model):
            gr.Info(OTHER_MODEL)
        return updates

    def of_parameters(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The fields that a PNG's parameters speak of."""
        known = {
            name: parameters[name]
            for name in (PROMPT, "negative_prompt", "seed", "steps", "sampler", "guidance_scale")
            if name in parameters
        }
        controls = parameters.get("controls")
        for control in controls[:8] if isinstance(controls, list) else ():
            if not isinstance(control, Mapping) or control.get("name") is None:
                continue
            if control["name"] == self._config.control:
                known["control_scale"] = control.get("scale", 1.0)
                known["control_start"] = control.get("start", 0.0)
                known["control_end"] = control.get("end", 1.0)
            elif control["name"] == self._config.colours:
                known["colour_scale"] = control.get("scale", 1.0)
        if self._config.colours is not None:
            known.setdefault("colour_scale", 0.0)
        return known

    def _updates(self, remembered: Any) -> tuple[Any, ...]:
        if not isinstance(remembered, Mapping):
            return (gr.skip(),) * len(self._names)
        return tuple(
            self._value(name, remembered[name])
            if name in remembered and self._fits(name, remembered[name])
            else gr.skip()
            for name in self._names
        )

    def _fits(self, name: str, value: Any) -> bool:
        field = self._field(name)
        if field is None or isinstance(field, gr.Textbox):
            return isinstance(value, str) and len(value) <= MAX_PROMPT
        if isinstance(field, gr.Checkbox):
            return isinstance(value, bool)
        if isinstance(field, gr.Dropdown):
            return any(value in choice for choice in field.choices)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        if isinstance(field, gr.Slider):
            return field.minimum <= value <= field.maximum  # pyright: ignore[reportOptionalOperand]
        return math.isfinite(value) and value == int(value) and 0 <= value <= MAX_SEED

    def _value(self, name: str, value: Any) -> Any:
        """A choice's name, which may be remembered by the words that a person reads."""
        field = self._field(name)
        if isinstance(field, gr.Dropdown):
            return next(choice[1] for choice in field.choices if value in choice)
        return value

    def _field(self, name: str) -> Any:
        return None if name == PROMPT else getattr(self._settings, name)

    def _label(self, name: str) -> str:
        return "Prompt" if name == PROMPT else self._field(name).label
