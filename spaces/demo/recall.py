"""From what a page or a picture remembers back to the page's fields.

What is remembered may be old, another demo's, or a stranger's: a value that a field would not take
is left out, and the field stays as it is.
"""

import secrets
from collections.abc import Mapping
from typing import Any

import gradio as gr
from gradio.components import Component

from inference.controls.annotators import settings_told
from inference.request import MAX_PROMPT, MAX_SEED, EngineInfo
from spaces.demo.beside import most_beside, of_parameters, remembered
from spaces.demo.config import DemoConfig
from spaces.demo.options import COLOUR_SCALE, OF_MAPS, OPTIONS
from spaces.demo.settings import BESIDE, PROMPT
from spaces.demo.values import Beside, BesideValue, Note

OTHER_MODEL = "This picture was made with another model. Here it may come out differently."


class Recall:
    """Fills the fields of one page."""

    def __init__(
        self, config: DemoConfig, settings: Mapping[str, Component], info: EngineInfo
    ) -> None:
        self._config = config
        self._settings = settings
        self._info = info
        self._most = most_beside(config, info)
        self.names = (PROMPT, *settings)

    def __call__(self, event: gr.EventData) -> tuple[Any, ...]:
        """What to note, the further controls, then values for the prompt and the settings.

        They come from the event's `fields`, which are the page's own by name, or from its
        `parameters`, which are what a PNG carries.
        """
        parameters = event._data.get("parameters")
        if not isinstance(parameters, Mapping):
            fields = event._data.get("fields")
            return gr.skip(), self._beside_of(fields), *self._updates(fields)
        remembered = self.of_parameters(parameters)
        updates = self._updates(remembered)
        left = [
            self._label(name)
            for name, update in zip(self.names, updates, strict=True)
            if name in remembered and not self._fits(name, remembered[name])
        ]
        notes = []
        if left:
            notes.append(
                f"Left as they are, because this page cannot do the same: {', '.join(left)}."
            )
        if parameters.get("model") not in (None, self._info.model):
            notes.append(OTHER_MODEL)
        note = Note(text=" ".join(notes), name=secrets.token_hex(8))
        return note, BesideValue(root=self.further_of(parameters)), *updates

    def filled(self, remembered: Mapping[str, Any]) -> dict[str, Any]:
        """The settings by name: those remembered that fit, the others as the page begins with."""
        return {
            name: self._value(name, remembered[name])
            if name in remembered and self._fits(name, remembered[name])
            else getattr(field, "value", None)
            for name, field in self._settings.items()
        }

    def of_parameters(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The fields that a PNG's parameters speak of."""
        known = {PROMPT: parameters[PROMPT]} if PROMPT in parameters else {}
        for name, option in OPTIONS.items():
            is_told = name in parameters and not option.of_control and name != COLOUR_SCALE
            if is_told and option.is_of_picture:
                known[name] = option.recalled(parameters[name])
        known = {name: value for name, value in known.items() if value is not None}
        controls = self._controls_of(parameters)
        for control in controls[:1]:
            for name, option in OPTIONS.items():
                if option.of_control:
                    known[name] = control.get(option.of_control, option.default(self._info))
            read = settings_told(control)
            for name, option in OF_MAPS.items():
                if option.of_map in read:
                    known[name] = read[option.of_map]
        if self._config.colours is not None:
            known[COLOUR_SCALE] = next(
                (
                    control.get("scale", 1.0)
                    for control in controls[1:]
                    if self._are_colours(control, controls[0])
                ),
                0.0,
            )
        return known

    def further_of(self, parameters: Mapping[str, Any]) -> list[Beside]:
        """The further controls that a PNG's parameters speak of, but for the picture's colours."""
        controls = self._controls_of(parameters)
        others = [one for one in controls[1:] if not self._are_colours(one, controls[0])]
        return of_parameters(others, self._info, self._most)

    def further(self, fields: Mapping[str, Any]) -> list[Beside]:
        """Those among a page's fields."""
        return remembered(fields.get(BESIDE), self._info, self._most)

    def _beside_of(self, fields: Any) -> Any:
        if not isinstance(fields, Mapping) or BESIDE not in fields:
            return gr.skip()
        return BesideValue(root=self.further(fields))

    def _are_colours(self, control: Mapping[str, Any], lead: Mapping[str, Any]) -> bool:
        """Whether the page's strength of colours makes it, which acts where the lead does."""
        acts = [(one.get("start", 0.0), one.get("end", 1.0)) for one in (control, lead)]
        return control["name"] == self._config.colours and acts[0] == acts[1]

    def _controls_of(self, parameters: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        told = parameters.get("controls")
        return [
            control
            for control in (told[:8] if isinstance(told, list) else ())
            if isinstance(control, Mapping) and control.get("name") in self._info.controls
        ]

    def _updates(self, remembered: Any) -> tuple[Any, ...]:
        if not isinstance(remembered, Mapping):
            return (gr.skip(),) * len(self.names)
        return tuple(
            self._value(name, remembered[name])
            if name in remembered and self._fits(name, remembered[name])
            else gr.skip()
            for name in self.names
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
        return 0 <= value <= MAX_SEED and value == int(value)

    def _value(self, name: str, value: Any) -> Any:
        """A choice's name, which may be remembered by the words that a person reads."""
        field = self._field(name)
        if isinstance(field, gr.Dropdown):
            return next(choice[1] for choice in field.choices if value in choice)
        return value

    def _field(self, name: str) -> Any:
        return None if name == PROMPT else self._settings[name]

    def _label(self, name: str) -> str:
        return "Prompt" if name == PROMPT else self._field(name).label
