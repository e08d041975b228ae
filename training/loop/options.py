"""Command-line options that all training stages share."""

import argparse
import inspect
from pathlib import Path
from typing import Any


def whole_numbers(text: str) -> tuple[int, ...]:
    """The type of an option such as `--widths 24,48,96,128`."""
    return tuple(int(part) for part in text.split(","))


def named_folder(text: str) -> tuple[str, Path]:
    """The type of an option such as `--beside canny=runs/canny/model`."""
    name, _, folder = text.partition("=")
    if not (name and folder):
        raise argparse.ArgumentTypeError(f"must be NAME=FOLDER, got {text!r}")
    return name, Path(folder)


def named_number(text: str) -> tuple[str, float]:
    """The type of an option such as `--strength canny=1.5`."""
    name, _, number = text.partition("=")
    try:
        return name, float(number)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be NAME=NUMBER, got {text!r}") from None


class _ByName(argparse.Action):
    """Collects the NAME=VALUE pairs of an option that is given several times into one dict."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        name, value = values
        setattr(namespace, self.dest, {**getattr(namespace, self.dest), name: value})


def _add_by_name(parser: argparse.ArgumentParser, option: str, **how: Any) -> None:
    """An option that may be given several times, each for another name."""
    parser.add_argument(option, action=_ByName, default={}, **how)


def add_controlnets(parser: argparse.ArgumentParser) -> None:
    """The option `--controlnet canny=FOLDER`, as often as wanted; `controlnets` has them all."""
    said = "a ControlNet's model folder, and what it is called (may be repeated)"
    how = {"dest": "controlnets", "type": named_folder, "metavar": "NAME=FOLDER"}
    _add_by_name(parser, "--controlnet", help=said, **how)


def add_strengths(parser: argparse.ArgumentParser) -> None:
    """The option `--strength canny=2.5`, as often as wanted; `strengths` has them all."""
    said = "how much more strongly a ControlNet is to act at scale 1 (training.evaluation.strength)"
    how = {"dest": "strengths", "type": named_number, "metavar": "NAME=FACTOR"}
    _add_by_name(parser, "--strength", help=said, **how)


def stage_parser(stage: str, config: type[Any]) -> argparse.ArgumentParser:
    """A parser for a stage's `Config`, whose docstring is the help and whose defaults hold."""
    parser = argparse.ArgumentParser(
        prog=f"python -m training.embedded.{stage}",
        description=inspect.getdoc(config),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, required=True, help="image folder")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--steps", type=int, default=config.steps, help="stop after so many")
    parser.add_argument(
        "--minutes", type=float, default=config.minutes, help="stop after so many in all"
    )
    parser.add_argument("--batch-size", type=int, default=config.batch_size)
    parser.add_argument("--learning-rate", type=float, default=config.learning_rate)
    parser.add_argument("--seed", type=int, default=config.seed)
    return parser
