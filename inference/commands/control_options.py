"""Control options of the command line: pictures, maps, how they are read and act."""

import argparse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image

from inference.controls.annotators import annotate, annotator
from inference.controls.setting import read_settings
from inference.errors import InvalidRequest, shown
from inference.images import read_image
from inference.request import Control

ALL = ""
"""The name under which what is said of no control in particular is kept."""
PARTS = {"--control-scale": "scale", "--control-start": "start", "--control-end": "end"}


def add_control_options(group: Any) -> None:
    """Adds them to a group of an argument parser."""
    group.add_argument(
        "--control",
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="a picture from which the control map is made, for the ControlNet NAME; repeatable",
    )
    group.add_argument(
        "--control-map",
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="a picture that is the control map already; repeatable",
    )
    for option, field in PARTS.items():
        group.add_argument(
            option,
            action="append",
            default=[],
            metavar="[NAME=]X",
            help=f"{field} of all controls, or of NAME alone; repeatable",
        )
    group.add_argument(
        "--annotator",
        action="append",
        default=[],
        metavar="NAME=ANNOTATOR",
        help="what reads the picture of NAME, if not the annotator of that name; repeatable",
    )
    group.add_argument(
        "--annotator-setting",
        action="append",
        default=[],
        metavar="NAME.SETTING=X",
        help="a number that it reads with, such as canny.low=50; repeatable",
    )


@dataclass(frozen=True)
class ControlOptions:
    """What was asked for. `parts` are fields of `Control` by name, `ALL` for every one."""

    pictures: tuple[tuple[str, Image.Image], ...]
    maps: tuple[tuple[str, Image.Image], ...]
    parts: Mapping[str, Mapping[str, Any]]
    annotators: Mapping[str, str]
    settings: Mapping[str, Mapping[str, Any]]

    @classmethod
    def read(cls, options: argparse.Namespace, number: Callable[[str], Any]) -> "ControlOptions":
        """Raises InvalidRequest and InvalidImage; `number` reads a number, or leaves the text."""
        parts: dict[str, dict[str, Any]] = {}
        for option, field in PARTS.items():
            for text in getattr(options, f"control_{field}"):
                name, equals, value = text.rpartition("=")
                if equals and not name:
                    raise _no_pair(option, text)
                parts.setdefault(name, {})[field] = number(value)
        settings: dict[str, dict[str, Any]] = {}
        for text in options.annotator_setting:
            named, value = pair(text, "--annotator-setting")
            name, dot, setting = named.rpartition(".")
            if not (dot and name and setting):
                raise _no_pair("--annotator-setting", text)
            settings.setdefault(name, {})[setting] = number(value)
        read = cls(
            pictures=_pictures(options.control, "--control"),
            maps=_pictures(options.control_map, "--control-map"),
            parts=parts,
            annotators=dict(pair(text, "--annotator") for text in options.annotator),
            settings=settings,
        )
        read._require_known()
        return read

    @property
    def names(self) -> tuple[str, ...]:
        """Of the controls that have a picture or a map."""
        return tuple(name for name, _ in (*self.pictures, *self.maps))

    def part(self, name: str) -> dict[str, Any]:
        """What was said of this control, and of all."""
        return {**self.parts.get(ALL, {}), **self.parts.get(name, {})}

    def controls(self, size: tuple[int, int]) -> tuple[Control, ...]:
        """The controls with their maps at a size. Raises InvalidRequest and its kin."""
        drawn = []
        for name, image in self.pictures:
            reads, settings = self.annotators.get(name, name), self.settings.get(name, {})
            drawn.append(
                Control(
                    name=name,
                    map=annotate(reads, image, size, settings),
                    annotator=reads,
                    settings=settings,
                    **self.part(name),
                )
            )
        given = [Control(name=name, map=image, **self.part(name)) for name, image in self.maps]
        return (*drawn, *given)

    def _require_known(self) -> None:
        """Nothing is said of a picture that is not there, and settings are such. Before a model
        loads. Raises InvalidRequest."""
        pictures = [name for name, _ in self.pictures]
        for option, told in (
            ("--annotator", self.annotators),
            ("--annotator-setting", self.settings),
        ):
            for name in told:
                if name not in pictures:
                    raise InvalidRequest(
                        f"{option} must name a control that --control gives a picture, got "
                        f"{shown(name)}; add that picture",
                        field=option,
                    )
        for name in pictures:
            reads = self.annotators.get(name)
            if reads is not None or name in self.settings:
                reads = reads or name
                read_settings(annotator(reads).settings, self.settings.get(name, {}), of=reads)


def pair(text: str, option: str) -> tuple[str, str]:
    """NAME=VALUE in two. Raises InvalidRequest."""
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise _no_pair(option, text)
    return name, value


def _no_pair(option: str, text: str) -> InvalidRequest:
    examples = {
        "--annotator": "depth=depth_zoe",
        "--annotator-setting": "canny.low=50",
        **dict.fromkeys(PARTS, "canny=0.5"),
    }
    example = examples.get(option, "canny=photo.png")
    what = "NAME.SETTING=X" if option == "--annotator-setting" else "NAME=VALUE"
    return InvalidRequest(
        f"{option} must be {what}, got {text!r}; write for example {example}", field=option
    )


def _pictures(texts: Iterable[str], option: str) -> tuple[tuple[str, Image.Image], ...]:
    pairs = [pair(text, option) for text in texts]
    return tuple((name, read_image(path, field=option)) for name, path in pairs)
