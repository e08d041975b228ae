"""What benchmarks need beside the product's own environment, made on first use in `.cache/bench/`.

libtpu lies in a folder of its own, for where it is installed, plain JAX looks for a TPU first.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from inference.described import ALONE

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache" / "bench"

LIBTPU = "libtpu==0.0.42.1"  # what jax 0.10.2 asks for in its extra "tpu"
OLD = ("diffusers==0.39.0", "transformers==4.57.6")

FOR_TPU = {"JAX_PLATFORMS": "cpu", **ALONE}
"""Compile for a TPU where there is none, without asking anybody for one."""


def old_flax() -> Path:
    """The Python of an environment with the last diffusers that had Flax networks.

    Its JAX is ours, so that both are compiled by the same compiler; files of ours that run there
    have jaxtyping in their signatures.
    """
    requirements = (ROOT / "requirements.txt").read_text()
    same = re.findall(r"^(?:jax|jaxlib|jaxtyping|flax|numpy)==\S+", requirements, re.MULTILINE)
    folder = CACHE / "old-flax"
    python = folder / "bin" / "python"

    def install(packages: Sequence[str]) -> None:
        _run(sys.executable, "-m", "venv", "--clear", folder)
        _run(python, "-m", "pip", "install", *_QUIET, *packages)

    _once(folder, (*OLD, *same), install)
    return python


def libtpu() -> Path:
    """The folder that holds libtpu, for PYTHONPATH."""
    folder = CACHE / "libtpu"

    def install(packages: Sequence[str]) -> None:
        pip = (sys.executable, "-m", "pip", "install", *_QUIET)
        _run(*pip, "--no-deps", "--upgrade", "--target", folder, *packages)

    _once(folder, (LIBTPU,), install)
    return folder


def compile_for_tpu(python: Path, module: str, *arguments: str) -> Any:
    """What `python -m module`, run beside libtpu, prints as JSON."""
    paths = os.pathsep.join(map(str, (ROOT, libtpu())))
    done = subprocess.run(
        [python, "-m", module, *arguments],
        cwd=ROOT,
        env={**os.environ, **FOR_TPU, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ChildProcessError(f"python -m {module} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


_QUIET = ("--quiet", "--disable-pip-version-check")


def _once(
    folder: Path, packages: tuple[str, ...], install: Callable[[Sequence[str]], None]
) -> None:
    """Calls `install` unless it has already put these very packages into the folder."""
    mark, wanted = folder / "installed.txt", "\n".join(packages)
    if mark.is_file() and mark.read_text() == wanted:
        return
    print(f"Installing {', '.join(packages)} into {folder.relative_to(ROOT)}", flush=True)
    install(packages)
    mark.write_text(wanted)


def _run(*command: str | Path) -> None:
    subprocess.run([str(part) for part in command], check=True)
