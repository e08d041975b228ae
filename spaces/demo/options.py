"""What a picture can be asked for with: each option's name, bounds, words and default, once.

The page's field, the API's parameter, the core's request and what a finished picture puts back into
the page are all made from an option.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from inference.controls import annotators
from inference.controls.annotators import ANNOTATORS
from inference.request import MAX_IMAGES, MAX_STEPS
from spaces.demo.config import DemoConfig
from spaces.demo.option import (
    AUTOMATIC,
    ColourScale,
    Enlargement,
    MapSetting,
    Named,
    Option,
    OwnOr,
    SamplerName,
    Scale,
    Text,
    Whole,
    always,
)

STRENGTH = "strength"
COLOUR_SCALE = "colour_scale"
"""The strength of a second ControlNet, so no field of the request has its name."""
MOST_STEPS = 100
"""On the page, whose sliders end where pictures stop changing; the API takes the core's bounds."""
MOST_GUIDANCE = 15
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
        Enlargement(
            name="upscale",
            label="Size",
            tip="upscale, in pixels",
            words="How many times as wide and high as painted",
            default=lambda info: info.defaults.upscale,
        ),
        Scale(
            name=STRENGTH,
            label="How much changes",
            tip="strength",
            words="How much of the start picture changes",
            low=0,
            high=1,
            step=0.05,
            default=lambda _: 0.8,
        ),
        MapSetting.of(
            annotators.HIGH_THRESHOLD,
            name="high_threshold",
            label="Edges begin at",
            tip="high_threshold",
            words="The contrast at which canny's edges begin",
        ),
        MapSetting.of(
            annotators.LOW_THRESHOLD,
            name="low_threshold",
            label="Edges go on down to",
            tip="low_threshold",
            words="The contrast down to which canny's edges go on",
        ),
        MapSetting.of(
            annotators.CERTAINTY,
            name="line_value",
            label="Lines from this certainty",
            tip="thr_v",
            words="How certain straight lines must be",
        ),
        MapSetting.of(
            annotators.DISTANCE,
            name="line_distance",
            label="Lines from this length",
            tip="thr_d",
            words="How far apart the ends of straight lines must be",
        ),
        MapSetting.of(
            annotators.NEAR,
            name="near_cut",
            label="Leave out what is near",
            tip="thr_a",
            words="How much of what is near is left out of a finer depth, in percent",
        ),
        MapSetting.of(
            annotators.FAR,
            name="far_cut",
            label="Leave out what is far",
            tip="thr_b",
            words="How much of what is far is left out of a finer depth, in percent",
        ),
        MapSetting.of(
            annotators.BLUR,
            name="line_blur",
            label="Blur that lines stand out of",
            tip="guassian_sigma",
            words="The blur that line art without a network stands out of, in pixels",
        ),
        MapSetting.of(
            annotators.INK,
            name="line_ink",
            label="Lines from this contrast",
            tip="intensity_threshold",
            words="The contrast from which line art without a network has lines",
        ),
        MapSetting.of(
            annotators.RESOLUTION,
            name="map_resolution",
            label="Detail of the map",
            tip="detect_resolution",
            words="Pixels of the shorter side of what a learned annotator looks at",
            default=lambda info: min(max(annotators.SIDE, *info.size), annotators.RESOLUTION.high),
        ),
    )
}
"""By name, in the order in which the API takes them: settings of maps behind all else."""
OF_MAPS: Mapping[str, MapSetting] = {
    name: option for name, option in OPTIONS.items() if isinstance(option, MapSetting)
}


def settings_of_map(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of options as annotators call them."""
    return {one.of_map: values[name] for name, one in OF_MAPS.items() if name in values}


def changing(annotator: str) -> list[str]:
    """The options that change a map of this annotator."""
    known = {one.name for one in ANNOTATORS[annotator].settings}
    return [name for name, one in OF_MAPS.items() if one.of_map in known]


def options_of(config: DemoConfig) -> dict[str, Option]:
    """Those that a Space's API has, with its own defaults and bounds where it has some."""
    own = dict(config.defaults)
    offered: dict[str, Option] = {}
    for name, option in OPTIONS.items():
        if not option.is_offered(config):
            continue
        if name in own:
            option = replace(option, default=always(own[name]))
        if name == "num_images" and isinstance(option, Scale):
            option = replace(option, high=config.most_images)
        offered[name] = option
    return offered
