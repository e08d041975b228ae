"""The layers that CLIP's text and vision models have in common (Radford et al. 2021), with
transformers' Flax parameter names.

Axes: `B` texts or pictures, `L` tokens or patches, `D` channels.
"""

import flax.linen as nn
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float

from inference.models.attention import attend
from inference.models.clip_config import CLIPConfig
from inference.models.layers import Dense, LayerNorm


def quick_gelu(x: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """OpenAI's approximation of GELU."""
    return x * nn.sigmoid(1.702 * x)


class SelfAttention(nn.Module):
    """Each token looks at all, or at itself and those before it; padding is not masked."""

    heads: int
    is_causal: bool
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Float[Array, "B L D"]) -> Float[Array, "B L D"]:
        def project(name: str) -> Array:
            y = Dense(x.shape[-1], dtype=self.dtype, name=name)(x)
            return y.reshape(*x.shape[:2], self.heads, -1)

        y = attend(project("q_proj"), project("k_proj"), project("v_proj"), causal=self.is_causal)
        return Dense(x.shape[-1], dtype=self.dtype, name="out_proj")(y.reshape(x.shape))


class MLP(nn.Module):
    config: CLIPConfig
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Float[Array, "B L D"]) -> Float[Array, "B L D"]:
        h = Dense(self.config.intermediate_size, dtype=self.dtype, name="fc1")(x)
        h = (
            quick_gelu(h)
            if self.config.hidden_act == "quick_gelu"
            else nn.gelu(h, approximate=False)
        )
        return Dense(x.shape[-1], dtype=self.dtype, name="fc2")(h)


class Layer(nn.Module):
    config: CLIPConfig
    is_causal: bool
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Float[Array, "B L D"]) -> Float[Array, "B L D"]:
        eps, heads = self.config.layer_norm_eps, self.config.num_attention_heads
        h = LayerNorm(epsilon=eps, dtype=self.dtype, name="layer_norm1")(x)
        x = x + SelfAttention(heads, self.is_causal, dtype=self.dtype, name="self_attn")(h)
        h = LayerNorm(epsilon=eps, dtype=self.dtype, name="layer_norm2")(x)
        return x + MLP(self.config, dtype=self.dtype, name="mlp")(h)


class Layers(nn.Module):
    """All layers but the last `skip`."""

    config: CLIPConfig
    is_causal: bool
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Float[Array, "B L D"], skip: int = 0) -> Float[Array, "B L D"]:
        for i in range(self.config.num_hidden_layers - skip):
            x = Layer(self.config, self.is_causal, dtype=self.dtype, name=str(i))(x)
        return x


class Encoder(nn.Module):
    config: CLIPConfig
    is_causal: bool
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Float[Array, "B L D"], skip: int = 0) -> Float[Array, "B L D"]:
        return Layers(self.config, self.is_causal, dtype=self.dtype, name="layers")(x, skip)
