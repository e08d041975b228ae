"""How strongly a ControlNet acts: what is packed, and what is measured."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from inference.checkpoints import load_controlnet
from inference.checkpoints.source import EMBEDDED
from inference.models.controlnet import ControlNetModel
from inference.pipeline import Pipeline
from training.data.dataset import Dataset
from training.embedded.package import main as package
from training.evaluation.strength import SCALES, strengthened, table


@pytest.fixture(scope="module")
def drawings() -> Dataset:
    """One blue square, and where its edges are."""
    picture = np.full((1, 128, 128, 3), 255, np.uint8)
    picture[:, 32:96, 32:96] = (28, 113, 216)
    edges = np.zeros((1, 128, 128), np.uint8)
    edges[:, [32, 95], 32:96] = edges[:, 32:96, [32, 95]] = 255
    return Dataset(picture, edges, ["a blue box"], ["box"], ["flat"], ["box"], [""])


@pytest.mark.slow
def test_a_stronger_controlnet_adds_so_many_times_as_much() -> None:
    controlnet = load_controlnet(EMBEDDED / "controlnet-canny", dtype=np.float32)
    model = ControlNetModel(controlnet.config)
    latents = jax.random.normal(jax.random.key(0), (1, 16, 16, controlnet.config.in_channels))
    text = jax.random.normal(jax.random.key(1), (1, 4, controlnet.config.cross_attention_dim))
    maps = jax.random.uniform(jax.random.key(2), (1, 128, 128, 3))

    def residuals(params):
        time = jnp.asarray([500.0])
        return model.apply({"params": params}, latents, time, text, maps, method="from_pixels")

    once = residuals(controlnet.params)
    more = residuals(strengthened(controlnet.params, 1.5))

    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(1.5 * np.asarray(a), b, rtol=1e-4, atol=1e-4),
        once,
        more,
    )


def test_a_strength_for_a_controlnet_that_is_not_packed_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--base", str(EMBEDDED), "--out", str(tmp_path / "out")]
    canny = f"canny={EMBEDDED / 'controlnet-canny'}"

    assert package([*arguments, "--controlnet", canny, "--strength", "cany=1.5"]) == 2

    assert "got one of cany" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_every_controlnet_is_measured_at_every_scale(drawings: Dataset) -> None:
    pipeline = Pipeline.load("embedded")

    lines = table(pipeline, drawings, count=1)

    assert len(lines) == len(SCALES) * len(pipeline.info.controls)
    assert all(0.0 < float(line.split("followed")[1].split()[0]) <= 1.0 for line in lines)
