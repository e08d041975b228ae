"""Fine-tuning a Stable Diffusion checkpoint on captioned pictures: read it, then fork it.

    python -m training.train_base --config run.toml --out runs/mine

The UNet learns to denoise the pictures, each with its caption; text encoder and autoencoder stay as
they are. A run that is started again goes on where it stopped, to the bit; a step is a step of the
optimizer, however many parts its batch goes through in. (A base from nothing, with its text
encoder, is a stage of the embedded model's recipe: `training.embedded.train_base`.)
"""

import dataclasses
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from inference.checkpoints import load_bundle
from inference.models.unet import UNet2DConditionModel
from training.errors import WrongSettings, exit_code
from training.evaluation.examples import captioned_of
from training.evaluation.held_out_loss import HeldOutLoss
from training.evaluation.prompt_sheet import PromptSheet, painted_prompts, read_prompts
from training.export.card import Facts
from training.export.fine_tune_card import fine_tune_card
from training.export.next_lines import after_fine_tune, after_push_of_fine_tune
from training.export.publishing import publish
from training.export.weights import export_pipeline
from training.loop import base as bases
from training.loop.base import Base
from training.loop.checkpoint import Checkpoints, Params, TrainState, has_begun, initial_state
from training.loop.compiling import remember_steps
from training.loop.denoising import denoising_loss
from training.loop.encoding import Encoded, Encoder
from training.loop.learning_rates import learning_rates
from training.loop.noise import draw
from training.loop.objective import Objective
from training.loop.rehearsal import rehearse
from training.loop.run import run
from training.loop.run_config import RunConfig
from training.loop.settings import read_settings
from training.loop.sharding import Placement
from training.loop.tracking import trackers
from training.loop.update import Fed, Losses, make_update, optimizer, telling_memory
from training.pairs.doctor.before import require_sound
from training.pairs.feed import Feed
from training.pairs.index import PICTURES, open_pairs


@dataclass(frozen=True)
class Config(RunConfig):
    """Fine-tune a Stable Diffusion checkpoint on pictures with captions."""

    FREE = RunConfig.FREE | {"prompts"}

    base: Annotated[str, "folder or Hub repository of the model to fine-tune"]
    prompts: Annotated[
        Path | None, "text file, a prompt a line, for the sheets; held-out captions if left out"
    ] = None


def squared_error(
    unet: UNet2DConditionModel,
    weights: Params,
    objective: Objective,
    latents: Float[Array, "B h w Z"],
    noise: Float[Array, "B h w Z"],
    timesteps: Int[Array, " B"],
    text: Float[Array, "B L D"],
) -> Float[Array, " B"]:
    """Of each picture, the mean squared error of what the UNet predicts.

    `timesteps` are from 0 to T-1.
    """
    noisy = objective.noisy(latents, noise, timesteps)
    predicted: Any = unet.apply({"params": weights}, noisy, timesteps, text)
    target = objective.target(latents, noise, timesteps)
    return jnp.square(predicted.astype(jnp.float32) - target).mean(axis=(1, 2, 3))


def make_loss(unet: UNet2DConditionModel, objective: Objective, config: Config):
    """The loss of a batch: noise, timesteps and dropped words drawn, errors weighted."""

    def loss(params: Params, batch: Fed, key: PRNGKeyArray) -> tuple[Float[Array, ""], Losses]:
        pictures: Encoded = batch.rows
        nothing_said: Float[Array, "L D"] = batch.shared
        drawn = draw(
            key,
            pictures,
            batch_size=config.batch_size,
            timesteps=objective.timesteps,
            prompt_dropout=config.prompt_dropout,
        )
        errors = squared_error(
            unet,
            params["unet"],
            objective,
            drawn.latents,
            drawn.noise,
            drawn.timesteps,
            jnp.where(drawn.wordless[:, None, None], nothing_said, pictures.text),
        )
        return denoising_loss(errors, drawn.timesteps, objective)

    return loss


