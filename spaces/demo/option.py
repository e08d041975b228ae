"""What an option is: its name, bounds, words and default; kinds of them, as the page and programs
are asked for each."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import FormComponent

from inference.controls.setting import Setting
from inference.errors import InvalidRequest, shown
from inference.request import EngineInfo
from spaces.demo.config import DemoConfig

AUTOMATIC = "automatic"
YES, NO = "yes", "no"
Default = Callable[[EngineInfo], Any]


@dataclass(frozen=True, kw_only=True)
class Option(ABC):
    """`words` are what the API says of it.

    An option becomes the request's field of its name, or the first ControlNet's field `of_control`,
    or it says how the picture is read (`requests.make_request`).
    `is_of_picture` says whether a picture that was made with it puts it back into the page.
    """

    name: str
    words: str
    default: Default
    of_control: str | None = None
    is_of_picture: bool = True

    def is_offered(self, config: DemoConfig) -> bool:
        """Whether the API has it: the page hides what a Space has no use for, and keeps it."""
        return True

    @abstractmethod
    def api_field(self, info: EngineInfo) -> FormComponent: ...

    def read(self, value: Any) -> Any:
        """What the request is given for it."""
        return value

    def recalled(self, value: Any) -> Any:
        """What the page's field is given for what a request had, None for nothing.

        It may be a stranger's: whether the field takes it is checked when it is put back.
        """
        return value


@dataclass(frozen=True, kw_only=True)
class OnPage(Option):
    """One with a field of its own on the page: `label` are its words, `tip` the technical name."""

    label: str
    tip: str

    @abstractmethod
    def page_field(self, info: EngineInfo) -> FormComponent: ...


class Text(OnPage):
    def page_field(self, info: EngineInfo) -> FormComponent:
        return gr.Textbox(label=self.label, info=self.tip, placeholder=self.words)

    def api_field(self, info: EngineInfo) -> FormComponent:
        return gr.Textbox(self.default(info), label=self.words)

    def read(self, value: Any) -> Any:
        return value or ""


class Whole(OnPage):
    def page_field(self, info: EngineInfo) -> FormComponent:
        return gr.Number(self.default(info), label=self.label, info=self.tip)

    def api_field(self, info: EngineInfo) -> FormComponent:
        return gr.Number(self.default(info), label=self.words)


@dataclass(frozen=True, kw_only=True)
class Scale(OnPage):
    """`low` to `high`; the page's slider ends at `shown_high`, where that is less."""

    low: float
    high: float
    step: float
    shown_high: float | None = None

    def page_field(self, info: EngineInfo) -> FormComponent:
        high = self.high if self.shown_high is None else self.shown_high
        place = {"step": self.step, "label": self.label, "info": self.tip}
        return gr.Slider(self.low, high, self.default(info), **place, buttons=[])

    def api_field(self, info: EngineInfo) -> FormComponent:
        label = f"{self.words}, {self.low:g} to {self.high:g}"
        return gr.Number(self.default(info), label=label)


class ColourScale(Scale):
    """The second ControlNet's, in Spaces that have one for colours."""

    def is_offered(self, config: DemoConfig) -> bool:
        return config.colours is not None


@dataclass(frozen=True, kw_only=True)
class MapSetting(Scale):
    """A number that some annotators read a picture with: `of_map` is their name for it.

    Its bounds are theirs. It is seen on the page while a map is shown that it changes.
    """

    of_map: str

    @classmethod
    def of(
        cls,
        setting: Setting,
        *,
        name: str,
        label: str,
        tip: str,
        words: str,
        default: Default | None = None,
    ) -> "MapSetting":
        return cls(
            name=name,
            label=label,
            tip=tip,
            words=words,
            of_map=setting.name,
            low=setting.low,
            high=setting.high,
            step=setting.step,
            default=default or always(setting.default),
        )

    def is_offered(self, config: DemoConfig) -> bool:
        return config.control is not None


class SamplerName(OnPage):
    def page_field(self, info: EngineInfo) -> FormComponent:
        choices = [(label, name) for name, label in info.samplers.items()]
        return gr.Dropdown(choices, value=self.default(info), label=self.label, info=self.tip)

    def api_field(self, info: EngineInfo) -> FormComponent:
        return gr.Textbox(self.default(info), label=f"{self.words}: {', '.join(info.samplers)}")

    def read(self, value: Any) -> Any:
        return value or None


@dataclass(frozen=True, kw_only=True)
class Named(Option):
    """One of some names, or automatic. The page has one field for both, `requests.readings`."""

    choices: Callable[[EngineInfo], tuple[str, ...]]

    def api_field(self, info: EngineInfo) -> FormComponent:
        choices = ", ".join((AUTOMATIC, *self.choices(info)))
        return gr.Textbox(self.default(info), label=f"{self.words}: {choices}")


@dataclass(frozen=True, kw_only=True)
class OwnOr(OnPage):
    """What a model settles for itself unless somebody wants it otherwise; `called` by the core."""

    called: str

    def page_field(self, info: EngineInfo) -> FormComponent:
        choices = [("As the model does", AUTOMATIC), ("Yes", YES), ("No", NO)]
        return gr.Dropdown(choices, value=self.default(info), label=self.label, info=self.tip)

    def api_field(self, info: EngineInfo) -> FormComponent:
        words = f"{self.words}: {YES}, {NO}, or {AUTOMATIC}: as the model does"
        return gr.Textbox(self.default(info), label=words)

    def read(self, value: Any) -> bool | None:
        answers = {AUTOMATIC: None, YES: True, NO: False, None: None, "": None}
        if value not in answers:
            raise InvalidRequest(
                f"{self.called} must be {AUTOMATIC}, {YES} or {NO}, got {shown(value)}; "
                "choose one of them",
                field=self.called,
            )
        return answers[value]

    def recalled(self, value: Any) -> str | None:
        return (YES if value else NO) if isinstance(value, bool) else None


class Enlargement(OnPage):
    """On the page where the model has an upscaler; in the API everywhere, with what can be had."""

    def page_field(self, info: EngineInfo) -> FormComponent:
        width, height = info.size
        choices = [(f"{times * width} × {times * height}", times) for times in info.upscales]
        return gr.Dropdown(
            choices,
            value=self.default(info),
            label=self.label,
            info=self.tip,
            visible=len(choices) > 1,
        )

    def api_field(self, info: EngineInfo) -> FormComponent:
        choices = ", ".join(map(str, info.upscales))
        return gr.Number(self.default(info), label=f"{self.words}: {choices}")


def always(value: Any) -> Default:
    """A default that no model changes."""
    return lambda _: value
