"""Stable Diffusion's safety checker: a CLIP that looks at finished pictures, with the parameter
names of transformers' and diffusers' Flax modules.

Axes: `B` pictures, `P` pixels of a side, `D` channels, `E` of the projection.
"""

from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from inference.models.clip import Encoder
from inference.models.clip_config import SafetyCheckerConfig
from inference.models.fresh import fresh_params
from inference.models.layers import Dense, LayerNorm, Params

CONCEPTS = 17
SPECIAL_CARE = 3
"""Concepts of which a hint makes it look more closely for the others."""
CLOSER = 0.01
"""By so much lower are the thresholds then."""


class Embeddings(nn.Module):
    """A vector for the whole picture and one for each patch, plus one for its place."""

    config: SafetyCheckerConfig
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, pixels: Float[Array, "B P P 3"]) -> Float[Array, "B L D"]:
        config, width = self.config, self.config.hidden_size
        init = nn.initializers.normal(0.02)
        whole: Any = self.param("class_embedding", init, (width,))
        patch = (config.patch_size, config.patch_size)
        patches = nn.Conv(
            width,
            patch,
            strides=patch,
            padding="VALID",
            use_bias=False,
            dtype=self.dtype,
            name="patch_embedding",
        )(pixels)
        patches = patches.reshape(len(pixels), -1, width)
        first = jnp.broadcast_to(whole.astype(self.dtype), (len(pixels), 1, width))
        places = nn.Embed(
            config.patches + 1,
            width,
            embedding_init=init,
            dtype=self.dtype,
            name="position_embedding",
        )(jnp.arange(config.patches + 1))
        return jnp.concatenate([first, patches], axis=1) + places


class VisionTransformer(nn.Module):
    """CLIP's vision model: what it makes of a whole picture (`pooler_output`)."""

    config: SafetyCheckerConfig
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, pixels: Float[Array, "B P P 3"]) -> Float[Array, "B D"]:
        eps = self.config.layer_norm_eps
        x = Embeddings(self.config, dtype=self.dtype, name="embeddings")(pixels)
        x = LayerNorm(epsilon=eps, dtype=self.dtype, name="pre_layrnorm")(x)
        x = Encoder(self.config, False, dtype=self.dtype, name="encoder")(x)
        return LayerNorm(epsilon=eps, dtype=self.dtype, name="post_layernorm")(x[:, 0])


class CLIPVision(nn.Module):
    """One level of names more, as the Flax checkpoints have it."""

    config: SafetyCheckerConfig
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, pixels: Float[Array, "B P P 3"]) -> Float[Array, "B D"]:
        return VisionTransformer(self.config, dtype=self.dtype, name="vision_model")(pixels)


class StableDiffusionSafetyChecker(nn.Module):
    """Whether pictures come too near to concepts that only their embeddings name."""

    config: SafetyCheckerConfig
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, pixels: Float[Array, "B P P 3"]) -> Bool[Array, " B"]:
        """`pixels` are CLIP's: of its size, its mean taken off, by its deviation.

        A concept is found where the cosine to its embedding passes its threshold, to three decimals
        as in diffusers.
        """
        seen = CLIPVision(self.config, dtype=self.dtype, name="vision_model")(pixels)
        width = self.config.projection_dim
        seen = Dense(width, use_bias=False, dtype=self.dtype, name="visual_projection")(seen)

        def cosines(name: str, count: int) -> Float[Array, "B count"]:
            concepts: Any = self.param(name, nn.initializers.ones, (count, width))
            return _unit(seen.astype(jnp.float32)) @ _unit(concepts.astype(jnp.float32)).T

        def thresholds(name: str, count: int) -> Float[Array, " count"]:
            found: Any = self.param(f"{name}_weights", nn.initializers.ones, (count,))
            return found.astype(jnp.float32)

        special = cosines("special_care_embeds", SPECIAL_CARE)
        special -= thresholds("special_care_embeds", SPECIAL_CARE)
        is_special = (jnp.round(special, 3) > 0).any(axis=1, keepdims=True)
        scores = cosines("concept_embeds", CONCEPTS) - thresholds("concept_embeds", CONCEPTS)
        return (jnp.round(scores + CLOSER * is_special, 3) > 0).any(axis=1)

    def init_params(self, key: PRNGKeyArray) -> Params:
        """A fresh parameter tree; under `jax.eval_shape`, its shapes alone."""
        side = self.config.image_size
        return fresh_params(self.init, key, jnp.zeros((1, side, side, 3), jnp.float32))


def _unit(x: Float[Array, "N E"]) -> Float[Array, "N E"]:
    return x * jax.lax.rsqrt(jnp.maximum((x * x).sum(axis=1, keepdims=True), 1e-24))
