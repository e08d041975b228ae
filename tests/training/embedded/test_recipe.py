"""All stages of the embedded model at toy size: from icon packages to figures, and once more."""

import json
import os
from pathlib import Path

import pytest

from inference.checkpoints import load_bundle
from training.data.names import is_held_out
from training.embedded import train_together
from training.embedded.icon_sets import OTHER_SETS, SETS
from training.embedded.plans import PLANS, SHARES, Plan
from training.embedded.recipe import Stage, run, stages

TOY = Plan(
    minutes=0.02,
    overhead=0.0,
    batch_size=2,
    autoencoder_batch_size=2,
    autoencoder_crop=16,
    together_batch_size=8,
    decoder_batch_size=12,
    learning_rate=1e-3,
    controlnet_learning_rate=1e-3,
    ema_decay=0.9,
    versions=1,
    sample_every=100,
    evaluated=2,
    common=2,
    timed=1,
    size=32,
    copies=1,
    pairs=0,
    autoencoder_widths=(8, 8),
    latent_channels=4,
    widths=(32, 32),
    merges=20,
    text_length=12,
)


def write_packages(folder: Path) -> Path:
    """Each set draws two objects to train on and one that is held out."""
    names = [f"thing-{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]
    held_out = [name for name in names if is_held_out(name)][:1]
    trained = [name for name in names if not is_held_out(name)][:2]
    for place, icon_set in enumerate((*SETS, *OTHER_SETS)):
        bodies = {
            name: {
                "body": f'<circle cx="16" cy="16" r="{6 + place + 2 * i}" fill="#e01b24"/>'
                f'<rect width="{3 + place}" height="8" fill="#1c71d8"/>'
            }
            for i, name in enumerate([*trained, *held_out])
        }
        base = icon_set.package.rsplit("/", 1)[1]
        path = folder / f"{base}-{icon_set.version}" / "package" / "icons.json"
        path.parent.mkdir(parents=True)
        content = {"prefix": base, "width": 32, "height": 32, "icons": bodies}
        path.write_text(json.dumps(content))
    return folder


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_all_stages_run_once_and_leave_a_model_with_its_figures(tmp_path: Path) -> None:
    packages = write_packages(tmp_path / "packages")
    out = tmp_path / "runs"
    out.mkdir()
    todo = stages(out, TOY, packages=packages)

    run(todo, out / "stages.json")

    for name in ("many-steps", "embedded"):
        bundle = load_bundle(out / name)
        assert set(bundle.controlnets) == {"canny", "scribble", "palette"}
    assert bundle.generation_config == {"sampler": "lcm", "steps": 4, "guidance_scale": 1.0}
    figures = json.loads((out / "report" / "report.json").read_text())
    for name in (
        "held-out edge_f1 at 1",
        "held-out edge_f1 at 0.5",
        "held-out edge_f1 at 0",
        "rough edge_f1 at 1",
        "other-drawings edge_f1 at 1",
        "two colours right",
        "scribble outline_f1",
        "palette difference",
        "palette difference without colour words",
        "edges-and-palette edge_f1",
        "words alone style_right",
        "with edges style_right",
        "seconds",
        "compared edge_f1 at 1",
        "compared seconds",
    ):
        assert figures[name] >= 0.0, name
    assert figures["steps"] == 4
    assert (out / "report" / "common.txt").read_text().count("\n") == 2

    def refuse() -> None:
        raise AssertionError

    again = [Stage(stage.name, stage.settings, refuse) for stage in todo]
    run(again, out / "stages.json")


def test_training_together_starts_over_from_what_was_trained_on_and_else_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[bool] = []
    monkeypatch.setattr(
        train_together, "train", lambda config: kept.append((config.out / "checkpoints").exists())
    )
    stage = next(s for s in stages(tmp_path, TOY, packages=tmp_path) if s.name == "together")
    config, _ = stage.settings
    state = config.out / "checkpoints"
    weights = config.base / "unet" / "diffusion_flax_model.msgpack"
    for file in (weights, state):
        file.parent.mkdir(parents=True)
        file.touch()
    os.utime(weights, (1, 1))

    stage.work()
    os.utime(weights)
    os.utime(state, (2, 2))
    stage.work()

    assert kept == [True, False]


class Killed(Exception):
    """The machine goes away."""


def test_a_run_goes_on_with_the_stage_that_was_interrupted(tmp_path: Path) -> None:
    calls: list[str] = []

    def make(*, kill: str | None = None, settings: int = 1) -> list[Stage]:
        def work(name: str) -> None:
            calls.append(name)
            if name == kill:
                raise Killed

        return [
            Stage(name, settings if name == "b" else 1, lambda name=name: work(name))
            for name in "abc"
        ]

    with pytest.raises(Killed):
        run(make(kill="b"), tmp_path / "stages.json")
    run(make(), tmp_path / "stages.json")
    assert calls == ["a", "b", "b", "c"]

    run(make(), tmp_path / "stages.json")
    assert calls == ["a", "b", "b", "c"]

    run(make(settings=2), tmp_path / "stages.json")
    assert calls == ["a", "b", "b", "c", "b", "c"]


def test_the_minutes_are_divided_without_a_rest() -> None:
    assert sum(SHARES.values()) == pytest.approx(1.0)
    assert PLANS["gpu"].minutes + PLANS["gpu"].overhead < 25.0


def test_both_plans_make_the_same_model(tmp_path: Path) -> None:
    shapes = {
        (plan.size, plan.autoencoder_widths, plan.latent_channels, plan.widths, plan.text_length)
        for plan in PLANS.values()
    }

    assert shapes == {(128, (24, 48, 96, 128), 8, (64, 128, 192), 32)}
    names = [stage.name for stage in stages(tmp_path, PLANS["gpu"], packages=tmp_path)]
    assert len(set(names)) == len(names)
    assert set(SHARES) <= set(names)
