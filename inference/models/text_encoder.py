"""CLIP's text model (Radford et al. 2021), with transformers' Flax parameter names.

Axes: `B` texts, `L` tokens, `D` channels.
"""

import flax.linen as nn
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float, Int, PRNGKeyArray

from inference.models.clip import Encoder
from inference.models.clip_config import TextEncoderConfig
from inference.models.fresh import fresh_params
from inference.models.layers import LayerNorm, Params


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


class TextTransformer(nn.Module):
    config: TextEncoderConfig
    dtype: DTypeLike = jnp.float32

    @nn.compact
    def __call__(self, input_ids: Int[Array, "B L"], skip: int) -> Float[Array, "B L D"]:
        x = Embeddings(self.config, dtype=self.dtype, name="embeddings")(input_ids)
        x = Encoder(self.config, True, dtype=self.dtype, name="encoder")(x, skip)
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
