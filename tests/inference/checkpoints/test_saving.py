import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from inference.checkpoints import load_bundle, load_controlnet, save_bundle, save_component
from inference.checkpoints.fit import leaves
from inference.models.build import build
from inference.models.clip_config import TextEncoderConfig
from inference.models.vae_config import VAEConfig

FILES = {
    "unet": "diffusion_flax_model.msgpack",
    "vae": "diffusion_flax_model.msgpack",
    "text_encoder": "flax_model.msgpack",
    "controlnet-canny": "diffusion_flax_model.msgpack",
}


def test_a_round_trip_changes_no_byte_of_the_weights(flax_model, tmp_path):
    copy = tmp_path / "copy"
    save_bundle(copy, load_bundle(flax_model))
    for part, file in FILES.items():
        assert (copy / part / file).read_bytes() == (flax_model / part / file).read_bytes()
    again = load_bundle(copy)
    first = load_bundle(flax_model)
    assert again.unet.config == first.unet.config
    assert again.controlnets["canny"].config == first.controlnets["canny"].config
    assert again.scheduler_config == first.scheduler_config
    assert (copy / "tokenizer" / "vocab.json").is_file()


def test_the_layout_is_that_of_the_old_flax_pipeline(flax_model, tmp_path):
    copy = tmp_path / "copy"
    save_bundle(copy, load_bundle(flax_model))
    index = json.loads((copy / "model_index.json").read_text())
    assert index["_class_name"] == "FlaxStableDiffusionPipeline"
    assert index["unet"] == ["diffusers", "FlaxUNet2DConditionModel"]
    assert index["text_encoder"] == ["transformers", "FlaxCLIPTextModel"]
    assert index["scheduler"] == ["diffusers", "FlaxDDIMScheduler"]
    for part in ("unet", "vae", "controlnet-canny"):
        ours = json.loads((copy / part / "config.json").read_text())
        theirs = json.loads((flax_model / part / "config.json").read_text())
        assert ours["_class_name"] == theirs["_class_name"]
        shared = ours.keys() & theirs.keys()
        assert {key: ours[key] for key in shared} == {key: theirs[key] for key in shared}


@pytest.mark.slow
def test_a_pytorch_model_saves_as_flax(torch_model, tmp_path):
    bundle = load_bundle(torch_model)
    save_bundle(tmp_path / "copy", bundle)
    again = load_bundle(tmp_path / "copy")
    for part in ("unet", "vae", "text_encoder"):
        ours, theirs = getattr(again, part), getattr(bundle, part)
        assert ours.config == theirs.config
        pairs = zip(leaves(ours.params), leaves(theirs.params), strict=True)
        assert all(a == b and np.array_equal(x, y) for (a, x), (b, y) in pairs)


def test_saving_in_place_keeps_the_tokenizer(flax_model):
    save_bundle(flax_model, load_bundle(flax_model))
    assert load_bundle(flax_model).tokenizer == flax_model / "tokenizer"


def test_a_component_of_jax_arrays_in_bfloat16_comes_back_as_such(tmp_path, flax_model):
    control = load_controlnet(flax_model / "controlnet-canny")
    params = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.bfloat16), control.params)
    save_component(tmp_path / "net", control.config, params)
    again = load_controlnet(tmp_path / "net")
    assert again.config == control.config
    assert {leaf.dtype for _, leaf in leaves(again.params)} == {np.dtype(jnp.bfloat16)}


def test_an_empty_tree_of_each_kind_has_a_network():
    vae = build(VAEConfig(block_out_channels=(32,)), jnp.bfloat16)
    text = build(TextEncoderConfig(num_hidden_layers=1))
    assert vae.dtype == jnp.bfloat16
    assert "text_model" in jax.eval_shape(text.init_params, jax.random.key(0))
