"""The guided step of diffusers 0.39's Flax ControlNet pipeline: the body of its loop, as it was.

Runs where that version is installed (`tests.bench.environments`), and imports nothing of ours that
needs anything newer.
"""

# The diffusers of the product's environment, where types are checked, has no Flax classes.
# pyright: reportAttributeAccessIssue=false

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from diffusers import FlaxControlNetModel, FlaxDDIMScheduler, FlaxUNet2DConditionModel

from tests.bench.inputs import GUIDANCE_SCALE, SCHEDULER, STEPS, Inputs
from tests.bench.models import Model


class OldStep:
    """Networks that compute in `dtype`; `run` is the step."""

    def __init__(self, model: Model, dtype: Any) -> None:
        self._unet = FlaxUNet2DConditionModel(**model.unet, dtype=dtype)
        self._controlnet = FlaxControlNetModel(**model.controlnet, dtype=dtype)
        unknown = ("_class_name", "timestep_spacing")
        config = {name: value for name, value in SCHEDULER.items() if name not in unknown}
        self._scheduler = FlaxDDIMScheduler(**config)
        self._dtype = dtype
        self._inputs = Inputs.draw(model)

    def params(self, weights: Callable[[Any], Any]) -> dict[str, Any]:
        """Both networks' parameters, made from their shapes."""
        latents, text, image = self.arrays()
        inputs = (jax.random.key(0), latents, jnp.zeros(1, jnp.int32), text[:1])
        shapes = {
            "unet": jax.eval_shape(self._unet.init, *inputs),
            "controlnet": jax.eval_shape(self._controlnet.init, *inputs, image),
        }
        return {name: weights(variables["params"]) for name, variables in shapes.items()}

    def arrays(self) -> tuple[jax.Array, jax.Array, jax.Array]:
        """Latents, text and control map as the pipeline has them: pictures channels first."""
        inputs = self._inputs
        control_map = jnp.asarray(inputs.control_map, jnp.float32) / 255
        return (
            jnp.asarray(inputs.latents).transpose(0, 3, 1, 2),
            jnp.asarray(inputs.text, self._dtype),
            control_map.transpose(0, 3, 1, 2),
        )

    def run(
        self, params: dict[str, Any], latents: jax.Array, text: jax.Array, image: jax.Array
    ) -> jax.Array:
        state = self._scheduler.create_state()
        state = self._scheduler.set_timesteps(state, STEPS, latents.shape)
        image = jnp.concatenate([image] * 2)
        latents_input = jnp.concatenate([latents] * 2)
        t = jnp.array(state.timesteps, dtype=jnp.int32)[0]
        timestep = jnp.broadcast_to(t, latents_input.shape[0])
        latents_input = self._scheduler.scale_model_input(state, latents_input, t)
        down, mid = self._controlnet.apply(
            {"params": params["controlnet"]},
            latents_input,
            timestep,
            encoder_hidden_states=text,
            controlnet_cond=image,
            conditioning_scale=1.0,
            return_dict=False,
        )
        out = self._unet.apply(
            {"params": params["unet"]},
            latents_input,
            timestep,
            encoder_hidden_states=text,
            down_block_additional_residuals=down,
            mid_block_additional_residual=mid,
        ).sample
        unconditional, conditional = jnp.split(out, 2, axis=0)
        out = unconditional + GUIDANCE_SCALE * (conditional - unconditional)
        return self._scheduler.step(state, out, t, latents).prev_sample
