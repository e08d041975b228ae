"""CLIP's text model (Radford et al. 2021), with transformers' Flax parameter names.

Axes: `B` texts, `L` tokens, `D` channels.
"""

import flax.linen as nn
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float, Int, PRNGKeyArray

from inference.models.attention import attend
from inference.models.config import TextEncoderConfig
from inference.models.fresh import fresh_params
from inference.models.layers import Dense, LayerNorm, Params


def quick_gelu(x: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """OpenAI's approximation of GELU."""
    return x * nn.sigmoid(1.702 * x)


class SelfAttention(nn.Module):
    """Each token looks at itself and those before it; padding is not masked."""

    heads: int
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Float[Array, "B L D"]) -> Float[Array, "B L D"]:
        def project(name: str) -> Array:
            y = Dense(x.shape[-1], dtype=self.dtype, name=name)(x)
            return y.reshape(*x.shape[:2], self.heads, -1)

        y = attend(project("q_proj"), project("k_proj"), project("v_proj"), causal=True)
        return Dense(x.shape[-1], dtype=self.dtype, name="out_proj")(y.reshape(x.shape))


class MLP(nn.Module):
    config: TextEncoderConfig
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
    config: TextEncoderConfig
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Float[Array, "B L D"]) -> Float[Array, "B L D"]:
        eps, heads = self.config.layer_norm_eps, self.config.num_attention_heads
        h = LayerNorm(epsilon=eps, dtype=self.dtype, name="layer_norm1")(x)
        x = x + SelfAttention(heads, dtype=self.dtype, name="self_attn")(h)
        h = LayerNorm(epsilon=eps, dtype=self.dtype, name="layer_norm2")(x)
        return x + MLP(self.config, dtype=self.dtype, name="mlp")(h)


class Embeddings(nn.Module):
    """A vector for each token plus one for its place."""

    config: TextEncoderConfig
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, input_ids: Int[Array, "B L"]) -> Float[Array, "B L D"]:
        config = self.config

        def table(rows: int, name: str) -> nn.Embed:
            init = nn.initializers.normal(0.02)
            return nn.Embed(
                rows, config.hidden_size, embedding_init=init, dtype=self.dtype, name=name
            )

        places = jnp.arange(input_ids.shape[1])[None]
        tokens = table(config.vocab_size, "token_embedding")(input_ids)
        return tokens + table(config.max_position_embeddings, "position_embedding")(places)


class Layers(nn.Module):
    """All layers but the last `skip`."""

    config: TextEncoderConfig
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Float[Array, "B L D"], skip: int) -> Float[Array, "B L D"]:
        for i in range(self.config.num_hidden_layers - skip):
            x = Layer(self.config, dtype=self.dtype, name=str(i))(x)
        return x


class Encoder(nn.Module):
    config: TextEncoderConfig
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, x: Float[Array, "B L D"], skip: int) -> Float[Array, "B L D"]:
        return Layers(self.config, dtype=self.dtype, name="layers")(x, skip)


class TextTransformer(nn.Module):
    config: TextEncoderConfig
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, input_ids: Int[Array, "B L"], skip: int) -> Float[Array, "B L D"]:
        x = Embeddings(self.config, dtype=self.dtype, name="embeddings")(input_ids)
        x = Encoder(self.config, dtype=self.dtype, name="encoder")(x, skip)
        eps = self.config.layer_norm_eps
        return LayerNorm(epsilon=eps, dtype=self.dtype, name="final_layer_norm")(x)


class CLIPTextModel(nn.Module):
    """Token ids to the text that the denoisers read.

    `skip_layers=1` gives the penultimate layer's states ("clip skip"), through the final norm like
    the last one's.
    """

    config: TextEncoderConfig
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(
        self, input_ids: Int[Array, "B L"], *, skip_layers: int = 0
    ) -> Float[Array, "B L D"]:
        assert 0 <= skip_layers < self.config.num_hidden_layers
        assert input_ids.shape[1] <= self.config.max_position_embeddings
        return TextTransformer(self.config, dtype=self.dtype, name="text_model")(
            input_ids, skip_layers
        )

    def init_params(self, key: PRNGKeyArray) -> Params:
        """A fresh parameter tree; under `jax.eval_shape`, its shapes alone."""
        return fresh_params(self.init, key, jnp.zeros((1, 1), jnp.int32))
