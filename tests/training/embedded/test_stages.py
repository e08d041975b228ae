"""All stages on a handful of drawings: they chain, resume, and what they write loads."""

from pathlib import Path

import pytest


@pytest.mark.slow
def test_the_stages_chain_and_log_what_they_measured(runs: Path) -> None:
    logged = {"autoencoder": "reconstruction", "base": "velocity", "decoder": "edges"}
    for name, figure in logged.items():
        assert (runs / name / "checkpoints").exists(), figure
    assert list((runs / "canny").glob("sample-*.png"))


@pytest.mark.slow
def test_latents_and_maps_are_computed_once_for_all(runs: Path) -> None:
    assert len(list(runs.rglob("latents-*.npy"))) == 1
    # Lines of all pictures, and of the drawings that they are copies of.
    assert len(list(runs.rglob("maps-canny-*.npy"))) == 2
    assert len(list(runs.rglob("maps-palette-*.npy"))) == 1
