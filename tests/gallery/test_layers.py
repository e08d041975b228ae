"""What knows what within the gallery: arrows point down, and the exceptions are named here."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "gallery"
LAYERS = (
    ("event",),
    ("database",),
    ("people", "sources", "backups"),
    ("submissions",),
    ("watcher",),
    ("admin", "pages"),
    ("api", "small_hub"),
    ("practice",),
)
"""From the bottom up; those of one layer know nothing of each other."""
EXCEPTIONS = {
    ("database", "people"),  # the log says who did it
    ("people", "submissions"),  # a team's name is searched, and a profile shows what one may see
}


def known(package: str) -> set[str]:
    """The gallery's packages that this one imports."""
    found = set()
    for path in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                name = node.module.removeprefix("gallery.").partition(".")[0]
                if node.module.startswith("gallery.") and (ROOT / name).is_dir():
                    found.add(name)
    return found - {package}


def test_every_package_has_its_layer() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages == {package for layer in LAYERS for package in layer}


@pytest.mark.parametrize("package", [package for layer in LAYERS for package in layer])
def test_a_package_knows_those_below_it_alone(package: str) -> None:
    height = {name: i for i, layer in enumerate(LAYERS) for name in layer}
    upward = {name for name in known(package) if height[name] >= height[package]}
    assert {(package, name) for name in upward} <= EXCEPTIONS


def test_no_exception_is_left_that_nobody_needs() -> None:
    assert all(known(package) >= {other} for package, other in EXCEPTIONS)
