"""The lines that a training ends with are ones that the commands take."""

import shlex
from pathlib import Path

import pytest

from spaces.commands.cli import _parser
from training.export.next_lines import (
    after_controlnet,
    after_fine_tune,
    after_push_of_controlnet,
    after_push_of_fine_tune,
)
from training.loop.settings import read_settings
from training.train_base import Config as BaseConfig
from training.train_controlnet import Config

MODEL = Path("runs/my birds/model")


def line(said: str, label: str) -> list[str]:
    """The words of the line behind `label`."""
    (found,) = (row for row in said.splitlines() if row.strip().startswith(label))
    return shlex.split(found.partition(f"{label}  ")[2])


@pytest.mark.parametrize(
    ("base", "license"), [("embedded", "apache-2.0"), ("owner/sd", "creativeml-openrail-m")]
)
def test_what_was_trained_is_tried_and_published_by_the_lines_told(base: str, license: str) -> None:
    argv = ["--base", base, "--data", "pairs", "--out", "runs/my birds"]
    said = after_controlnet(MODEL, base, "canny", argv)
    shown = line(said, "try it:")
    assert shown[:3] == ["python", "-m", "spaces"]
    assert shown[3:] == ["--model", base, "--controlnet", "canny=runs/my birds/model"]
    push = line(said, "publish it:")
    assert push[:3] == ["python", "-m", "training.train_controlnet"]
    config = read_settings(Config, "x", push[3:])
    assert (config.out, config.push) == (MODEL.parent, "you/my birds-canny")
    assert config.license == license


def test_what_was_published_becomes_a_space_by_the_line_told() -> None:
    said = after_push_of_controlnet(
        MODEL, "ada-l/birds-canny", "https://hub.example/ada-l/birds-canny", "canny"
    )
    new = line(said, "a demo of it:")
    assert new[:3] == ["python", "-m", "spaces"]
    options = _parser().parse_args(new[3:])
    assert (options.name, options.owner) == ("birds", "ada-l")
    assert options.checkpoint == MODEL
    assert options.controlnet == ["canny=ada-l/birds-canny"]


def test_the_same_holds_for_a_fine_tuned_model() -> None:
    argv = ["--base", "owner/sd", "--data", "pictures", "--out", "runs/my birds"]
    said = after_fine_tune(MODEL, "owner/sd", argv)
    assert line(said, "try it:") == ["python", "-m", "spaces", "--model", str(MODEL)]
    push = line(said, "publish it:")
    assert push[:3] == ["python", "-m", "training.train_base"]
    assert read_settings(BaseConfig, "x", push[3:]).push == "you/my birds"

    said = after_push_of_fine_tune(MODEL, "ada-l/birds", "https://hub.example/ada-l/birds")
    options = _parser().parse_args(line(said, "a demo of it:")[3:])
    assert (options.name, options.owner, options.base) == ("birds", "ada-l", "ada-l/birds")
    assert (options.checkpoint, options.controlnet) == (MODEL, [])
