"""The fine-tune of a base: to the bit again, better on what it has not seen, read by diffusers."""

import dataclasses
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from huggingface_hub import HfApi
from PIL import Image

from inference.checkpoints import load_bundle
from inference.models.text_encoder import CLIPTextModel
from inference.models.unet import UNet2DConditionModel
from inference.models.vae import AutoencoderKL
from inference.pipeline import Pipeline
from inference.request import GenerationRequest, Result
from tests.gallery.hub_fixtures import ServedHub, served_hub, small_hub
from tests.tiny import tiny_bundle
from tests.training.as_any_trainer import (
    REPO,
    TOKEN,
    interrupted,
    leaves,
    rehearsed,
    require_pushed,
)
from tests.training.circles import circles, tiny_base
from training.errors import AnotherRun, WrongSettings
from training.loop.base import Base
from training.loop.settings import read_settings
from training.train_base import Config, main, published, require_words_alone, train

__all__ = ["served_hub", "small_hub"]
STEPS = 12


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("fine-tune")
    circles(root / "circles")
    return tiny_base(root / "base")


def config_of(base: Path, out: Path, **changed) -> Config:
    settings = {
        "steps": STEPS,
        "batch_size": 8,
        "learning_rate": 3e-3,
        "warmup": 2,
        "prompt_dropout": 0.3,
        "evaluate_every": STEPS,
        "evaluate_count": 0,
        "log_every": 2,
        "save_minutes": 0.0,
        "ema_decay": 0.9,
        "unchecked": True,
    }
    return Config(str(base), str(base.parent / "circles"), out, **settings | changed)


@pytest.fixture(scope="module")
def run(base: Path, tmp_path_factory: pytest.TempPathFactory):
    """All steps, undisturbed, with looks: the state and its folder."""
    out = tmp_path_factory.mktemp("run")
    return train(config_of(base, out, evaluate_count=2, unchecked=False)), out


