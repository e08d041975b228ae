"""How the texts of a command line become values."""

import argparse
from typing import Any

from inference.commands.control_options import pair


def number(text: str) -> Any:
    """A number where the text is one; else the text, for the request to refuse in its words."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def controlnets(options: argparse.Namespace) -> dict[str, str]:
    """Source by name. Raises InvalidRequest."""
    return dict(pair(text, "--controlnet") for text in options.controlnet)
