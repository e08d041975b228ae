"""Shape annotations are checked by beartype in tests, and only there; one Chromium is for all."""

import gc
import os
import signal
from collections.abc import Generator
from functools import cache
from pathlib import Path
from typing import Any

# Before JAX is imported, here and in what tests start: each program is compiled by one of them, for
# all. With a bound on its size, the processes take turns at the folder.
os.environ.setdefault(
    "JAX_COMPILATION_CACHE_DIR", str(Path(__file__).parents[1] / ".cache" / "compiled")
)
os.environ.setdefault("JAX_COMPILATION_CACHE_MAX_SIZE", "2000000000")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.1")
# Small matrices are slower on several threads, and there is a process for each core already.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# A shell lets what it starts with `&` ignore Ctrl-C; what tests start here, they end with it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

import jax
import pytest
from jaxtyping import install_import_hook
from psutil import Process
from xdist.scheduler import LoadFileScheduling

from tests.browser import browser, page, served

__all__ = ["browser", "page", "served"]

install_import_hook(["inference", "training"], "beartype.beartype")


def pytest_configure(config: pytest.Config) -> None:
    """A run that was killed while it kept a program leaves a part of it, at which JAX stops."""
    if hasattr(config, "workerinput"):
        return  # the process that starts the others has done it
    folder = Path(os.environ["JAX_COMPILATION_CACHE_DIR"])
    kept = {file.name for file in folder.glob("*")}
    for name in kept:
        part, _, kind = name.rpartition("-")
        other = {"cache": "atime", "atime": "cache"}.get(kind)
        if other is not None and f"{part}-{other}" not in kept:
            (folder / name).unlink(missing_ok=True)


SERVES_GRADIO = (
    "tests/spaces",
    "tests/gallery/pages/submit",
    "tests/gallery/security",
    "tests/gallery/journeys",
    "tests/gallery/pages/test_fits.py",
)
"""Where Gradio's server runs in threads, and its own warnings are not ours to fix."""

MOST_PROGRAMS = 2 * 2**30
"""Bytes by which a process that tests may grow before it lets go of what JAX compiled for it."""
_grown_from = 0

TRAINED = "tests/training"
LONGEST = "test_recipe.py"
"""All stages of training, one after the other."""

GRADIO_WARNS = (
    "ignore:'future.no_silent_downcasting' is deprecated",
    "ignore:The copy keyword is deprecated",
    "ignore:unclosed:ResourceWarning",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest file first, so that nobody waits for it in the end, and Chromium last: once
    playwright has begun, its event loop runs in this thread to the end.

    Whole files move, since the order within one may matter.
    """
    for item in items:
        if item.nodeid.startswith(SERVES_GRADIO):
            for warning in GRADIO_WARNS:
                item.add_marker(pytest.mark.filterwarnings(warning))
    last = {item.path for item in items if "browser" in getattr(item, "fixturenames", ())}
    items.sort(key=lambda item: (item.path in last, item.path.name != LONGEST))


class ByFile(LoadFileScheduling):
    """Each file's tests go to one process; those of all files that need the trained `runs` to one
    together, which trains them once."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return TRAINED if _needs_runs(file) else file


@cache
def _needs_runs(file: str) -> bool:
    path = Path(__file__).parents[1] / file
    return file.startswith(TRAINED) and "runs: Path" in path.read_text("utf-8")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    return ByFile(config, log)


def pytest_collection_finish() -> None:
    """What is loaded by now stays: looking through it for rubbish again and again takes long."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    gc.unfreeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, None, None]:
    """What Gradio left open is collected here, not in another folder's tests; behind a file, so are
    JAX's programs where they have become many: two processes came to 14 GB."""
    global _grown_from
    yield
    is_last = nextitem is None or nextitem.path != item.path
    if is_last and Process().memory_info().rss > _grown_from + MOST_PROGRAMS:
        jax.clear_caches()
        gc.collect()
        _grown_from = Process().memory_info().rss
    goes_on = nextitem is not None and nextitem.nodeid.startswith(SERVES_GRADIO)
    if item.nodeid.startswith(SERVES_GRADIO) and not goes_on:
        gc.collect()
