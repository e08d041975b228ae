"""Every import is pinned, in the block of requirements.txt where it belongs, and explained."""

import ast
import re
import sys
from importlib.metadata import distributions, packages_distributions, requires
from itertools import takewhile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.pins import FILE, REST, for_serving, normal, pinned

ROOT = Path(__file__).parents[1]
SERVING = ("gallery", "inference", "spaces")
OURS = {*SERVING, "training", "tests"}
DIRECT = [
    "Serving: the gallery, the demos, the command line",
    "Training, and the learned annotators",
    "The engine's service, as options: traces, replicas",
]
FOR_TESTS = "Tests and checks"
ELSEWHERE = ("make_choix.py", "make_numpyro.py")
"""Made golden files once, in environments of their own, as each says on top."""
NAMESPACES = {"opentelemetry": "opentelemetry-sdk"}
"""Modules that several packages put theirs into, each with the one that we name."""
OPTIONS = {
    "controlnet-aux": "inference/controls/",
    "opentelemetry-sdk": "inference/serving/",
    "ray": "inference/serving/replicas/",
}
"""What is not there for serving, and imported when somebody asks for it; and where."""


def imported(*folders: str) -> dict[str, str]:
    """The packages that our files import, each with one file that does."""
    packages = packages_distributions()
    found = {}
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        if path.name in ELSEWHERE:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            modules = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules = [node.module]
            for module in (each.split(".")[0] for each in modules):
                if module not in sys.stdlib_module_names and module not in OURS:
                    name = NAMESPACES.get(module) or packages.get(module, [module])[0]
                    found[normal(name)] = str(path.relative_to(ROOT))
    return found


def explained() -> set[str]:
    """The packages in the README's table."""
    table = (ROOT / "README.md").read_text().partition("| package | for |\n|---|---|\n")[2]
    rows = takewhile(lambda line: line.startswith("|"), table.splitlines())
    return {normal(name) for row in rows for name in row.split("|")[1].strip().split(", ")}


def needs(name: str, extras: frozenset[str]) -> set[tuple[str, frozenset[str]]]:
    """The packages that an installed one wants here, each with the extras that it wants of it."""
    return {
        (normal(need.name), frozenset(need.extras))
        for need in map(Requirement, requires(name) or ())
        if need.marker is None
        or any(need.marker.evaluate({"extra": extra}) for extra in ("", *extras))
    }


@pytest.mark.parametrize(
    ("folders", "blocks"),
    [(SERVING, DIRECT[:1]), (["training"], DIRECT), (["tests"], [*DIRECT, FOR_TESTS])],
    ids=["serving", "training", "tests"],
)
def test_what_is_imported_is_pinned_where_it_belongs(folders: list[str], blocks: list[str]) -> None:
    wanted = imported(*folders)
    missing = {name: wanted[name] for name in wanted.keys() - pinned(*blocks)}
    assert missing.keys() == (OPTIONS.keys() if folders is SERVING else set())
    for name, file in missing.items():
        assert file.startswith(OPTIONS[name])


def test_what_serving_needs_in_turn_is_pinned_with_it() -> None:
    pins = for_serving()
    found = {normal(each.name) for each in distributions()}
    waiting = [(name, frozenset[str]()) for name in pins & found]
    seen = set(waiting)
    while waiting:
        name, extras = waiting.pop()
        more = needs(name, extras) - seen
        assert {each for each, _ in more} <= pins, name
        seen |= more
        waiting += more


def test_serving_brings_no_torch_and_nothing_that_only_tests_need() -> None:
    assert not for_serving() & {"torch", "torchvision", "controlnet-aux", "diffusers", "playwright"}
    assert not for_serving() & pinned(FOR_TESTS)


def test_the_makefile_knows_where_the_rest_begins() -> None:
    assert f"/^{REST}$$/" in (ROOT / "Makefile").read_text()


def test_the_guides_install_the_versions_that_are_pinned() -> None:
    pins = {
        normal(name): version
        for name, version in re.findall(r"^([\w.-]+)\S*==(\S+)", FILE.read_text(), re.MULTILINE)
    }
    told = [
        (normal(name), version)
        for guide in (ROOT / "docs").glob("*.md")
        for name, version in re.findall(r"([\w.-]+)(?:\[\w+\])?['\"]?==([\d.]+)", guide.read_text())
    ]
    assert [(name, version) for name, version in told if pins.get(name, version) != version] == []


def test_the_readme_says_of_every_package_why_it_is_here() -> None:
    assert explained() == pinned(*DIRECT, FOR_TESTS)
