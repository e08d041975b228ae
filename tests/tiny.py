"""A complete model of random weights, small enough to compile in seconds."""

import json
from pathlib import Path

import jax
import numpy as np

from inference.checkpoints import Bundle, Component, ControlNet
from inference.models.clip_config import TextEncoderConfig
from inference.models.controlnet import ControlNetModel
from inference.models.denoiser_config import ControlNetConfig, UNetConfig
from inference.models.text_encoder import CLIPTextModel
from inference.models.unet import UNet2DConditionModel
from inference.models.upscaler import SRVGGNetCompact
from inference.models.upscaler_config import UpscalerConfig
from inference.models.vae import AutoencoderKL
from inference.models.vae_config import VAEConfig

TOKENS = 12
"""The tokenizer's length L, begin and end included."""

SCHEDULER = {
    "_class_name": "DDIMScheduler",
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "num_train_timesteps": 1000,
    "prediction_type": "v_prediction",
    "rescale_betas_zero_snr": True,
    "timestep_spacing": "trailing",
    "set_alpha_to_one": True,
    "clip_sample": False,
}

_DENOISER = {
    "in_channels": 4,
    "block_out_channels": (16, 32),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
    "layers_per_block": 1,
    "attention_head_dim": 2,
    "cross_attention_dim": 16,
    "norm_num_groups": 8,
}


def tiny_tokenizer(folder: Path) -> Path:
    """CLIP's tokenizer over single characters."""
    folder.mkdir(parents=True, exist_ok=True)
    characters = [chr(code) for code in range(ord("!"), ord("~") + 1)]
    words = [*characters, *(f"{c}</w>" for c in characters), "<|startoftext|>", "<|endoftext|>"]
    vocabulary = {word: index for index, word in enumerate(words)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    settings = {
        "tokenizer_class": "CLIPTokenizer",
        "model_max_length": TOKENS,
        "bos_token": "<|startoftext|>",
        "eos_token": "<|endoftext|>",
        "pad_token": "<|endoftext|>",
        "unk_token": "<|endoftext|>",
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    return folder


def tiny_bundle(folder: Path) -> Bundle:
    """32×32 pictures from 16×16 latents, with a ControlNet called canny that does something."""
    unet = UNetConfig(
        **_DENOISER,
        sample_size=16,
        out_channels=4,
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
    )
    vae = VAEConfig(
        block_out_channels=(8, 16),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        norm_num_groups=8,
    )
    text = TextEncoderConfig(
        vocab_size=200,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=TOKENS,
    )
    return Bundle(
        name="tiny",
        text_encoder=Component(text, random_params(CLIPTextModel(text), 0)),
        unet=Component(unet, random_params(UNet2DConditionModel(unet), 1)),
        vae=Component(vae, random_params(AutoencoderKL(vae), 2)),
        tokenizer=tiny_tokenizer(folder / "tokenizer"),
        scheduler_config=SCHEDULER,
        generation_config={"sampler": "ddim", "steps": 4, "guidance_scale": 3.0},
        controlnets={
            name: tiny_controlnet(name, seed) for seed, name in ((3, "canny"), (4, "hue"))
        },
    )


def tiny_controlnet(name: str, seed: int) -> ControlNet:
    config = ControlNetConfig(**_DENOISER, conditioning_embedding_out_channels=(8, 16))
    return ControlNet(name, config, random_params(ControlNetModel(config), seed))


def tiny_upscaler(upscale: int = 4) -> Component[UpscalerConfig]:
    config = UpscalerConfig(num_feat=8, num_conv=2, upscale=upscale)
    return Component(config, random_params(SRVGGNetCompact(config), 5))


def random_params(model, seed: int):
    """Random leaves everywhere: a fresh ControlNet's zeros would hide mistakes."""
    shapes = jax.eval_shape(model.init_params, jax.random.key(0))
    generator = np.random.default_rng(seed)

    def draw(leaf):
        fan_in = max(1, int(np.prod(leaf.shape[:-1])))
        return (generator.standard_normal(leaf.shape) / np.sqrt(fan_in)).astype(np.float32)

    return jax.tree.map(draw, shapes)