def train(config: Config, *, devices: Sequence[Any] | None = None) -> TrainState:
    """Everything: read, train, score, write. Raises TrainingError and CheckpointError.

    On all devices of all hosts, unless some are named.
    """
    prompts = read_prompts(config.prompts) if config.prompts else []
    pictures = open_pairs(config.data, pictures=PICTURES)
    if not config.unchecked and not has_begun(config.out):
        require_sound(config.data, pictures=PICTURES)
    base = bases.load(config.base)
    require_words_alone(base, config.base)
    size = config.size or base.size
    held_out = captioned_of(config.data, count=config.evaluate_count, size=size)
    prompts = prompts or [one.caption for one in held_out]

    placement = Placement.of(shard=config.shard, devices=devices)
    encoder = Encoder(base, budget=int(config.cache_gb * 2**30), placement=placement.here)
    unet = dataclasses.replace(base.unet, remat=config.remat)
    nothing_said = jax.device_put(encoder.texts([""])[0], placement.whole)
    objective = Objective.of(base.scheduler, snr_gamma=config.snr_gamma)
    transformation = optimizer(weight_decay=config.weight_decay, b2=0.999, clip=config.clip)
    state = initial_state(
        {"unet": base.params["unet"]}, transformation, averaged=config.ema_decay is not None
    )
    held_out_loss = HeldOutLoss(
        base, objective, encoder, held_out, squared_error=partial(squared_error, base.unet)
    )
    sheet = PromptSheet(base, prompts, size=size, steps=config.evaluate_steps)
    rates = learning_rates(config)

    def sample(state: TrainState) -> dict[str, float]:
        step, trained = int(state.step), jax.device_get(state.published)
        model = dataclasses.replace(base, params={**base.params, **trained})
        export_pipeline(config.out / "model", model)
        sheet.write(trained["unet"], step=step, folder=config.out / "sheets")
        return held_out_loss.score(trained["unet"], step=step, out=config.out)

    with Feed(pictures, batch_size=config.batch_size, size=size, seed=config.seed) as feed:

        def batch_of(step: int) -> Fed:
            """On the devices, encoded; of several hosts, each brings its pictures."""
            batch = feed(step)
            rows = placement.put_rows(encoder.batch(batch.images, batch.texts))
            return Fed(rows, nothing_said)

        return run(
            placement.put(state),
            telling_memory(
                make_update(
                    make_loss(unet, objective, config),
                    transformation,
                    mesh=placement.mesh.abstract_mesh,
                    ema_decay=config.ema_decay,
                    accumulate=config.accumulate,
                )
            ),
            batch_of,
            out=config.out,
            budget=config.budget,
            rate=lambda step, _: float(np.asarray(rates(step))),
            seed=config.seed,
            rhythm=config.rhythm,
            sample=sample,
            checkpoints=Checkpoints(config.out, {**config.identity, "pairs": pictures.digest}),
            trackers=trackers(config.track, config.out),
        )


def require_words_alone(base: Base, name: str) -> None:
    """Raises WrongSettings for a base whose UNet is given more than the noisy picture."""
    given, latents = base.unet.config.in_channels, base.vae.config.latent_channels
    if given != latents:
        raise WrongSettings(
            f"base must paint from words alone, with a UNet of {latents} channels, got {name} with "
            f"{given}, as for inpainting; choose the model that it was made from"
        )


def published(config: Config) -> str:
    """Sends what came out to the Hub, with its card; the address."""
    facts = Facts.of(config)
    sheets = config.out / "sheets"
    card = fine_tune_card(facts, prompts=painted_prompts(sheets))
    return publish(config.out / "model", sheets, facts, card)


def main(argv: list[str] | None = None) -> int:
    def work() -> None:
        config = read_settings(Config, "python -m training.train_base", argv)
        if config.dry_run:
            rehearse(config, train, load_bundle)
            return
        train(config)
        model = config.out / "model"
        if config.push:
            print(after_push_of_fine_tune(model, config.push, published(config)))
        else:
            given = sys.argv[1:] if argv is None else argv
            print(after_fine_tune(model, config.base, given))

    return exit_code(work)


if __name__ == "__main__":
    remember_steps()  # for whoever goes on: a step of this size is compiled for minutes
    sys.exit(main())
