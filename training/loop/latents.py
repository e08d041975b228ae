"""Latent cache: pictures as the denoiser sees them, computed once, before its training."""

import hashlib
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, UInt8
from tqdm import tqdm

from inference.models.vae import AutoencoderKL
from training.loop.checkpoint import Params
from training.loop.onednn import fast_layers


def encode(
    model: AutoencoderKL,
    params: Params,
    images: UInt8[np.ndarray, "N H W 3"],
    *,
    batch_size: int = 64,
) -> Float[np.ndarray, "N h w Z"]:
    """Scaled latents, float16."""

    @jax.jit
    def encode_batch(pixels: UInt8[Array, "B H W 3"]) -> Float[Array, "B h w Z"]:
        with fast_layers():
            mean, _ = model.apply(
                {"params": params}, pixels.astype(jnp.float32) / 127.5 - 1.0, method="encode"
            )
        return ((mean - model.config.shift) * model.config.scaling_factor).astype(jnp.float16)

    batches = []
    for start in tqdm(range(0, len(images), batch_size), desc="latents", mininterval=2.0):
        batch = images[start : start + batch_size]
        # The last batch is filled up, so that one compiled function serves all of them.
        filled = np.resize(batch, (batch_size, *batch.shape[1:]))
        batches.append(np.asarray(encode_batch(jnp.asarray(filled)))[: len(batch)])
    return np.concatenate(batches)


def load_or_encode(
    folder: Path, model: AutoencoderKL, params: Params, images: UInt8[np.ndarray, "N H W 3"]
) -> Float[np.ndarray, "N h w Z"]:
    """The latents of these pictures by this model, kept in `folder` under a name that says so."""
    cache = folder / f"latents-{_fingerprint(params, images)}.npy"
    if cache.exists():
        return np.load(cache)
    latents = encode(model, params, images)
    folder.mkdir(parents=True, exist_ok=True)
    np.save(cache, latents)
    return latents


def _fingerprint(params: Params, images: UInt8[np.ndarray, "N H W 3"]) -> str:
    digest = hashlib.blake2b(digest_size=6)
    encoder = {name: params[name] for name in ("encoder", "quant_conv") if name in params}
    for array in (images, *jax.tree.leaves(encoder)):
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
