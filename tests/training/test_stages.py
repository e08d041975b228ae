"""All stages on a handful of drawings: they chain, resume, and what they write loads."""

import functools
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax.traverse_util import flatten_dict

from inference.checkpoints import load_bundle, load_controlnet
from inference.errors import CheckpointNotFound
from training import distill, train_autoencoder, train_base, train_controlnet
from training.base import FEW_STEPS, load
from training.diffusion import SCHEDULE
from training.errors import UnlikeStart
from training.package import main as package
from training.train_controlnet import controlnet_config, from_unet, started


@pytest.mark.slow
def test_the_stages_chain_and_log_what_they_measured(runs: Path) -> None:
    logged = {"autoencoder": "reconstruction", "base": "velocity", "decoder": "edges"}
    for name, figure in logged.items():
        assert (runs / name / "state.msgpack").exists(), figure
    assert list((runs / "canny").glob("sample-*.png"))


@pytest.mark.slow
def test_latents_and_maps_are_computed_once_for_all(runs: Path) -> None:
    assert len(list(runs.rglob("latents-*.npy"))) == 1
    # Lines of all pictures, and of the drawings that they are copies of.
    assert len(list(runs.rglob("maps-canny-*.npy"))) == 2
    assert len(list(runs.rglob("maps-palette-*.npy"))) == 1


@pytest.mark.slow
def test_a_decoder_goes_on_learning_behind_an_encoder_that_stays(runs: Path) -> None:
    (_, before), (_, after) = (
        train_autoencoder.load(runs / name / "vae") for name in ("autoencoder", "decoder")
    )

    now: dict = flatten_dict({name: after[name] for name in ("encoder", "quant_conv")})
    for path, leaf in flatten_dict(
        {name: before[name] for name in ("encoder", "quant_conv")}
    ).items():
        np.testing.assert_array_equal(now.pop(path), leaf)
    # What is new in the encoder is an attention that adds nothing.
    assert {path[2] for path in now} == {"attentions_0"}
    assert not any(np.any(leaf) for path, leaf in now.items() if "proj_attn" in path)
    kernels = [params["decoder"]["conv_out"]["kernel"] for params in (before, after)]
    assert np.abs(kernels[0] - kernels[1]).max() > 0


@pytest.mark.slow
def test_a_package_may_have_another_autoencoder_than_its_base(runs: Path, tmp_path: Path) -> None:
    arguments = ["--base", str(runs / "base" / "model"), "--out", str(tmp_path)]

    assert package([*arguments, "--storage", "float16", "--vae", str(runs / "decoder/vae")]) == 0

    _, wanted = train_autoencoder.load(runs / "decoder" / "vae")
    jax.tree.map(
        lambda got, one: np.testing.assert_array_equal(got, np.asarray(one).astype(np.float16)),
        load_bundle(tmp_path).vae.params,
        dict(wanted),
    )


@pytest.mark.slow
def test_the_package_is_a_model_of_half_precision_that_loads(runs: Path, tmp_path: Path) -> None:
    out = tmp_path / "embedded"
    arguments = ["--base", str(runs / "base" / "model"), "--out", str(out), "--storage", "float16"]

    assert package([*arguments, "--controlnet", f"canny={runs / 'canny' / 'model'}"]) == 0

    bundle = load_bundle(out)
    assert set(bundle.controlnets) == {"canny"}
    assert {leaf.dtype for leaf in jax.tree.leaves(bundle.unet.params)} == {np.dtype(np.float16)}
    assert bundle.generation_config["steps"] > 0
    trained = load_bundle(runs / "base" / "model").unet.params["conv_in"]["kernel"]
    stored = bundle.unet.params["conv_in"]["kernel"]
    np.testing.assert_array_equal(stored, np.asarray(trained).astype(np.float16))


@pytest.mark.slow
def test_a_package_may_say_that_few_steps_are_enough(runs: Path, tmp_path: Path) -> None:
    arguments = ["--base", str(runs / "base" / "model"), "--out", str(tmp_path), "--few-steps"]

    assert package(arguments) == 0

    assert load_bundle(tmp_path).generation_config == FEW_STEPS


