"""Every import is pinned, in the block of requirements.txt where it belongs, and explained."""

import ast
import re
import sys
from importlib.metadata import packages_distributions
from itertools import takewhile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PRODUCT = ("gallery", "inference", "spaces", "training")
OURS = {*PRODUCT, "tests"}


def normal(name: str) -> str:
    """As package indexes compare names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(*blocks: str) -> set[str]:
    """The packages below the comments that begin so."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    starts = [next(at for at, line in enumerate(lines) if line == f"# {each}") for each in blocks]
    return {
        normal(line.split("==")[0])
        for start in starts
        for line in takewhile(str.strip, lines[start + 1 :])
    }


def imported(*folders: str) -> dict[str, str]:
    """The packages that our files import, each with one file that does."""
    distributions = packages_distributions()
    found = {}
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            modules = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules = [node.module]
            for module in (each.split(".")[0] for each in modules):
                if module not in sys.stdlib_module_names and module not in OURS:
                    name = distributions.get(module, [module])[0]
                    found[normal(name)] = str(path.relative_to(ROOT))
    return found


def explained() -> set[str]:
    """The packages in the README's table."""
    table = (ROOT / "README.md").read_text().partition("| package | for |\n|---|---|\n")[2]
    rows = takewhile(lambda line: line.startswith("|"), table.splitlines())
    return {normal(name) for row in rows for name in row.split("|")[1].strip().split(", ")}


@pytest.mark.parametrize(
    ("folders", "blocks"),
    [(PRODUCT, ["The product"]), (["tests"], ["The product", "Its tests and checks"])],
    ids=["product", "tests"],
)
def test_what_is_imported_is_pinned_where_it_belongs(folders: list[str], blocks: list[str]) -> None:
    wanted = imported(*folders)
    assert {name: wanted[name] for name in wanted.keys() - pinned(*blocks)} == {}


def test_the_readme_says_of_every_package_why_it_is_here() -> None:
    assert explained() == pinned("The product", "Its tests and checks")
