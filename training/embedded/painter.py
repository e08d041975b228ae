"""Denoiser with ControlNets in training: UNet passes whose samples see one, some or no maps.

Axes: `B` samples, `H W C` the latent grid. Each ControlNet acts on one span of the samples
(`training.embedded.draws.spans`), and not at all on the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray, UInt8

from inference.checkpoints import load_controlnet
from inference.models.controlnet import ControlNetModel
from inference.sampling import build_table
from training.data.controls import COLOURED, require_control
from training.data.maps import unpack
from training.loop.base import FEW_STEPS, Base
from training.loop.checkpoint import Params
from training.loop.diffusion import SCHEDULER, add_noise, clean
from training.loop.precision import compute_dtype

Conditions = dict[str, Float[Array, "_ h w C0"]]
"""What a ControlNet has read of its span's maps, by its name."""


@dataclass(frozen=True)
class Painter:
    """`spans` says on which samples each ControlNet acts.

    `strengths` is what its residuals are multiplied by, 1 where it is not named.

    `params` of its methods has the trees text_encoder and unet, and controlnets by their names.
    """

    base: Base
    controlnets: Mapping[str, ControlNetModel]
    spans: Mapping[str, tuple[int, int]]
    strengths: Mapping[str, float] = field(default_factory=dict)

    def text(self, params: Params, input_ids: Int[Array, "B L"]) -> Float[Array, "B L D"]:
        text: Any = self.base.text_encoder.apply({"params": params["text_encoder"]}, input_ids)
        return text

    def read(
        self,
        params: Params,
        maps: Mapping[str, UInt8[Array, "_ V ..."]],
        *,
        rows: Int[Array, " B"],
        lines: Int[Array, " B"],
        versions: Int[Array, " B"],
        size: int,
    ) -> Conditions:
        """The maps as the ControlNets see them: palettes of `rows`, lines of `lines`.

        What reads a map's pixels does not learn: to train it is half of a ControlNet's work, and
        was done before.
        """
        conditions: Conditions = {}
        for name, (start, end) in self.spans.items():
            of = (rows if name in COLOURED else lines)[start:end]
            read: Any = self.controlnets[name].apply(
                {"params": params["controlnets"][name]},
                unpack(maps[name][of, versions[start:end]], size),
                method="embed_condition",
            )
            conditions[name] = jax.lax.stop_gradient(read)
        return conditions

    def velocity(
        self,
        params: Params,
        noisy: Float[Array, "B H W C"],
        timesteps: Int[Array, " B"],
        text: Float[Array, "B L D"],
        conditions: Conditions,
    ) -> Float[Array, "B H W C"]:
        """What the base predicts with its ControlNets' help."""
        residuals: Any = ()
        for name, (start, end) in self.spans.items():
            here = slice(start, end)
            added: Any = self.controlnets[name].apply(
                {"params": params["controlnets"][name]},
                noisy[here],
                timesteps[here],
                text[here],
                conditions[name],
            )
            strength = self.strengths.get(name, 1.0)
            around = ((start, len(noisy) - end), (0, 0), (0, 0), (0, 0))
            added = jax.tree.map(
                lambda leaf, by=strength, around=around: jnp.pad(by * leaf, around), added
            )
            residuals = jax.tree.map(jnp.add, residuals, added) if residuals else added
        predicted: Any = self.base.unet.apply(
            {"params": params["unet"]}, noisy, timesteps, text, *residuals
        )
        return predicted.astype(jnp.float32)

    def paint(
        self,
        key: PRNGKeyArray,
        params: Params,
        latents: Float[Array, "B H W C"],
        text: Float[Array, "B L D"],
        conditions: Conditions,
        *,
        beginnings: Int[Array, " B"],
    ) -> Float[Array, "B H W C"]:
        """What the few steps come to, from `latents` behind the noise of one of them on.

        `beginnings` says of which, from 0: what was before is computed and not taken. Noise is new
        before each, as with the sampler `lcm`.
        """
        times = jnp.asarray(levels())

        def step(painted: Array, at: tuple[Array, Array, PRNGKeyArray]) -> tuple[Array, None]:
            place, time, key = at
            begun = (place > beginnings)[:, None, None, None]
            timesteps = jnp.full(len(latents), time)
            noise = jax.random.normal(key, latents.shape)
            noisy, _ = add_noise(jnp.where(begun, painted, latents), noise, timesteps)
            velocity = self.velocity(params, noisy, timesteps, text, conditions)
            return clean(noisy, velocity, timesteps), None

        keys = jax.random.split(key, len(times))
        painted, _ = jax.lax.scan(step, latents, (jnp.arange(len(times)), times, keys))
        return painted


def load_controlnets(
    folders: Mapping[str, Path],
) -> tuple[dict[str, ControlNetModel], dict[str, Params]]:
    """The ControlNets by their names, and their weights in float32.

    Raises UnknownControl, CheckpointError.
    """
    loaded = {
        require_control(name): load_controlnet(folder, dtype=np.float32)
        for name, folder in folders.items()
    }
    models = {
        name: ControlNetModel(controlnet.config, dtype=compute_dtype())
        for name, controlnet in loaded.items()
    }
    return models, {name: controlnet.params for name, controlnet in loaded.items()}


def levels() -> Int[np.ndarray, " T"]:
    """The timesteps of the few steps."""
    rows = build_table(FEW_STEPS["sampler"], SCHEDULER, FEW_STEPS["steps"]).rows
    return np.asarray(rows.timestep, np.int32)