@pytest.mark.slow
def test_a_fresh_controlnet_changes_nothing(runs: Path) -> None:
    base = load(runs / "base" / "model")
    model = train_controlnet.ControlNetModel(controlnet_config(base.unet.config, downscale=2))
    params = from_unet(model.init_params(jax.random.key(0)), base.params["unet"])
    latents = jax.random.normal(jax.random.key(1), (2, 16, 16, 4))
    text = jax.random.normal(jax.random.key(2), (2, 5, 128))
    times = jnp.asarray([0.0, 999.0])
    maps = jnp.ones((2, 32, 32, 3))

    residuals = model.apply({"params": params}, latents, times, text, maps, method="from_pixels")

    apply = functools.partial(base.unet.apply, {"params": base.params["unet"]}, latents, times)
    np.testing.assert_array_equal(apply(text), apply(text, *residuals))


@pytest.mark.slow
def test_a_controlnet_begins_as_its_unet(runs: Path) -> None:
    base = load(runs / "base" / "model")
    trained = load_controlnet(runs / "canny" / "model")
    model = train_controlnet.ControlNetModel(controlnet_config(base.unet.config, downscale=2))

    params = from_unet(model.init_params(jax.random.key(0)), base.params["unet"])

    np.testing.assert_array_equal(
        params["down_blocks_0"]["resnets_0"]["conv1"]["kernel"],
        base.params["unet"]["down_blocks_0"]["resnets_0"]["conv1"]["kernel"],
    )
    assert jax.tree.structure(params) == jax.tree.structure(trained.params)


@pytest.mark.slow
def test_a_controlnet_goes_on_from_one_that_fits(runs: Path) -> None:
    like = load_controlnet(runs / "canny" / "model", dtype=np.float32).params

    params = started(runs / "canny" / "model", like=like)

    jax.tree.map(np.testing.assert_array_equal, params, like)
    narrower = jax.tree.map(lambda leaf: leaf[..., :1], like)
    with pytest.raises(UnlikeStart, match="trained on this base"):
        started(runs / "canny" / "model", like=narrower)


@pytest.mark.slow
def test_a_base_may_go_on_learning_beside_its_controlnet(runs: Path, tmp_path: Path) -> None:
    before = load(runs / "base" / "model")
    train_controlnet.train(
        train_controlnet.Config(
            runs / "icons",
            runs / "base" / "model",
            tmp_path / "unlocked",
            latents=runs / "autoencoder",
            start=runs / "canny" / "model",
            unlocked=True,
            steps=2,
            batch_size=2,
        )
    )
    after = load(tmp_path / "unlocked" / "base")
    kernels = [one.params["unet"]["conv_in"]["kernel"] for one in (before, after)]
    assert np.abs(kernels[0] - kernels[1]).max() > 0
    decoders = [jax.tree.leaves(one.params["vae"]) for one in (before, after)]
    for one, other in zip(*decoders, strict=True):
        np.testing.assert_array_equal(one, other)
    assert load_controlnet(tmp_path / "unlocked" / "model").config.in_channels == 4


@pytest.mark.slow
def test_distilling_leaves_a_whole_model_for_few_steps(runs: Path, tmp_path: Path) -> None:
    distill.train(
        distill.Config(
            runs / "icons",
            runs / "base" / "model",
            tmp_path,
            controlnets={"canny": runs / "canny" / "model"},
            latents=runs / "autoencoder",
            steps=2,
            batch_size=2,
        )
    )

    bundle = load_bundle(tmp_path / "model")
    assert bundle.generation_config == FEW_STEPS
    before = load(runs / "base" / "model").params["unet"]["conv_in"]["kernel"]
    assert np.abs(bundle.unet.params["conv_in"]["kernel"] - before).max() > 0


@pytest.mark.slow
def test_a_controlnet_alone_is_no_base(runs: Path, tmp_path: Path) -> None:
    assert package(["--base", str(runs / "canny" / "model"), "--out", str(tmp_path)]) == 2
    with pytest.raises(CheckpointNotFound):
        load(runs / "canny" / "model")


def test_noise_is_added_by_the_published_schedule() -> None:
    assert SCHEDULE.alphas_cumprod[-1] == 0.0
    latents, noise = jnp.ones((2, 1, 1, 1)), jnp.full((2, 1, 1, 1), 2.0)

    noisy, velocity = train_base.add_noise(latents, noise, jnp.asarray([0, 999]))

    assert float(noisy[1, 0, 0, 0]) == 2.0
    assert float(velocity[1, 0, 0, 0]) == -1.0
    assert float(noisy[0, 0, 0, 0]) == pytest.approx(1.0, abs=0.1)
