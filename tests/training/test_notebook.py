"""The notebook's cells, run one after the other on a CPU, at toy size."""

import json
import os
import re
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from tests.training.circles import tiny_base

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "docs" / "notebooks" / "controlnet.ipynb"
TOY = {
    "PICTURES": 24,
    "SIZE": 64,
    "STEPS": 2,
    "BATCH": 4,
}


def cells() -> list[tuple[set[str], str]]:
    """Tags and source of those with code."""
    every = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    return [
        (set(cell["metadata"].get("tags", ())), "".join(cell["source"]))
        for cell in every
        if cell["cell_type"] == "code"
    ]


def plain(source: str) -> str:
    """IPython's cell as Python: `!line` runs in a shell, with `{names}` filled in."""
    return re.sub(r"(?m)^(\s*)!(.+)$", lambda m: f"{m[1]}shell(f{m[2]!r})", source)


@pytest.fixture
def somewhere(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What a cell finds: a shell, and what IPython brings."""
    shown: list[str] = []

    def shell(line: str) -> None:
        line = re.sub(r"^python ", f"{sys.executable} ", line)
        subprocess.run(line, shell=True, check=True, cwd=ROOT, env=os.environ)

    display = types.SimpleNamespace(
        Image=lambda filename: filename, display=lambda picture: shown.append(picture)
    )
    monkeypatch.setitem(sys.modules, "IPython", types.ModuleType("IPython"))
    monkeypatch.setitem(sys.modules, "IPython.display", display)  # type: ignore[arg-type]
    monkeypatch.setenv("XDG_CACHE_HOME", str(ROOT / ".cache"))
    return {"shell": shell, "shown": shown}


@pytest.mark.slow
def test_all_cells_run_in_their_order(somewhere: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    toy = {**TOY, "BASE": str(tiny_base(tmp_path / "base"))}

    for tags, source in cells():
        if tags & {"kept", "install"}:
            somewhere["KEPT"] = tmp_path / "kept"
            continue
        exec(plain(source), somewhere)
        if "parameters" in tags:
            assert toy.keys() <= somewhere.keys(), "the notebook knows them all"
            somewhere.update(toy)
    log = (tmp_path / "kept" / "run" / "log.jsonl").read_text("utf-8")
    assert json.loads(log.splitlines()[-1])["step"] == 2
    assert [Path(name).parent.name for name in somewhere["shown"]] == ["sheets", "kept"]
    assert all(Path(name).is_file() for name in somewhere["shown"])
    assert (tmp_path / "kept" / "run" / "model" / "diffusion_pytorch_model.safetensors").is_file()


def test_what_it_installs_is_what_is_pinned() -> None:
    (install,) = (source for tags, source in cells() if "install" in tags)
    pinned = re.search(r"^jax==(\S+)$", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert pinned is not None
    wanted = f'"jax[tpu]=={pinned[1]}"'
    assert wanted in install
    assert wanted in (ROOT / "docs" / "tpu.md").read_text("utf-8")


def test_it_holds_no_output_of_somebodys_run() -> None:
    every = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in every)
