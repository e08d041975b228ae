"""What was published, as the Hub would run it: fetched anew, with nothing but what it brought.

An environment of its own would take minutes to install; instead, all packages that the Space's
requirements do not bring are hidden from its process (`tests.lean`).
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from tests.gallery.hub_fixtures import ServedHub
from tests.lean import hide_all_but, with_their_needs
from tests.spaces.commands.conftest import CHECKPOINT, TOKEN, Make, Spaces


@pytest.mark.slow
def test_a_published_space_paints_with_its_own_packages_and_the_hubs_weights(
    hub: ServedHub, project: Make, spaces: Spaces, tmp_path: Path
) -> None:
    folder = project(checkpoint=CHECKPOINT).folder
    assert spaces("publish", folder)[0] == 0
    space = tmp_path / "space"
    HfApi(endpoint=hub.address, token=TOKEN).snapshot_download(
        "ada-l/clay", repo_type="space", local_dir=space
    )
    lines = (space / "requirements.txt").read_text().splitlines()[1:]
    hiding = tmp_path / "hiding"
    hiding.mkdir()
    hidden = hide_all_but(with_their_needs(lines), hiding)
    assert {"torch", "sqlalchemy", "pytest"} <= hidden
    compiled = tmp_path / "kept" / "diffusion-sprint" / "compiled"
    compiled.parent.mkdir(parents=True)
    shared = Path(os.environ["JAX_COMPILATION_CACHE_DIR"])  # each program once, for all tests
    shared.mkdir(parents=True, exist_ok=True)
    compiled.symlink_to(shared)
    environment = {
        **os.environ,
        "PYTHONPATH": str(hiding),
        "HF_HOME": str(tmp_path / "cache"),
        "SPACE_ID": "ada-l/clay",
        "XDG_CACHE_HOME": str(tmp_path / "kept"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "unittest", "test_app"],
        cwd=space,
        env=environment,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert any(path.startswith("/ada-l/clay-canny/resolve/") for _, path in hub.hub.requests)
