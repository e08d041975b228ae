"""Learning-rate schedule: warm-up, then constant, linear or cosine, by steps of the optimizer."""

import optax

from training.loop.run_config import RunConfig


def learning_rates(config: RunConfig) -> optax.Schedule:
    """The learning rate by step: warm-up, then as `schedule` says, to the last step."""
    rest = max(config.steps - config.warmup, 1)
    after = {
        "constant": optax.constant_schedule(config.learning_rate),
        "linear": optax.linear_schedule(config.learning_rate, 0.0, rest),
        "cosine": optax.cosine_decay_schedule(config.learning_rate, rest),
    }[config.schedule]
    # The first step already learns.
    first = config.learning_rate / max(config.warmup, 1)
    rising = optax.linear_schedule(first, config.learning_rate, max(config.warmup - 1, 1))
    return optax.join_schedules([rising, after], [config.warmup])
