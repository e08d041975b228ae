"""What knows what: the floors of all four packages, from the ground up.

A module knows what lies on lower floors, and its own package; those of one floor know nothing of
each other. There are no exceptions, so there is no circle among packages either.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = (
    "inference.errors inference.disk_cache",
    "inference.program_cache",
    "inference.devices",
    "inference.decoding inference.described inference.models inference.sampling",
    "inference.tokenizer",
    "inference.checkpoints inference.images",
    "inference.fields inference.masks",
    "inference.controls inference.kept inference.request",
    "inference.engine inference.job inference.png",
    "inference.batch inference.intake",
    "inference.networks inference.safety inference.upscaling",
    "inference.controlnets",
    "inference.preparation",
    "inference.slots",
    "inference.model",
    "inference.pipeline",
    "inference.serving",
    "inference.commands",
    "inference.cli",
    "inference.__main__",
    "spaces.errors spaces.look",
    "spaces.door spaces.hub",
    "spaces.checks",
    "spaces.demo",
    "spaces.commands spaces.host",
    "spaces.__main__",
    "gallery.errors gallery.folding gallery.names gallery.private gallery.spreadsheets",
    "gallery.event gallery.refusals gallery.settings",
    "gallery.actor gallery.fetching gallery.secret",
    "gallery.database",
    "gallery.act gallery.gallery",
    "gallery.backups gallery.people gallery.sources",
    "gallery.teams",
    "gallery.submissions",
    "gallery.judging",
    "gallery.browsing gallery.organising",
    "gallery.watcher",
    "gallery.services gallery.web",
    "gallery.pages gallery.api",
    "gallery.app",
    "gallery.serving",
    "gallery.practice",
    "gallery.cli",
    "gallery.__main__",
    "training.errors",
    "training.hub",
    "training.data training.loop training.pairs",
    "training.evaluation",
    "training.export",
    "training.enlarging",
    "training.evaluate training.prepare training.train_base training.train_controlnet "
    "training.train_upscaler",
    "training.embedded",
)
"""Each name is a package, or a module directly in one of the four."""
HEIGHT = {name: height for height, floor in enumerate(FLOORS) for name in floor.split()}
PACKAGES = ("inference", "spaces", "gallery", "training")


def modules() -> Iterator[Path]:
    for package in PACKAGES:
        yield from (ROOT / package).rglob("*.py")


def room_of(module: str) -> str:
    """The name by which a module stands in `FLOORS`."""
    return ".".join(module.split(".")[:2])


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def is_module(name: str) -> bool:
    path = ROOT / Path(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").exists()


def known(source: str) -> set[str]:
    """Our modules that a source imports, also those that it imports late or for types alone."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.module, "modules are imported by their whole name"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add(whole if is_module(whole) else node.module)
    return {name for name in found if name.split(".")[0] in PACKAGES}


def upward(module: str, source: str) -> set[str]:
    """What a module imports and must not know; a package's own `__init__` knows nothing of ours."""
    room = room_of(module)
    others = {name for name in known(source) if room_of(name) != room and "." in name}
    return {name for name in others if HEIGHT[room_of(name)] >= HEIGHT.get(room, -1)}


def test_every_module_has_its_floor_and_every_floor_its_modules() -> None:
    rooms = {room_of(name_of(path)) for path in modules()} - set(PACKAGES)
    assert rooms == set(HEIGHT)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_module_knows_what_lies_below_it_alone(package: str) -> None:
    found = {
        name: above
        for path in (ROOT / package).rglob("*.py")
        if (above := upward(name := name_of(path), path.read_text("utf-8")))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("gallery.database.log", "from gallery.people.accounts import locked"),
        ("gallery.gallery", "from gallery.browsing.listing import Listing"),
        ("gallery.teams.teams", "from gallery.submissions import index"),
        ("gallery.web.render", "import gallery.pages.front"),
        ("gallery.api.router", "from gallery.pages import teams"),
        ("gallery.submissions.log", "def late():\n    from gallery.organising import moderation"),
        ("spaces.door.files", "from spaces.demo.page import build_demo"),
        ("spaces.hub.client", "from gallery.errors import GalleryError"),
        ("inference.request", "from inference.pipeline import Pipeline"),
        ("inference.errors", "import inference.devices"),
        ("training.loop.run", "from training.embedded.train_base import train"),
        ("training.data.maps", "from training.evaluation.wishes import Wish"),
    ],
)
def test_an_import_in_the_wrong_direction_is_seen(module: str, line: str) -> None:
    assert len(upward(module, line)) == 1
