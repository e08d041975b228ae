import dataclasses
import json
import shutil

import jax
import ml_dtypes
import numpy as np
import pytest

from inference.checkpoints import load_bundle, load_controlnet, save_component
from inference.checkpoints.fit import leaves
from inference.errors import (
    CheckpointNotFound,
    DamagedWeights,
    MismatchedWeights,
    UnsafeWeights,
    UnsupportedConfig,
)
from inference.models.build import build
from tests.inference.models.reference import params_of


def _edit(path, **changes):
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_a_flax_model_is_loaded_whole(flax_model):
    bundle = load_bundle(flax_model, dtype=np.float32)
    assert bundle.name == "flax-model"
    assert bundle.license == "mit"
    assert bundle.unet.config.cross_attention_dim == bundle.text_encoder.config.hidden_size
    assert bundle.scheduler_config["_class_name"] == "FlaxDDIMScheduler"
    assert bundle.tokenizer == flax_model / "tokenizer"
    assert list(bundle.controlnets) == ["canny"]
    assert bundle.controlnets["canny"].name == "flax-model:controlnet-canny"
    assert bundle.generation_config == {}
    dtypes = {leaf.dtype for _, leaf in leaves(bundle.unet.params)}
    assert dtypes == {np.dtype(np.float32)}


def test_weights_keep_their_dtype_unless_another_is_asked_for(flax_model):
    folder = flax_model / "controlnet-canny"
    stored = load_controlnet(folder)
    assert {leaf.dtype for _, leaf in leaves(stored.params)} == {np.dtype(np.float16)}
    half = load_controlnet(folder, dtype=ml_dtypes.bfloat16)
    assert {leaf.dtype for _, leaf in leaves(half.params)} == {np.dtype(ml_dtypes.bfloat16)}


def test_a_pytorch_model_becomes_the_same_tree(torch_model, torch_modules):
    bundle = load_bundle(torch_model)
    for name, module in torch_modules.items():
        ours = dict(leaves(getattr(bundle, name).params))
        theirs = dict(leaves(params_of(module, name)))
        assert ours.keys() == theirs.keys()
        for leaf in ours:
            np.testing.assert_array_equal(ours[leaf], theirs[leaf])
    assert bundle.scheduler_config["_class_name"] == "EulerDiscreteScheduler"


def test_the_recommended_settings_come_along(flax_model):
    (flax_model / "generation_config.json").write_text('{"steps": 12}')
    assert load_bundle(flax_model).generation_config == {"steps": 12}


def test_a_scheduler_without_a_class_takes_it_from_the_index(flax_model):
    config = flax_model / "scheduler" / "scheduler_config.json"
    values = json.loads(config.read_text())
    del values["_class_name"]
    config.write_text(json.dumps(values))
    assert load_bundle(flax_model).scheduler_config["_class_name"] == "FlaxDDIMScheduler"


def test_a_folder_without_weights_names_what_was_looked_for(flax_model):
    (flax_model / "unet" / "diffusion_flax_model.msgpack").unlink()
    with pytest.raises(CheckpointNotFound) as error:
        load_bundle(flax_model)
    assert "diffusion_flax_model.msgpack" in str(error.value)
    assert "diffusion_pytorch_model.fp16.safetensors" in str(error.value)


def test_pickled_weights_are_refused_with_the_way_out(flax_model):
    unet = flax_model / "unet"
    (unet / "diffusion_flax_model.msgpack").rename(unet / "diffusion_pytorch_model.bin")
    with pytest.raises(UnsafeWeights, match=r"diffusion_pytorch_model\.bin.*refs/pr.*convert"):
        load_bundle(flax_model)


def test_a_model_of_another_pipeline_is_named(flax_model):
    _edit(flax_model / "model_index.json", _class_name="StableDiffusionXLPipeline")
    with pytest.raises(UnsupportedConfig, match="StableDiffusionXLPipeline") as error:
        load_bundle(flax_model)
    assert error.value.field == "_class_name"


def test_a_config_of_another_architecture_is_named(flax_model):
    shutil.copy(flax_model / "vae" / "config.json", flax_model / "unet" / "config.json")
    with pytest.raises(UnsupportedConfig, match=r"unet/config\.json: _class_name.*AutoencoderKL"):
        load_bundle(flax_model)


def test_a_controlnet_given_as_a_model_is_told_apart(flax_model):
    with pytest.raises(CheckpointNotFound, match="ControlNet goes with its base model"):
        load_bundle(flax_model / "controlnet-canny")
    with pytest.raises(CheckpointNotFound, match=r"config\.json"):
        load_controlnet(flax_model)


@pytest.mark.slow
def test_weights_that_do_not_fit_are_listed_leaf_by_leaf(flax_model):
    _edit(flax_model / "unet" / "config.json", layers_per_block=2, cross_attention_dim=24)
    with pytest.raises(MismatchedWeights) as error:
        load_bundle(flax_model)
    assert "down_blocks_0/resnets_1/conv1/kernel" in error.value.missing
    assert error.value.extra == ()
    text_keys = "attn2/to_k/kernel: expected [24, 32], got [16, 32]"
    assert any(text_keys in line for line in error.value.misshaped)
    assert f"{len(error.value.missing)} missing" in str(error.value)
    assert len(str(error.value)) < 3000


@pytest.mark.slow
def test_parts_that_do_not_fit_each_other_are_named(flax_model):
    config = dataclasses.replace(load_bundle(flax_model).unet.config, in_channels=8)
    shapes = jax.eval_shape(build(config).init_params, jax.random.key(0))
    zeros = jax.tree.map(lambda leaf: np.zeros(leaf.shape, np.float16), shapes)
    save_component(flax_model / "unet", config, zeros)
    with pytest.raises(UnsupportedConfig, match="in_channels must be 4, the autoencoder's"):
        load_bundle(flax_model)


@pytest.mark.parametrize("part", ["scheduler/scheduler_config.json", "tokenizer/vocab.json"])
def test_an_incomplete_model_names_what_is_missing(flax_model, part):
    (flax_model / part).unlink()
    with pytest.raises(CheckpointNotFound, match=part.split("/")[1].split(".")[0]):
        load_bundle(flax_model)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"null"])
def test_a_damaged_config_is_told(flax_model, content):
    (flax_model / "unet" / "config.json").write_bytes(content)
    with pytest.raises(DamagedWeights, match=r"config\.json must be"):
        load_bundle(flax_model)
