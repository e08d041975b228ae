"""What a picture can be asked for with: each option's name, bounds, words and default, once.

The page's field, the API's parameter, the core's request and what a finished picture puts back into
the page are all made from an option.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import FormComponent

from inference.controls.annotators import ANNOTATORS
from inference.errors import InvalidRequest, shown
from inference.request import MAX_IMAGES, MAX_STEPS, EngineInfo
from spaces.demo.config import DemoConfig

AUTOMATIC = "automatic"
YES, NO = "yes", "no"
COLOUR_SCALE = "colour_scale"
"""The strength of a second ControlNet, so no field of the request has its name."""
MOST_STEPS = 100
"""On the page, whose sliders end where pictures stop changing; the API takes the core's bounds."""
MOST_GUIDANCE = 15
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


OPTIONS: Mapping[str, Option] = {
    option.name: option
    for option in (
        Text(
            name="negative_prompt",
            label="Leave out",
            tip="negative_prompt",
            words="What should not be in it",
            default=lambda _: "",
        ),
        Whole(
            name="seed",
            label="Seed",
            tip="The same seed and settings give the same picture",
            words="Seed, a whole number from 0",
            default=lambda _: 0,
        ),
        Scale(
            name="num_images",
            label="Pictures",
            tip="num_images",
            words="Number of pictures",
            low=1,
            high=MAX_IMAGES,
            step=1,
            default=lambda _: 1,
            is_of_picture=False,
        ),
        Scale(
            name="steps",
            label="Steps",
            tip="steps",
            words="Steps",
            low=1,
            high=MAX_STEPS,
            shown_high=MOST_STEPS,
            step=1,
            default=lambda info: info.defaults.steps,
        ),
        SamplerName(
            name="sampler",
            label="Sampler",
            tip="sampler",
            words="Sampler",
            default=lambda info: info.defaults.sampler,
        ),
        Scale(
            name="guidance_scale",
            label="How closely to follow the words",
            tip="guidance_scale, off at 1 and below",
            words="How closely to follow the words (1 and less is off, as few-step models want it)",
            low=0,
            high=30,
            shown_high=MOST_GUIDANCE,
            step=0.1,
            default=lambda info: info.defaults.guidance_scale,
        ),
        Scale(
            name="control_scale",
            label="Strength of the drawing",
            tip="controlnet_conditioning_scale",
            words="Strength of the control map",
            low=0,
            high=2,
            step=0.05,
            default=lambda _: 1.0,
            of_control="scale",
        ),
        Scale(
            name="control_start",
            label="It acts from",
            tip="control_guidance_start",
            words="Where in the steps the control map begins to act",
            low=0,
            high=1,
            step=0.05,
            default=lambda _: 0.0,
            of_control="start",
        ),
        Scale(
            name="control_end",
            label="It acts until",
            tip="control_guidance_end",
            words="Where it ends",
            low=0,
            high=1,
            step=0.05,
            default=lambda _: 1.0,
            of_control="end",
        ),
        Named(
            name="annotator",
            words="How the picture is read",
            choices=lambda _: tuple(ANNOTATORS),
            default=lambda _: AUTOMATIC,
            is_of_picture=False,
        ),
        OwnOr(
            name="karras",
            label="More steps for the details",
            tip="use_karras_sigmas, Karras spacing",
            words="Karras spacing of the steps",
            called="karras spacing",
            default=lambda _: AUTOMATIC,
        ),
        OwnOr(
            name="zero_snr",
            label="Start from pure noise",
            tip="rescale_betas_zero_snr",
            words="Noise levels rescaled to end in pure noise (zero terminal SNR)",
            called="zero terminal SNR",
            default=lambda _: AUTOMATIC,
        ),
        Named(
            name="control",
            words="Which ControlNet the map leads",
            choices=lambda info: info.controls,
            default=lambda _: AUTOMATIC,
            is_of_picture=False,
        ),
        ColourScale(
            name=COLOUR_SCALE,
            label="Strength of its colours",
            tip="scale of the colours' ControlNet",
            words="Strength of the picture's colours",
            low=0,
            high=2,
            step=0.05,
            default=lambda _: 0.0,
        ),
    )
}
"""By name, in the order in which the API takes them."""
