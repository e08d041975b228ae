"""Listings for tests: entries as one writes them, and the file that they make."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tomlkit

from spaces.demo.examples import Scene


def demo(*, examples: Sequence[Scene] = (), **more: Any) -> dict[str, Any]:
    """One team's entry, which fits."""
    told = {
        "team": "The sail makers",
        "title": "A demo",
        "description": "It paints.",
        "controlnets": {"canny": "embedded"},
        **more,
    }
    if examples:
        told["examples"] = [
            {
                "picture": scene.picture.name,
                "result": scene.result.name,
                "prompt": scene.prompt,
                "seed": scene.seed,
                "origin": scene.origin,
            }
            for scene in examples
        ]
    return told


def written(folder: Path, demos: Mapping[str, Mapping[str, Any]], **more: Any) -> Path:
    """A file that lists them, with the pictures of the shipped scenes beside it."""
    told = {"title": "All demos", "description": "They paint.", **more, "demos": demos}
    for entry in demos.values():
        for example in entry.get("examples", ()) if isinstance(entry, Mapping) else ():
            for name in (example["picture"], example["result"]):
                shipped = Path(__file__).parents[3] / "spaces" / "demo" / "examples" / name
                shutil.copyfile(shipped, folder / name)
    file = folder / "spaces.toml"
    file.write_text(tomlkit.dumps(told), "utf-8")
    return file
