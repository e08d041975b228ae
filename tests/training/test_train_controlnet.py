"""The ControlNet trainer: to the bit again, on any number of devices, as diffusers reckons it."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from inference.checkpoints import load_controlnet
from tests.gallery.hub_fixtures import ServedHub, served_hub, small_hub
from tests.training.as_any_trainer import (
    REPO,
    interrupted,
    leaves,
    rehearsed,
    require_pushed,
)
from tests.training.circles import circles, tiny_base
from training.errors import AnotherRun, WrongSettings
from training.loop.settings import read_settings
from training.train_controlnet import Config, learning_rates, main, published, train

__all__ = ["served_hub", "small_hub"]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("trainer")
    circles(root / "circles")
    return tiny_base(root / "base")


def config_of(base: Path, out: Path, **changed) -> Config:
    settings = {
        "steps": 4,
        "batch_size": 8,
        "learning_rate": 1e-3,
        "warmup": 2,
        "prompt_dropout": 0.3,
        "evaluate_every": 100,
        "evaluate_count": 0,
        "log_every": 2,
        "save_minutes": 0.0,
    }
    return Config(str(base), str(base.parent / "circles"), out, **settings | changed)


@pytest.fixture(scope="module")
def run(base: Path, tmp_path_factory: pytest.TempPathFactory):
    """Four steps, undisturbed: the state and its folder."""
    out = tmp_path_factory.mktemp("run")
    return train(config_of(base, out, evaluate_count=2)), out


@pytest.mark.slow
def test_a_run_that_was_interrupted_ends_as_one_that_was_not_to_the_bit(
    base: Path, run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resumed = interrupted(lambda: train(config_of(base, tmp_path)), at=3, monkeypatch=monkeypatch)

    for mine, whole in zip(leaves(resumed), leaves(run[0]), strict=True):
        np.testing.assert_array_equal(mine, whole)


@pytest.mark.slow
@pytest.mark.parametrize(
    "changed",
    [{"accumulate": 4}, {"remat": True}, {"cache_gb": 0.0}],
    ids=["parts", "remat", "uncached"],
)
def test_how_it_is_computed_does_not_change_what_is_learned(
    base: Path, run, tmp_path: Path, changed: dict
) -> None:
    other = train(config_of(base, tmp_path, **changed))

    for mine, whole in zip(leaves(other.params), leaves(run[0].params), strict=True):
        np.testing.assert_allclose(mine, whole, atol=2e-5)


DEVICES = """
import sys, jax, numpy as np
from pathlib import Path
from tests.training.test_train_controlnet import config_of, leaves
from training.train_controlnet import train

base, out = map(Path, sys.argv[1:])
for name, count, more in (("two", 2, {}), ("four", 4, {}), ("sharded", 4, {"shard": True})):
    state = train(config_of(base, out / name, **more), devices=jax.devices()[:count])
    np.savez(out / f"{name}.npz", *leaves(state.params))
