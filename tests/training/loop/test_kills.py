"""A run that is killed ends where one that was left alone does."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.training.loop.killed_run import STEPS

ROOT = Path(__file__).parents[3]


@pytest.mark.slow
@pytest.mark.parametrize("parts", [1, 4])
def test_killed_at_ten_moments_it_ends_in_the_same_bits(tmp_path: Path, parts: int) -> None:
    subprocess.run(
        [sys.executable, "-m", "tests.training.loop.killed_run", str(tmp_path), str(parts), "10"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )

    with np.load(tmp_path / "killed.npz") as killed, np.load(tmp_path / "whole.npz") as whole:
        assert STEPS in [int(leaf) for leaf in whole.values() if leaf.ndim == 0]
        for one, other in zip(killed.values(), whole.values(), strict=True):
            np.testing.assert_array_equal(one, other)
    logged = re.findall(r'"step": (\d+)', (tmp_path / "killed" / "log.jsonl").read_text())
    assert len(logged) > len(set(logged)), "steps after the last checkpoint were made again"
