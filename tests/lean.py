"""Packages hidden from a process, as if they had never been installed."""

import sys
from collections.abc import Iterable
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.pins import for_serving, normal

HIDING = """
import sys
from importlib.machinery import PathFinder

HIDDEN = {hidden!r}


class Hiding(PathFinder):
    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        if fullname.partition(".")[0] in HIDDEN:
            return None
        return super().find_spec(fullname, path, target)


sys.meta_path[:] = [Hiding if finder is PathFinder else finder for finder in sys.meta_path]
"""


def without(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process does without a package until the test is over."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "controlnet_aux"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)


def hide_the_rest(folder: Path) -> set[str]:
    """Processes with `folder` on their PYTHONPATH have nothing but what serving needs.

    Their children too: Python imports a module of this name as it starts. Gives what is hidden.
    """
    return hide_all_but(for_serving(), folder)


def hide_all_but(kept: set[str], folder: Path) -> set[str]:
    """As `hide_the_rest`, for other packages, by their normal names."""
    hidden = {
        module
        for module, distributions in packages_distributions().items()
        if not kept & {normal(name) for name in distributions}
    }
    (folder / "sitecustomize.py").write_text(HIDING.format(hidden=hidden))
    return hidden


def with_their_needs(lines: Iterable[str]) -> set[str]:
    """The normal names of what these requirements install here, all that they need included."""
    found: set[str] = set()
    waiting = [(Requirement(line), "") for line in lines]
    while waiting:
        one, extra = waiting.pop()
        if one.marker is not None and not one.marker.evaluate({"extra": extra}):
            continue
        name = normal(one.name)
        for wanted in ("", *one.extras):
            if f"{name}[{wanted}]" not in found:
                found |= {name, f"{name}[{wanted}]"}
                waiting += [(Requirement(need), wanted) for need in requires(one.name) or ()]
    return found