@pytest.mark.slow
def test_a_run_that_was_interrupted_ends_as_one_that_was_not_to_the_bit(
    base: Path, run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resumed = interrupted(lambda: train(config_of(base, tmp_path)), at=7, monkeypatch=monkeypatch)

    assert int(resumed.step) == STEPS
    for mine, whole in zip(leaves(resumed), leaves(run[0]), strict=True):
        np.testing.assert_array_equal(mine, whole)


DEVICES = """
import sys, jax, numpy as np
from pathlib import Path
from tests.training.test_train_base import config_of, leaves
from training.train_base import train

base, out = map(Path, sys.argv[1:])
jax.config.update("jax_disable_most_optimizations", True)
state = train(config_of(base, out, steps=4, accumulate=2, shard=True), devices=jax.devices()[:4])
np.savez(out / "four.npz", *leaves(state.params))
"""


@pytest.mark.slow
def test_on_four_devices_in_parts_and_spread_the_same_is_learned(
    base: Path, tmp_path: Path
) -> None:
    alone = train(config_of(base, tmp_path / "one", steps=4))
    flags = {"XLA_FLAGS": "--xla_force_host_platform_device_count=4"}
    subprocess.run(
        [sys.executable, "-c", DEVICES, str(base), str(tmp_path / "four")],
        env={**os.environ, **flags},
        check=True,
        cwd=Path(__file__).parents[2],
    )

    with np.load(tmp_path / "four" / "four.npz") as found:
        for mine, whole in zip(found.values(), leaves(alone.params), strict=True):
            np.testing.assert_allclose(mine, whole, atol=2e-5)


@pytest.mark.slow
def test_what_was_not_seen_is_told_better_than_by_the_base_and_a_sheet_shows_both(run) -> None:
    _, out = run
    rows = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    losses = [row for row in rows if "loss" in row]
    assert [row["step"] for row in losses] == list(range(2, STEPS + 1, 2))
    assert {"loss/0-99", "loss/900-999", "gradient_norm", "rate"} <= losses[-1].keys()

    assert rows[-1]["held-out loss"] < 0.9 * rows[-1]["held-out loss before"]
    assert json.loads((out / "lowest.json").read_text())["step"] == STEPS

    with Image.open(out / "sheets" / f"{STEPS:07d}.png") as sheet:
        tiles = np.asarray(sheet).reshape(2, 32, 2, 32, 3).swapaxes(1, 2)
    assert not np.array_equal(tiles[:, 0], tiles[:, 1]), "before and after"
    assert len((out / "sheets" / "prompts.txt").read_text().splitlines()) == 2


@pytest.mark.slow
def test_the_unet_that_comes_out_is_the_average_and_the_rest_the_bases(base: Path, run) -> None:
    state, out = run
    before, after = load_bundle(base), load_bundle(out / "model")
    for mine, trained in zip(leaves(after.unet.params), leaves(state.ema["unet"]), strict=True):
        np.testing.assert_array_equal(mine, trained)
    assert not np.array_equal(leaves(after.unet.params)[0], leaves(before.unet.params)[0])
    for name in ("text_encoder", "vae"):
        kept, given = (leaves(getattr(each, name).params) for each in (after, before))
        for mine, theirs in zip(kept, given, strict=True):
            np.testing.assert_array_equal(mine, theirs)
    assert after.scheduler_config == before.scheduler_config
    assert after.generation_config == before.generation_config
    assert not any("newer" in notice for notice in after.notices), "both are of one moment"


@pytest.mark.slow
def test_our_own_pipeline_paints_with_it(run) -> None:
    pipeline = Pipeline.load(str(run[1] / "model"))
    *_, result = pipeline.generate(GenerationRequest(prompt="a ball", seed=1, steps=2))
    assert isinstance(result, Result)
    assert [image.size for image in result.images] == [(32, 32)]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The configuration file of this scheduler")  # the base's, as is
def test_diffusers_pipeline_in_pytorch_loads_it_and_its_networks_compute_the_same(run) -> None:
    import torch
    from diffusers.pipelines.stable_diffusion import StableDiffusionPipeline

    folder = run[1] / "model"
    ours = load_bundle(folder)
    theirs = StableDiffusionPipeline.from_pretrained(str(folder), use_safetensors=True)

    rng = np.random.default_rng(0)
    latents = rng.normal(size=(2, 4, 16, 16)).astype(np.float32)
    text = rng.normal(size=(2, 5, 16)).astype(np.float32)
    ids = theirs.tokenizer(["a ball"], padding="max_length", max_length=12).input_ids
    with torch.no_grad():
        noise = theirs.unet(torch.tensor(latents), torch.tensor([3, 700]), torch.tensor(text))
        pixels = theirs.vae.decode(torch.tensor(latents))
        moments = theirs.vae.encode(pixels.sample).latent_dist.mean
        states = theirs.text_encoder(torch.tensor(ids))[0]
    nhwc = jnp.asarray(latents.transpose(0, 2, 3, 1))
    mine = UNet2DConditionModel(ours.unet.config).apply(
        {"params": ours.unet.params}, nhwc, jnp.asarray([3, 700]), jnp.asarray(text)
    )
    vae = AutoencoderKL(ours.vae.config)
    decoded = vae.apply({"params": ours.vae.params}, nhwc, method="decode")
    mean, _ = vae.apply({"params": ours.vae.params}, decoded, method="encode")
    said = CLIPTextModel(ours.text_encoder.config).apply(
        {"params": ours.text_encoder.params}, jnp.asarray(ids)
    )
    for got, wanted in ((mine, noise.sample), (decoded, pixels.sample), (mean, moments)):
        np.testing.assert_allclose(got, wanted.numpy().transpose(0, 2, 3, 1), atol=1e-4)
    np.testing.assert_allclose(said, states.numpy(), atol=1e-4)


@pytest.mark.slow
def test_a_dry_run_tries_every_phase_and_leaves_nothing(
    base: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("a ball\n\na box\n")
    config = config_of(base, tmp_path / "run", evaluate_count=2)
    out = rehearsed(main, config, capfd, prompts=str(prompts))
    assert re.search(r"step 4: held-out loss [0-9.]+, base [0-9.]+", out)


@pytest.mark.slow
def test_what_is_pushed_passes_the_gallerys_checks(
    base: Path, run, small_hub: ServedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_of(base, run[1], push=REPO, license="mit")
    require_pushed(lambda: published(config), small_hub, monkeypatch)

    card = (run[1] / "model" / "README.md").read_text()
    assert re.search(r"its loss is \*\*[0-9.]+\*\*; that of the base", card)
    for prompt in (run[1] / "sheets" / "prompts.txt").read_text().splitlines():
        assert f"- {prompt}\n" in card
    sent = set(HfApi(endpoint=small_hub.address, token=TOKEN).list_repo_files(REPO))
    made = {one for one in (run[1] / "model").rglob("*") if one.is_file()}
    assert {one.relative_to(run[1] / "model").as_posix() for one in made} <= sent


@pytest.mark.slow
def test_a_folder_of_another_run_is_not_written_over(base: Path, run) -> None:
    with pytest.raises(AnotherRun, match="a run with seed 0, got 7"):
        train(config_of(base, run[1], seed=7))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, r"a prompt in each line, got .*prompts.txt \(FileNotFoundError\); write one"),
        (" \n", "a prompt in each line, got an empty .*prompts.txt; write some, or leave it out"),
    ],
)
def test_prompts_that_are_none_are_one_sentence(
    base: Path, tmp_path: Path, text: str | None, said: str
) -> None:
    prompts = tmp_path / "prompts.txt"
    if text is not None:
        prompts.write_text(text)
    with pytest.raises(WrongSettings, match=said):
        train(config_of(base, tmp_path / "run", prompts=prompts))


def test_the_documented_lines_are_ones_that_it_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = (Path(__file__).parents[2] / "docs" / "training.md").read_text("utf-8")
    (settings,) = re.findall(r"cat > style.toml <<'END'\n(.*?)END\n", document, re.S)
    monkeypatch.chdir(tmp_path)
    Path("style.toml").write_text(settings)
    lines = re.findall(r"^\.venv/bin/python -m training\.train_base (.*)$", document, re.M)
    configs = [read_settings(Config, "x", shlex.split(line)) for line in lines]
    assert [config.dry_run for config in configs] == [True, False, False]
    assert {str(config.out) for config in configs} == {"runs/style"}
    assert configs[-1].push == "you/your-style"


def test_a_base_for_inpainting_is_refused(tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path)
    unet = dataclasses.replace(bundle.unet.config, in_channels=9)
    networks = [CLIPTextModel(bundle.text_encoder.config), UNet2DConditionModel(unet)]
    base = Base(*networks, AutoencoderKL(bundle.vae.config), tmp_path, {})
    with pytest.raises(WrongSettings, match="with a UNet of 4 channels, got owner/sd with 9"):
        require_words_alone(base, "owner/sd")
