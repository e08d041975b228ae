"""The embedded model, from the icon packages to the evaluated, packaged model.

    python -m training.embedded --out runs --config gpu     under 25 minutes on a data-centre GPU
    python -m training.embedded --out runs --config cpu     hours on two CPU cores

Kill it anywhere and start it again with the same words: stages that are done are skipped, the one
that was interrupted goes on from its last checkpoint. With more `--minutes`, all stages train on;
those that begin with all networks start over, from what these have become.
The stages are `stages()` below, in the order in which they run; fork it from there.
"""

import argparse
import inspect
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import jax

from training import evaluate
from training.data import dataset, marks
from training.data.held_out import require_apart
from training.data.styles import LOOKS
from training.embedded import (
    icons,
    train_autoencoder,
    train_base,
    train_control,
    train_decoder,
    train_together,
)
from training.embedded.package import package
from training.embedded.plans import PLANS, SHARES, STRENGTHS, Plan
from training.errors import exit_code
from training.loop.compiling import remember_steps

ENDLESS = 10_000_000
"""Steps that no run comes to: minutes end it."""


@dataclass(frozen=True)
class Config:
    """Make the embedded model.

    Command: python -m training.embedded --out runs [--config gpu|cpu] [--minutes 18]
    Time: 18 minutes of training and about 6 around it on one data-centre GPU; a day and an hour
    on two CPU cores, or whatever `--minutes` says.
    Result: runs/embedded, the packaged model, which paints in four steps; runs/many-steps, the
    same with many guided steps as its defaults; runs/report, figures and sheets.
    """

    out: Path
    config: str
    minutes: float | None = None
    packages: Path | None = None


@dataclass(frozen=True)
class Stage:
    """One thing to do. It is done again if `settings` are others than when it was done."""

    name: str
    settings: Any
    work: Callable[[], object]


def stages(out: Path, plan: Plan, *, packages: Path) -> list[Stage]:
    """All stages, in their order."""
    data, latents = out / "icons", out / "autoencoder"
    begun = out / "base" / "model"
    beside_canny = out / "canny" / "base"
    model = out / "together" / "base"
    minutes = {name: share * plan.minutes for name, share in SHARES.items()}

    icon_config = icons.Config(
        out=data, packages=packages, size=plan.size, copies=plan.copies, pairs=plan.pairs
    )
    autoencoder_config = train_autoencoder.Config(
        data=data,
        out=latents,
        steps=ENDLESS,
        minutes=minutes["autoencoder"],
        batch_size=plan.autoencoder_batch_size,
        crop=plan.autoencoder_crop,
        widths=plan.autoencoder_widths,
        latent_channels=plan.latent_channels,
        sample_every=plan.sample_every,
    )
    base_config = train_base.Config(
        data=data,
        autoencoder=latents,
        out=out / "base",
        steps=ENDLESS,
        minutes=minutes["base"],
        batch_size=plan.batch_size,
        learning_rate=plan.learning_rate,
        ema_decay=plan.ema_decay,
        widths=plan.widths,
        merges=plan.merges,
        text_length=plan.text_length,
        sample_every=plan.sample_every,
    )

    def controlnet(
        name: str,
        *,
        base: Path = beside_canny,
        beside: str | None = None,
        start: str | None = None,
        unlocked: bool = False,
    ) -> train_control.Config:
        return train_control.Config(
            data=data,
            base=base,
            out=out / name,
            control=name,
            latents=latents,
            beside=(beside, out / beside / "model") if beside else None,
            start=out / start / "model" if start else None,
            unlocked=unlocked,
            steps=ENDLESS,
            minutes=minutes[name],
            batch_size=plan.batch_size,
            learning_rate=plan.controlnet_learning_rate,
            versions=plan.versions,
            sample_every=plan.sample_every,
        )

    controls = [
        controlnet("canny", base=begun, unlocked=True),
        controlnet("scribble", start="canny"),
        controlnet("palette", beside="canny"),
    ]
    together_config = train_together.Config(
        data=data,
        base=beside_canny,
        controlnets={config.control: config.out / "model" for config in controls},
        out=out / "together",
        latents=latents,
        steps=ENDLESS,
        minutes=minutes["together"],
        batch_size=plan.together_batch_size,
        learning_rate=plan.controlnet_learning_rate,
        common=plan.common,
        versions=plan.versions,
        sample_every=plan.sample_every,
    )
    controlnets = {name: together_config.out / name for name in together_config.controlnets}
    decoder_config = train_decoder.Config(
        data=data,
        base=model,
        controlnets=controlnets,
        strengths=STRENGTHS,
        out=out / "decoder",
        latents=latents,
        steps=ENDLESS,
        minutes=minutes["decoder"],
        batch_size=plan.decoder_batch_size,
        versions=plan.versions,
        sample_every=plan.sample_every,
    )
    packaged = {"vae": out / "decoder" / "vae", "strengths": STRENGTHS}
    evaluate_config = evaluate.Config(
        data=data,
        model=str(out / "embedded"),
        compared=str(out / "many-steps"),
        out=out / "report",
        count=plan.evaluated,
        common=plan.common,
        timed=plan.timed,
    )

    return [
        Stage("icons", (icon_config, LOOKS), lambda: icons.write_folder(icon_config)),
        Stage("apart", icon_config, lambda: _require_all_apart(data)),
        Stage(
            "autoencoder", autoencoder_config, lambda: train_autoencoder.train(autoencoder_config)
        ),
        Stage("base", base_config, lambda: train_base.train(base_config)),
        *(
            Stage(config.control, config, lambda config=config: train_control.train(config))
            for config in controls
        ),
        Stage(
            "together",
            (together_config, marks.SHIFT),
            lambda: _train_from_inputs(train_together, together_config),
        ),
        Stage(
            "decoder",
            (decoder_config, marks.SHIFT),
            lambda: _train_from_inputs(train_decoder, decoder_config),
        ),
        Stage(
            "many-steps",
            (together_config, packaged),
            lambda: package(model, controlnets, out / "many-steps", **packaged),
        ),
        Stage(
            "package",
            (together_config, packaged),
            lambda: package(model, controlnets, out / "embedded", few_steps=True, **packaged),
        ),
        Stage("evaluate", (evaluate_config, STRENGTHS), lambda: evaluate.write(evaluate_config)),
    ]


