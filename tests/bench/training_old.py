"""What a step of the Flax ControlNet script of 2023 asks of a chip, as JSON.

Run by `tests.bench.training` where diffusers 0.39 is installed, beside libtpu. The step is written
from what that script does: each device has all weights in float32 and the networks compute in
bfloat16 (its `--mixed_precision bf16`); pictures and captions are encoded in every step; gradients
are averaged over the devices, clipped, and given to AdamW.
"""

# Diffusers and transformers as the product has them, where types are checked, have no Flax classes.
# pyright: reportAttributeAccessIssue=false

import argparse
import json
from typing import Any

import jax
import jax.numpy as jnp
import optax
from diffusers import (
    FlaxAutoencoderKL,
    FlaxControlNetModel,
    FlaxDDPMScheduler,
    FlaxUNet2DConditionModel,
)
from jax import ShapeDtypeStruct as Shape
from transformers import CLIPTextConfig, FlaxCLIPTextModel

from inference.described import tpu
from tests.bench import training_cost
from tests.bench.chips import CHIPS
from tests.bench.inputs import SCHEDULER
from tests.bench.models import SD15, SD15_VAE, Model

AXIS = "batch"
CLIP: dict[str, Any] = {
    "vocab_size": 49408,
    "hidden_size": 768,
    "intermediate_size": 3072,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "max_position_embeddings": 77,
}
"""The text encoder's `config.json`."""


class OldTraining:
    """The four networks, and `step` of one device."""

    def __init__(self, model: Model) -> None:
        dtype = jnp.bfloat16
        self._model = model
        self._unet = FlaxUNet2DConditionModel(**model.unet, dtype=dtype)
        self._controlnet = FlaxControlNetModel(**model.controlnet, dtype=dtype)
        self._vae = FlaxAutoencoderKL(**SD15_VAE, latent_channels=4, dtype=dtype)
        self._text = FlaxCLIPTextModel(CLIPTextConfig(**CLIP), dtype=dtype, _do_init=False)
        taken = ("num_train_timesteps", "beta_start", "beta_end", "beta_schedule")
        self._scheduler = FlaxDDPMScheduler(**{name: SCHEDULER[name] for name in taken})
        self._optimizer = optax.chain(
            optax.clip_by_global_norm(1.0), optax.adamw(1e-5, weight_decay=1e-2)
        )

    def shapes(self, pictures: int) -> tuple[Any, ...]:
        """Of the arguments of `step`, all weights in float32."""
        model, key = self._model, jax.random.key(0)
        side = model.latents * model.downscale
        sample = jnp.zeros((1, model.shared["in_channels"], model.latents, model.latents))
        text = jnp.zeros((1, model.tokens, model.shared["cross_attention_dim"]))
        pixels = jnp.zeros((1, 3, side, side))
        time = jnp.zeros(1, jnp.int32)

        def of(network: Any, *inputs: Any) -> Any:
            return jax.eval_shape(network.init, key, *inputs)["params"]

        controlnet = of(self._controlnet, sample, time, text, pixels)
        state = (controlnet, jax.eval_shape(self._optimizer.init, controlnet))
        frozen = {
            "unet": of(self._unet, sample, time, text),
            "vae": of(self._vae, pixels),
            "text": jax.eval_shape(
                lambda: self._text.init_weights(jax.random.PRNGKey(0), (1, model.tokens))
            ),
        }
        batch = {
            "pixel_values": Shape((pictures, 3, side, side), jnp.float32),
            "conditioning_pixel_values": Shape((pictures, 3, side, side), jnp.float32),
            "input_ids": Shape((pictures, model.tokens), jnp.int32),
        }
        return state, frozen, batch, jax.eval_shape(lambda: jax.random.PRNGKey(0))

    def step(self, state: Any, frozen: Any, batch: Any, key: Any) -> Any:
        params, optimizer_state = state
        loss, gradients = jax.value_and_grad(self._loss)(params, frozen, batch, key)
        gradients = jax.lax.pmean(gradients, AXIS)
        updates, optimizer_state = self._optimizer.update(gradients, optimizer_state, params)
        told = jax.lax.pmean(loss, AXIS), optax.global_norm(gradients)
        return (optax.apply_updates(params, updates), optimizer_state), told

    def _loss(self, params: Any, frozen: Any, batch: Any, key: Any) -> Any:
        spread, noising, timing = jax.random.split(key, 3)
        encoded = self._vae.apply(
            {"params": frozen["vae"]}, batch["pixel_values"], method=self._vae.encode
        )
        latents = encoded.latent_dist.sample(spread).transpose(0, 3, 1, 2) * 0.18215
        noise = jax.random.normal(noising, latents.shape)
        timesteps = jax.random.randint(timing, latents.shape[:1], 0, 1000)
        noisy = self._scheduler.add_noise(self._scheduler.create_state(), latents, noise, timesteps)
        text = self._text(batch["input_ids"], params=frozen["text"], train=False)[0]
        down, mid = self._controlnet.apply(
            {"params": params},
            noisy,
            timesteps,
            text,
            batch["conditioning_pixel_values"],
            train=True,
            return_dict=False,
        )
        predicted = self._unet.apply(
            {"params": frozen["unet"]},
            noisy,
            timesteps,
            text,
            down_block_additional_residuals=down,
            mid_block_additional_residual=mid,
        ).sample
        return jnp.square(predicted - noise).mean()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("chips", choices=CHIPS)
    parser.add_argument("pictures", type=int, help="on each chip")
    asked = parser.parse_args()
    devices = tpu(**dict(CHIPS[asked.chips].topology))
    assert devices is not None, "libtpu is beside it"
    training = OldTraining(SD15)
    arguments = jax.tree.map(
        lambda leaf: Shape((len(devices), *leaf.shape), leaf.dtype), training.shapes(asked.pictures)
    )
    mapped = jax.pmap(training.step, AXIS, devices=devices, donate_argnums=0)
    print(json.dumps(training_cost.of(mapped.lower(*arguments))))


if __name__ == "__main__":
    main()
