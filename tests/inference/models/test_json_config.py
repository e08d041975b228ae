import dataclasses
import inspect

import diffusers
import pytest
import transformers

from inference.errors import UnsupportedConfig
from inference.models.build import build
from inference.models.clip_config import TextEncoderConfig
from inference.models.denoiser_config import ControlNetConfig, UNetConfig
from inference.models.vae_config import VAEConfig
from tests.inference.models.reference import SD15, SD21, UP

DIFFUSERS = {
    UNetConfig: diffusers.UNet2DConditionModel,
    ControlNetConfig: diffusers.ControlNetModel,
    VAEConfig: diffusers.AutoencoderKL,
}


@pytest.mark.parametrize("config_type", DIFFUSERS)
def test_every_field_that_diffusers_has_is_supported_checked_or_known_to_be_harmless(config_type):
    known = {field.name for field in dataclasses.fields(config_type)}
    known |= set(config_type.FIXED) | config_type.IGNORED
    signature = inspect.signature(DIFFUSERS[config_type].__init__)
    assert set(signature.parameters) - {"self"} <= known


@pytest.mark.parametrize("config_type", DIFFUSERS)
def test_diffusers_defaults_are_ours(config_type):
    parameters = inspect.signature(DIFFUSERS[config_type].__init__).parameters
    ours = config_type()
    for field in dataclasses.fields(config_type):
        assert getattr(ours, field.name) == parameters[field.name].default
    for name, values in config_type.FIXED.items():
        if name in parameters:
            assert parameters[name].default in values


UNSUPPORTED = {
    "act_fn": "gelu",
    "addition_embed_type": "text_time",
    "attention_type": "gated",
    "center_input_sample": True,
    "class_embed_type": "projection",
    "class_embeddings_concat": True,
    "conv_in_kernel": 1,
    "conv_out_kernel": 1,
    "cross_attention_norm": "group_norm",
    "downsample_padding": 0,
    "dual_cross_attention": True,
    "encoder_hid_dim": 1024,
    "encoder_hid_dim_type": "text_proj",
    "mid_block_scale_factor": 1.41,
    "mid_block_type": "UNetMidBlock2DSimpleCrossAttn",
    "num_attention_heads": 8,
    "num_class_embeds": 10,
    "resnet_out_scale_factor": 2.0,
    "resnet_skip_time_act": True,
    "resnet_time_scale_shift": "scale_shift",
    "reverse_transformer_layers_per_block": [[1], [2]],
    "time_cond_proj_dim": 256,
    "time_embedding_act_fn": "silu",
    "time_embedding_dim": 512,
    "time_embedding_type": "fourier",
    "timestep_post_act": "silu",
    "norm_num_groups": None,
    "cross_attention_dim": [768, 768],
    "layers_per_block": [2, 2, 2],
    "attention_head_dim": 7,
    "only_cross_attention": [True],
    "block_out_channels": [320, 641],
    "down_block_types": ["AttnDownBlock2D", "DownBlock2D"],
    "up_block_types": ["UpBlock2D"],
    "transformer_layers_per_block": 0,
    "in_channels": "4",
    "use_linear_projection": 1,
    "norm_eps": float("nan"),
    "an_option_of_the_future": "on",
}


@pytest.mark.parametrize("field", UNSUPPORTED)
def test_a_field_that_changes_the_computation_is_never_ignored(field):
    config = {**SD15, "up_block_types": UP, field: UNSUPPORTED[field]}
    with pytest.raises(UnsupportedConfig, match=rf"unet/config\.json: {field} must be") as error:
        UNetConfig.from_dict(config, where="unet/config.json")
    assert error.value.field == field


@pytest.mark.parametrize(
    ("config_type", "field", "value"),
    [
        (ControlNetConfig, "global_pool_conditions", True),
        (ControlNetConfig, "controlnet_conditioning_channel_order", "gbr"),
        (ControlNetConfig, "conditioning_channels", 4),
        (ControlNetConfig, "num_attention_heads", [8]),
        (ControlNetConfig, "mid_block_type", None),
        (ControlNetConfig, "conditioning_embedding_out_channels", []),
        (VAEConfig, "act_fn", "relu"),
        (VAEConfig, "latents_mean", [0.1, 0.2, 0.3, 0.4]),
        (VAEConfig, "latents_std", [1.0, 1.0, 1.0, 1.0]),
        (VAEConfig, "down_block_types", ["AttnDownEncoderBlock2D"]),
        (VAEConfig, "up_block_types", ["UpDecoderBlock2D"] * 2),
        (VAEConfig, "block_out_channels", [60]),
        (VAEConfig, "in_channels", 4),
        (VAEConfig, "scaling_factor", 0),
        (TextEncoderConfig, "hidden_act", "relu"),
        (TextEncoderConfig, "model_type", "bert"),
        (TextEncoderConfig, "architectures", ["CLIPTextModelWithProjection"]),
        (TextEncoderConfig, "num_attention_heads", 7),
        (TextEncoderConfig, "num_hidden_layers", -1),
    ],
)
def test_the_other_networks_name_what_they_do_not_support(config_type, field, value):
    with pytest.raises(UnsupportedConfig) as error:
        config_type.from_dict({field: value})
    assert error.value.field == field


@pytest.mark.parametrize("class_name", ["UNet3DConditionModel", "AutoencoderKL", "SD3Transformer"])
def test_another_architecture_is_named(class_name):
    with pytest.raises(UnsupportedConfig, match=f"_class_name must be UNet2D.*{class_name}"):
        UNetConfig.from_dict({"_class_name": class_name})


def test_what_cannot_change_the_picture_is_ignored():
    harmless = {
        "_diffusers_version": "0.6.0",
        "_name_or_path": "somewhere",
        "dropout": 0.1,
        "sample_size": 64,
        "decay": 0.9999,
        "optimization_step": 1000,
        "split_head_dim": True,
        "mid_block_only_cross_attention": None,
        "an_option_of_the_future": False,
    }
    config = UNetConfig.from_dict({**SD15, "up_block_types": UP, **harmless})
    assert config == UNetConfig.from_dict({**SD15, "up_block_types": UP, "sample_size": 64})


def test_a_saved_config_reads_back_the_same():
    for config in (
        UNetConfig.from_dict({**SD21, "up_block_types": UP, "freq_shift": 1}),
        ControlNetConfig.from_dict({**SD21, "num_attention_heads": [2, 4]}),
        VAEConfig.from_dict({"shift_factor": 0.5, "scaling_factor": 1}),
        TextEncoderConfig(hidden_act="gelu"),
    ):
        saved = config.to_dict()
        assert type(config).from_dict(saved) == config
        assert not any(isinstance(value, tuple) for value in saved.values())


def test_transformers_and_diffusers_read_what_is_saved():
    text = TextEncoderConfig(hidden_size=64, num_attention_heads=4).to_dict()
    assert transformers.CLIPTextConfig(**text).hidden_size == 64
    unet = UNetConfig.from_dict({**SD15, "up_block_types": UP}).to_dict()
    loaded, unused = diffusers.UNet2DConditionModel.extract_init_dict(unet)[:2]
    assert loaded["block_out_channels"] == [32, 64]
    assert unused == {}


def test_each_config_builds_its_network():
    names = [type(build(kind())).__name__ for kind in (*DIFFUSERS, TextEncoderConfig)]
    assert names == ["UNet2DConditionModel", "ControlNetModel", "AutoencoderKL", "CLIPTextModel"]