def run(todo: list[Stage], record: Path) -> None:
    """Do what is not done yet, and all that follows it; `record` is the list of what is done."""
    done: dict[str, dict[str, Any]] = json.loads(record.read_text()) if record.exists() else {}
    for place, stage in enumerate(todo):
        settings = repr(stage.settings)
        if done.get(stage.name, {}).get("settings") == settings:
            print(f"{stage.name}: done before")
            continue
        for later in todo[place:]:
            done.pop(later.name, None)
        print(f"{stage.name}: begins")
        start = time.monotonic()
        stage.work()
        # What was compiled for one stage is of no use to another, and takes device memory.
        jax.clear_caches()
        seconds = round(time.monotonic() - start, 1)
        done[stage.name] = {"settings": settings, "seconds": seconds}
        _write(record, done)
        print(f"{stage.name}: done in {seconds:.0f} s")


def make(config: Config) -> None:
    """Everything. Raises TrainingError, CheckpointError."""
    plan = PLANS[config.config]
    if config.minutes is not None:
        plan = replace(plan, minutes=config.minutes)
    config.out.mkdir(parents=True, exist_ok=True)
    remember_steps()  # what a stage compiled before it was killed
    print(f"about {plan.minutes + plan.overhead:.0f} minutes in all, if nothing is done yet")
    packages = config.packages or config.out / "packages"
    run(stages(config.out, plan, packages=packages), config.out / "stages.json")


def _train_from_inputs(
    stage: ModuleType, config: train_together.Config | train_decoder.Config
) -> None:
    """Trains, from the start where what it begins with has been trained on since."""
    state = config.out / "checkpoints"
    begun = [
        weights.stat().st_mtime
        for folder in (config.base, *config.controlnets.values())
        for weights in folder.rglob("*.msgpack")
    ]
    if state.exists() and state.stat().st_mtime < max(begun):
        shutil.rmtree(config.out)
    stage.train(config)


def _require_all_apart(data: Path) -> None:
    train = dataset.load(data, split="train")
    for split in ("held_out", "other"):
        require_apart(train, dataset.load(data, split=split))


def _write(path: Path, content: object) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(content, indent=2) + "\n")
    partial.replace(path)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training.embedded",
        description=inspect.getdoc(Config),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of all runs")
    parser.add_argument(
        "--config",
        choices=PLANS,
        default="cpu" if jax.default_backend() == "cpu" else "gpu",
        help="how much of everything; what suits this machine if it is left out",
    )
    parser.add_argument("--minutes", type=float, help="of training in all, in place of the plan's")
    parser.add_argument("--packages", type=Path, help="npm packages (OUT/packages)")
    config = Config(**vars(parser.parse_args(argv)))
    return exit_code(lambda: make(config))
