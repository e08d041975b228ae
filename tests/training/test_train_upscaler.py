"""An upscaler is trained behind a model, goes on where it stopped, and ships with it."""

import json
from pathlib import Path

import jax
import numpy as np
import pytest

from inference.checkpoints import load_bundle, load_upscaler, save_bundle
from inference.models.upscaler import SRVGGNetCompact
from inference.models.upscaler_config import UpscalerConfig
from inference.pipeline import Pipeline
from tests.tiny import tiny_bundle
from tests.training.conftest import draw_icons
from training.data import dataset
from training.embedded.package import main as package
from training.enlarging.figures import measure_upscaler
from training.evaluation.measure import Evaluation
from training.train_upscaler import MARGIN, Batch, away_from_cuts, main, make_loss, robust

SMALL = ["--num-feat", "8", "--num-conv", "1", "--crop", "16", "--batch-size", "2"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model, icons, and two steps of training."""
    root = tmp_path_factory.mktemp("upscaler")
    save_bundle(root / "model", tiny_bundle(root))
    draw_icons(root / "icons")
    assert main([*where(root), *SMALL, "--steps", "2"]) == 0
    return root


def where(root: Path) -> list[str]:
    folders = {"--data": "icons", "--model": "model", "--out": "run"}
    return [word for option, name in folders.items() for word in (option, str(root / name))]


@pytest.mark.slow
def test_training_goes_on_from_where_it_stopped(folder: Path) -> None:
    before = load_upscaler(folder / "run" / "upscaler")
    painted = (folder / "run" / "painted.npy").stat().st_mtime_ns
    assert main([*where(folder), *SMALL, "--steps", "4"]) == 0
    after = load_upscaler(folder / "run" / "upscaler")
    assert (after.config.num_feat, after.config.num_conv, after.config.upscale) == (8, 1, 4)
    assert not np.array_equal(before.params["body_0"]["kernel"], after.params["body_0"]["kernel"])
    assert (folder / "run" / "painted.npy").stat().st_mtime_ns == painted
    log = (folder / "run" / "log.jsonl").read_text().splitlines()
    steps = [json.loads(line)["step"] for line in log]
    assert steps[-1] == 4
    assert (folder / "run" / "sample-000004.png").exists()


@pytest.mark.slow
def test_it_is_packaged_with_its_model_and_measured(folder: Path, tmp_path: Path) -> None:
    arguments = ["--base", str(folder / "model"), "--out", str(tmp_path)]
    assert package([*arguments, "--upscaler", str(folder / "run" / "upscaler")]) == 0
    assert load_bundle(tmp_path).upscaler is not None
    found = Evaluation({"model": str(tmp_path)})
    measure_upscaler(
        Pipeline.load(str(tmp_path)),
        dataset.read(folder / "icons", split="held_out"),
        folder / "icons",
        count=2,
        judge=None,
        found=found,
    )
    figures = {name: value for name, value in found.figures.items() if "crisp" in name}
    assert len(figures) == 10
    assert all(np.isfinite(value) for value in figures.values())
    assert figures["crisp steepness of drawings"] > 1.5
    assert found.sheets["crisp.png"].shape[1] == 6 * 256


@pytest.mark.slow
def test_what_is_not_to_count_does_not() -> None:
    model = SRVGGNetCompact(UpscalerConfig(num_feat=4, num_conv=1))
    nearest = jax.tree.map(jax.numpy.zeros_like, model.init_params(jax.random.key(0)))
    loss = make_loss(model)
    small = np.full((1, 16, 16, 3), 0.5, np.float32)
    large = small.repeat(4, 1).repeat(4, 2)
    counts = np.ones((1, 16, 16), np.float32)

    def figure(name: str) -> float:
        batch = Batch(*(jax.numpy.asarray(x) for x in (small, large, counts)))
        return float(loss(nearest, batch, jax.random.key(0))[1][name])

    assert figure("pixels") == figure("slopes") == figure("colours") == 0.0
    large[:, 32:36, 32:36] = 1.0
    assert figure("pixels") > 0.0
    assert figure("slopes") > 0.0
    counts[:, 8, 8] = 0.0
    assert figure("pixels") == 0.0


@pytest.mark.parametrize(
    ("start", "first", "last"), [(0, 0, MARGIN), (10, MARGIN, MARGIN), (16, MARGIN, 0)]
)
def test_a_crop_counts_up_to_where_the_picture_ends(start: int, first: int, last: int) -> None:
    counts = away_from_cuts(start, 16, 32)
    np.testing.assert_array_equal(counts, [first <= i < 16 - last for i in range(16)])


def test_next_to_nothing_counts_for_less_than_its_size() -> None:
    faint, plain = robust(jax.numpy.array([0.002, 0.5]))
    assert faint < 0.1 * 0.002
    assert plain == pytest.approx(0.48, abs=0.01)