"""


@pytest.mark.slow
def test_on_more_devices_the_same_is_learned(base: Path, run, tmp_path: Path) -> None:
    flags = {"XLA_FLAGS": "--xla_force_host_platform_device_count=4"}
    subprocess.run(
        [sys.executable, "-c", DEVICES, str(base), str(tmp_path)],
        env={**os.environ, **flags},
        check=True,
        cwd=Path(__file__).parents[2],
    )

    for name in ("two", "four", "sharded"):
        with np.load(tmp_path / f"{name}.npz") as found:
            for mine, whole in zip(found.values(), leaves(run[0].params), strict=True):
                np.testing.assert_allclose(mine, whole, atol=2e-5, err_msg=name)


@pytest.mark.slow
def test_a_run_says_whether_it_obeys_and_logs_the_loss_by_timestep(run) -> None:
    _, out = run
    rows = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]

    losses = [row for row in rows if "loss" in row]
    assert [row["step"] for row in losses] == [2, 4]
    assert {"loss/0-99", "loss/900-999", "gradient_norm", "rate"} <= losses[-1].keys()
    assert {"control", "control without"} <= rows[-1].keys()
    assert (out / "sheets" / "0000004.png").exists()


@pytest.mark.slow
def test_what_comes_out_loads_here_and_in_diffusers_and_is_the_same(run) -> None:
    import torch
    from diffusers import ControlNetModel as Torch

    state, out = run
    ours = load_controlnet(out / "model")
    assert not any("newer" in notice for notice in ours.notices), "both are of one moment"
    for mine, trained in zip(leaves(ours.params), leaves(state.params), strict=True):
        np.testing.assert_array_equal(mine, trained)

    theirs = Torch.from_pretrained(str(out / "model"), use_safetensors=True)
    rng = np.random.default_rng(0)
    latents, text = rng.normal(size=(2, 4, 16, 16)), rng.normal(size=(2, 5, 16))
    maps = rng.uniform(size=(2, 3, 32, 32))
    with torch.no_grad():
        down, mid = theirs(
            *(torch.tensor(a, dtype=torch.float32) for a in (latents,)),
            torch.tensor([3, 700]),
            torch.tensor(text, dtype=torch.float32),
            torch.tensor(maps, dtype=torch.float32),
            return_dict=False,
        )
    from inference.models.controlnet import ControlNetModel

    got_down, got_mid = ControlNetModel(ours.config).apply(
        {"params": ours.params},
        jnp.asarray(latents.transpose(0, 2, 3, 1), jnp.float32),
        jnp.asarray([3, 700]),
        jnp.asarray(text, jnp.float32),
        jnp.asarray(maps.transpose(0, 2, 3, 1), jnp.float32),
        method="from_pixels",
    )
    for mine, other in zip([*got_down, got_mid], [*down, mid], strict=True):
        np.testing.assert_allclose(mine, other.numpy().transpose(0, 2, 3, 1), atol=1e-5)


@pytest.mark.slow
def test_a_dry_run_tries_every_phase_and_leaves_nothing(
    base: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rehearsed(main, config_of(base, tmp_path / "run", evaluate_count=2), capfd)


@pytest.mark.slow
def test_what_is_pushed_passes_the_gallerys_checks(
    base: Path, run, small_hub: ServedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_of(base, run[1], push=REPO, license="mit", evaluate_count=2)
    require_pushed(lambda: published(config), small_hub, monkeypatch)


def test_to_push_wants_a_licence() -> None:
    with pytest.raises(WrongSettings, match="push needs the licence of what comes out, got none"):
        Config("b", "d", Path("o"), push="you/yours")


@pytest.mark.slow
def test_a_folder_of_another_run_is_not_written_over(base: Path, run) -> None:
    with pytest.raises(AnotherRun, match="a run with seed 0, got 7"):
        train(config_of(base, run[1], seed=7))


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [
        ("constant", [0.25, 0.5, 1.0, 1.0, 1.0]),
        ("linear", [0.25, 0.5, 1.0, 0.5, 0.0]),
        ("cosine", [0.25, 0.5, 1.0, 0.5, 0.0]),
    ],
)
def test_the_learning_rate_follows_its_schedule_by_steps(schedule: str, rates: list[float]) -> None:
    config = Config("b", "d", Path("o"), steps=12, warmup=4, learning_rate=1.0, schedule=schedule)  # pyright: ignore
    rate = learning_rates(dataclasses.replace(config, batch_size=8))

    assert [float(rate(step)) for step in (0, 1, 4, 8, 12)] == pytest.approx(rates)


def test_settings_come_from_a_file_and_flags_on_top(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text('base = "b"\ndata = "d"\nsteps = 7\nlearning_rate = 2e-5\nremat = true\n')

    config = read_settings(Config, "x", ["--config", str(file), "--out", "o", "--steps", "9"])

    assert (config.steps, config.learning_rate, config.remat) == (9, 2e-5, True)
    assert config.out == Path("o")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stepps = 3", "must name settings of this script, got 'stepps'"),
        ('steps = "many"', "steps in .* must be a whole number, got 'many'"),
        ("schedule = 'wavy'", "must be one of constant, linear, cosine, got 'wavy'"),
        ("steps = true", "must be a whole number, got True"),
        ("[", "must be a TOML file"),
        ("steps = 3", "base must be given, got nothing; write --base"),
    ],
)
def test_a_wrong_setting_is_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "run.toml"
    file.write_text(text)

    with pytest.raises(WrongSettings, match=said):
        read_settings(Config, "x", ["--config", str(file)])


def test_a_batch_that_does_not_divide_is_refused() -> None:
    with pytest.raises(WrongSettings, match=r"must be a multiple of 3 .1 devices, 3 parts., got 8"):
        Config("b", "d", Path("o"), batch_size=8, accumulate=3)
