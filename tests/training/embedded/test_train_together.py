"""The base and its ControlNets trained on at once, on a handful of drawings."""

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from inference.checkpoints import load_bundle, load_controlnet, save_bundle
from tests.tiny import tiny_bundle
from training.data import marks
from training.embedded import train_together
from training.embedded.package import package
from training.embedded.painter import Painter
from training.embedded.train_together import timesteps_of
from training.loop.base import load

FEW = {999, 759, 499, 259}


def test_those_who_see_words_alone_are_oftenest_at_the_first_of_the_few_steps() -> None:
    keys = jax.random.split(jax.random.key(0), 40)
    drawn = np.stack([timesteps_of(key, 32, alone=16, few=0.5, first=0.3) for key in keys])

    beside_maps, alone = drawn[:, :16].ravel(), drawn[:, 16:].ravel()
    assert 0.45 < np.isin(beside_maps, [*FEW]).mean() < 0.57
    assert 0.08 < (beside_maps == 999).mean() < 0.18
    assert 0.36 < (alone == 999).mean() < 0.49
    assert len(set(beside_maps) - FEW) > 100
    assert max(set(beside_maps) - FEW) > 900
    assert drawn.min() >= 0
    assert drawn.max() <= 999


class Silent(Painter):
    """Predicts nothing, whatever it is shown."""

    def text(self, params, input_ids):
        return jnp.zeros((*input_ids.shape, 1))

    def velocity(self, params, noisy, timesteps, text, conditions):
        return jnp.zeros_like(noisy)


@pytest.mark.slow
def test_latents_are_learned_with_the_marks_of_their_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of nothing but noise and marks, the velocity is α ε - σ mark."""
    monkeypatch.setattr(train_together, "Painter", Silent)
    save_bundle(tmp_path / "tiny", tiny_bundle(tmp_path))
    count = 64
    config = train_together.Config(tmp_path, tmp_path, {}, tmp_path, batch_size=count)
    loss = train_together.make_loss(load(tmp_path / "tiny"), {}, config)
    wordings = np.arange(count) % 2  # of which the first says shaded
    where = {"rows": np.zeros(count, int), "lines": np.zeros(count, int), "versions": wordings}

    def error(mark: float) -> float:
        store = train_together.Store(
            latents=jnp.zeros((1, 16, 16, 4)),
            input_ids=jnp.zeros((1, 2, 3), jnp.int32),
            marks=jnp.asarray([[mark, 0.0]]),
            maps={},
        )
        places = {name: jnp.asarray(values) for name, values in where.items()}
        batch = train_together.Batch(store=store, wordings=jnp.asarray(wordings), **places)
        return float(loss({}, batch, jax.random.key(0))[0])

    added = error(1.0) - error(0.0)
    assert 0.5 * marks.SHIFT**2 / 2 < added < 1.1 * marks.SHIFT**2 / 2
    assert error(-1.0) == pytest.approx(error(1.0), rel=0.05)


@pytest.mark.slow
def test_base_and_controlnets_learn_and_fit_each_other_into_one_package(
    runs: Path, tmp_path: Path
) -> None:
    controlnets = {name: runs / name / "model" for name in ("canny", "palette")}
    before = load(runs / "base" / "model").params
    train_together.train(
        train_together.Config(
            runs / "icons",
            runs / "base" / "model",
            controlnets,
            tmp_path / "together",
            steps=3,
            batch_size=8,
            common=3,
            versions=1,
            sample_every=3,
        )
    )

    logged = (tmp_path / "together" / "log.jsonl").read_text().splitlines()
    assert 0.0 <= json.loads(logged[-1])["edge_f1"] <= 1.0
    assert list((tmp_path / "together").glob("words-*.png"))
    for name, folder in controlnets.items():
        first = load_controlnet(folder, dtype=np.float32).params
        then = load_controlnet(tmp_path / "together" / name, dtype=np.float32).params
        jax.tree.map(
            np.testing.assert_array_equal,
            then["controlnet_cond_embedding"],
            first["controlnet_cond_embedding"],
        )
        assert np.abs(then["conv_in"]["kernel"] - first["conv_in"]["kernel"]).max() > 0
    package(
        tmp_path / "together" / "base",
        {name: tmp_path / "together" / name for name in controlnets},
        tmp_path / "model",
        storage="float16",
    )
    bundle = load_bundle(tmp_path / "model")
    assert set(bundle.controlnets) == set(controlnets)
    after = load(tmp_path / "together" / "base").params
    for name in ("text_encoder", "unet"):
        pairs = zip(jax.tree.leaves(before[name]), jax.tree.leaves(after[name]), strict=True)
        assert all(np.abs(one - other).max() > 0 for one, other in pairs if one.ndim > 1)
    jax.tree.map(np.testing.assert_array_equal, before["vae"], after["vae"])
