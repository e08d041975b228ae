"""Run configuration: what every training of a team's own model can be told, in a file or by flags.

A script adds what it alone wants, and says in the `Annotated` text of `base` what becomes of it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import jax

from training.errors import WrongSettings
from training.hub import TAG
from training.loop.run import Budget, Rhythm


@dataclass(frozen=True)
class RunConfig:
    """Raises WrongSettings for what cannot be.

    The `FREE` settings do not change what is learned, or how far: a run may go on with others.
    """

    FREE = frozenset({"out", "steps", "hours", "accumulate", "shard", "remat", "cache_gb"})
    FREE |= {
        "log_every",
        "track",
        "evaluate_every",
        "evaluate_count",
        "evaluate_steps",
        "save_minutes",
    }
    FREE |= {"unchecked", "dry_run", "push", "license", "tag"}

    base: Annotated[str, "folder or Hub repository of the model to begin with"]
    data: Annotated[str, "folder that training.prepare made, or owner/name on the Hub"]
    out: Annotated[Path, "folder of the run"]
    size: Annotated[int | None, "pixels a side; what the base was trained with if left out"] = None
    steps: Annotated[int, "steps of the optimizer"] = 20_000
    hours: Annotated[float | None, "stop after so many in all, if that is sooner"] = None
    batch_size: Annotated[int, "pictures a step, over all devices and parts"] = 32
    accumulate: Annotated[int, "parts that a batch goes through in, one after the other"] = 1
    learning_rate: Annotated[float, "the highest"] = 1e-5
    schedule: Annotated[Literal["constant", "linear", "cosine"], "after the warm-up"] = "constant"
    warmup: Annotated[int, "steps of a linear warm-up"] = 500
    weight_decay: Annotated[float, "decoupled, as in AdamW"] = 1e-2
    clip: Annotated[float, "the largest norm of a gradient"] = 1.0
    snr_gamma: Annotated[float | None, "min-SNR weighting, 5 in its paper; none if left out"] = None
    prompt_dropout: Annotated[float, "share of the pictures that go without words"] = 0.1
    ema_decay: Annotated[float | None, "of an average of the weights, 0.9999 for long runs"] = None
    seed: Annotated[int, "of weights, order, noise"] = 0
    shard: Annotated[bool, "spread parameters and optimizer over the devices"] = False
    remat: Annotated[bool, "compute activations twice rather than keep them"] = False
    cache_gb: Annotated[float, "host memory for latents and text states, encoded once"] = 4.0
    evaluate_every: Annotated[int, "steps"] = 1000
    evaluate_count: Annotated[int, "held-out pictures to score, at serving settings"] = 8
    evaluate_steps: Annotated[int | None, "of the sampler, in place of the base's own"] = None
    log_every: Annotated[int, "steps"] = 50
    save_minutes: Annotated[float, "between checkpoints"] = 5.0
    track: Annotated[str, "tensorboard, trackio, wandb: any of them, with commas"] = ""
    unchecked: Annotated[bool, "train even where the doctor says stop"] = False
    dry_run: Annotated[bool, "try every phase with two steps each, and leave nothing"] = False
    push: Annotated[str | None, "owner/name on the Hub for what comes out"] = None
    license: Annotated[str | None, "of what comes out; --push wants it"] = None
    tag: Annotated[str, "of the event"] = TAG

    def __post_init__(self) -> None:
        whole = self.accumulate * jax.device_count()
        if self.batch_size % whole:
            raise WrongSettings(
                f"batch_size must be a multiple of {whole} ({jax.device_count()} devices, "
                f"{self.accumulate} parts), got {self.batch_size}; change one of them"
            )
        if self.push and not self.license:
            raise WrongSettings(
                "push needs the licence of what comes out, got none; add for example "
                "--license creativeml-openrail-m, that of Stable Diffusion 1.5"
            )

    @property
    def identity(self) -> dict[str, Any]:
        """What makes it this run; the rest may be another when it goes on."""
        return {name: value for name, value in vars(self).items() if name not in self.FREE}

    @property
    def budget(self) -> Budget:
        return Budget(self.steps, self.hours and 60.0 * self.hours)

    @property
    def rhythm(self) -> Rhythm:
        return Rhythm(self.log_every, self.evaluate_every, 60.0 * self.save_minutes)
