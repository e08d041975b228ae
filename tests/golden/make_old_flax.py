"""Makes the golden files beside it: what diffusers' Flax networks computed before their removal.

Run once, in an environment of its own, which nothing else needs:

    python3.11 -m venv /tmp/old-flax
    /tmp/old-flax/bin/pip install diffusers==0.39.0 transformers==4.57.6 jax==0.10.2 \\
        flax==0.12.8 torch==2.13.0
    /tmp/old-flax/bin/python tests/golden/make_old_flax.py

Each folder is what the old `save_pretrained` writes for a small network with random weights (config
and msgpack); `outputs.npz` holds inputs, in our NHWC layout, and the old classes' outputs. The
picture is that of the whole old pipeline: prompt ids, guidance, ControlNet, four DDIM steps.
"""

import json
import shutil
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from diffusers import (
    FlaxAutoencoderKL,
    FlaxControlNetModel,
    FlaxDDIMScheduler,
    FlaxStableDiffusionControlNetPipeline,
    FlaxUNet2DConditionModel,
)
from flax.traverse_util import flatten_dict, unflatten_dict
from transformers import CLIPTextConfig, FlaxCLIPTextModel

HERE = Path(__file__).parent / "old_flax"

DENOISER = {
    "sample_size": 8,
    "in_channels": 4,
    "block_out_channels": (32, 32),
    "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
    "layers_per_block": 1,
    "attention_head_dim": 8,
    "cross_attention_dim": 16,
}


def randomized(params, rng):
    """Every leaf drawn anew, so that zero-initialised layers and biases are seen too.

    The values are those of float16, which the two largest files are stored in.
    """
    flat = {}
    for path, leaf in flatten_dict(params).items():
        noise = rng.standard_normal(leaf.shape).astype(np.float32)
        if path[-1] == "scale":
            flat[path] = 1.0 + 0.1 * noise
        elif leaf.ndim > 1:
            fan_in = 1 if path[-1] == "embedding" else np.prod(leaf.shape[:-1])
            flat[path] = noise * float(fan_in) ** -0.5
        else:
            flat[path] = 0.1 * noise
    return unflatten_dict({path: half(leaf).astype(np.float32) for path, leaf in flat.items()})


def half(tree):
    return jax.tree.map(lambda leaf: np.asarray(leaf, np.float16), tree)


def nchw(array):
    return np.transpose(array, (0, 3, 1, 2))


def nhwc(array):
    return np.transpose(np.asarray(array), (0, 2, 3, 1))


def main():
    shutil.rmtree(HERE, ignore_errors=True)
    rng = np.random.default_rng(0)
    draw = lambda *shape: rng.standard_normal(shape).astype(np.float32)  # noqa: E731
    key = jax.random.key(0)
    out = {
        "sample": draw(2, 8, 8, 4),
        "timesteps": np.array([1, 981], np.int32),
        "latents": draw(1, 32, 32, 4),
        "control_map": rng.uniform(size=(1, 64, 64, 3)).astype(np.float32),
        "images": rng.uniform(-1, 1, (2, 16, 16, 3)).astype(np.float32),
        "input_ids": rng.integers(0, 40, (2, 12)).astype(np.int32),
        "negative_ids": rng.integers(0, 40, (2, 12)).astype(np.int32),
    }
    # Two of 16 x 16 for the networks, one of 64 x 64 for the pipeline, which takes nothing smaller.
    large = out["control_map"]
    small_maps = np.concatenate([large[:, :16, :16], large[:, 16:32, :16]])

    config = CLIPTextConfig(
        vocab_size=40,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=12,
        bos_token_id=38,
        eos_token_id=39,
        pad_token_id=39,
    )
    text_encoder = FlaxCLIPTextModel(config, input_shape=(1, 12))
    text_params = randomized(text_encoder.params, rng)
    text = text_encoder(out["input_ids"], params=text_params).last_hidden_state
    out["text"] = np.asarray(text)
    text_encoder.save_pretrained(HERE / "text_encoder", params=text_params)

    unet = FlaxUNet2DConditionModel(
        **DENOISER, out_channels=4, up_block_types=("UpBlock2D", "CrossAttnUpBlock2D")
    )
    controlnet = FlaxControlNetModel(**DENOISER, conditioning_embedding_out_channels=(16, 16))
    unet_params = randomized(unet.init_weights(key), rng)
    sample, timesteps = jnp.asarray(nchw(out["sample"])), jnp.asarray(out["timesteps"])
    inputs = sample, timesteps, text, jnp.asarray(nchw(small_maps))
    control_params = randomized(controlnet.init(key, *inputs)["params"], rng)
    down, mid = controlnet.apply({"params": control_params}, *inputs, return_dict=False)
    out["mid"] = np.asarray(mid)
    for i, residual in enumerate(down):
        out[f"down_{i}"] = np.asarray(residual)
    plain = unet.apply({"params": unet_params}, sample, timesteps, text)
    controlled = unet.apply(
        {"params": unet_params},
        sample,
        timesteps,
        text,
        down_block_additional_residuals=tuple(down),
        mid_block_additional_residual=mid,
    )
    out["unet"], out["unet_controlled"] = nhwc(plain.sample), nhwc(controlled.sample)
    unet.save_pretrained(HERE / "unet", params=half(unet_params))
    controlnet.save_pretrained(HERE / "controlnet", params=half(control_params))

    vae = FlaxAutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        block_out_channels=(16, 16),
        norm_num_groups=8,
        sample_size=16,
    )
    vae_params = randomized(vae.init_weights(key), rng)
    posterior = vae.apply(
        {"params": vae_params}, nchw(out["images"]), method=vae.encode
    ).latent_dist
    out["mean"], out["logvar"] = np.asarray(posterior.mean), np.asarray(posterior.logvar)
    decoded = vae.apply({"params": vae_params}, out["sample"], method=vae.decode).sample
    out["decoded"] = nhwc(decoded)
    vae.save_pretrained(HERE / "vae", params=vae_params)

    scheduler = FlaxDDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
    )
    scheduler.save_pretrained(HERE / "scheduler")
    pipeline = FlaxStableDiffusionControlNetPipeline(
        vae=vae,
        text_encoder=text_encoder,
        tokenizer=None,
        unet=unet,
        controlnet=controlnet,
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
    )
    picture = pipeline._generate(
        out["input_ids"][:1],
        jnp.asarray(nchw(out["control_map"])),
        {
            "text_encoder": text_params,
            "unet": unet_params,
            "vae": vae_params,
            "controlnet": control_params,
            "scheduler": scheduler.create_state(),
        },
        key,
        num_inference_steps=4,
        guidance_scale=3.0,
        latents=jnp.asarray(nchw(out["latents"])),
        neg_prompt_ids=out["negative_ids"][:1],
        controlnet_conditioning_scale=0.5,
    )
    out["picture"] = np.asarray(picture)
    index = {
        "_class_name": "FlaxStableDiffusionPipeline",
        "_diffusers_version": "0.39.0",
        "scheduler": ["diffusers", "FlaxDDIMScheduler"],
        "text_encoder": ["transformers", "FlaxCLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "FlaxUNet2DConditionModel"],
        "vae": ["diffusers", "FlaxAutoencoderKL"],
    }
    (HERE / "model_index.json").write_text(json.dumps(index, indent=2) + "\n")
    np.savez_compressed(HERE / "outputs.npz", **out)


if __name__ == "__main__":
    main()
