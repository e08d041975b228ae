"""The scheduler that a model came with, in terms of the samplers here.

It never decides whether a model can be used: its noise levels and what its network predicts hold
for every sampler, and where nobody asks for another, the sampler nearest to it is taken. Only a
network whose inputs and outputs mean something else is refused.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from inference.sampling import options
from inference.sampling.betas import BETA_DEFAULTS, STABLE_DIFFUSION_BETAS
from inference.sampling.catalogue import SAMPLERS
from inference.sampling.fields import Config, origin, refuse
from inference.sampling.level import PREDICTION_TYPES
from inference.sampling.sampler import Sampler
from inference.sampling.schedule import OPTIONS, NoiseSchedule

FLOW, EDM, TOKENS = "flow matching", "EDM preconditioning", "discrete tokens"

_OTHER_NETWORKS = {
    r"[Ff]low|^Helios|^LTX|^MiniMax|RF(Scheduler|D)": FLOW,
    r"^EDM|^CosineDPM|^CMStochastic|^KarrasVe": EDM,
    r"^ScoreSdeVe": "a variance-exploding process",
    r"^SCM": "TrigFlow",
    r"^DDPMWuerstchen": "continuous time",
    r"^VQDiffusion|^Amused|^BlockRefinement|^DiscreteDDIM|^EntropyBound": TOKENS,
}
"""What the networks of some of diffusers' classes, present and to come, were trained for."""

_NEAREST = {
    "KDPM2Ancestral": "euler_ancestral",
    "Ancestral": "euler_ancestral",
    "KDPM2": "heun",
    "Heun": "heun",
    "SDE": "dpmpp_2m_sde",
    "SASolver": "dpmpp_2m_sde",
    "LCM": "lcm",
    "TCD": "lcm",
    "Consistency": "lcm",
    "UniPC": "unipc",
    "PNDM": "pndm",
    "DDIM": "ddim",
    "DDPM": "ddpm",
    "UnCLIP": "ddpm",
    "RePaint": "ddpm",
    "ScoreSdeVp": "ddpm",
    "Euler": "euler",
}
"""By the first of these words that is in a class's name; for any other the sampler is ANY."""

ANY, ANY_SDE = "dpmpp_2m", "dpmpp_2m_sde"

_SELDOM_READ = frozenset(
    {
        *("num_train_timesteps", "beta_start", "beta_end", "beta_schedule", "trained_betas"),
        *("prediction_type", "snr_shift_scale", "variance_type", "solver_p", "algorithm_type"),
        *("clip_sample_range", "dynamic_thresholding_ratio", "sample_max_value", "flow_shift"),
        *("time_shift_type", "use_flow_sigmas", "timestep_type", "interpolation_type", "eta"),
        *("skip_prk_steps", "predictor_order", "corrector_order", "tau_func", "base_shift"),
        *("max_shift", "base_image_seq_len", "max_image_seq_len", "invert_sigmas", "shift"),
        *("noise_sampler_seed", "stochastic_sampling", "max_beta", "scaling", "tensor_format"),
        *("dtype", "name_or_path"),
    }
)
"""Fields of diffusers' classes beside those that samplers here list."""

_KNOWN = _SELDOM_READ.union(
    OPTIONS, *(s.fixed.keys() | s.options.keys() for s in SAMPLERS.values())
)


@dataclass(frozen=True)
class Scheduler:
    """A model's `scheduler_config.json`, understood."""

    sampler: str
    """The sampler that it is, or the nearest to it."""
    train_steps: int
    notices: tuple[str, ...] = ()
    """What is done otherwise than it says: sentences for people."""


def read_scheduler(config: Config) -> Scheduler:
    """What a model's scheduler comes to here.

    Raises:
        UnsupportedConfig: It is for networks of another kind, or its noise levels, or what the
            network predicts, are not known.
    """
    _require_noise_prediction(config)
    name, exact = _nearest(config)
    train_steps = NoiseSchedule.from_config(config).train_steps
    spec = SAMPLERS[name]
    return Scheduler(
        sampler=name,
        train_steps=train_steps,
        notices=tuple(_notices(config, spec, exact=exact, train_steps=train_steps)),
    )


def _require_noise_prediction(config: Config) -> None:
    for field, meaning in (
        ("_class_name", _meaning_of_class(origin(config))),
        ("prediction_type", _meaning_of_prediction(config.get("prediction_type"))),
        ("use_flow_sigmas", FLOW if config.get("use_flow_sigmas") is True else None),
        ("timestep_type", EDM if config.get("timestep_type") == "continuous" else None),
        ("sigma_data", EDM if config.get("sigma_data") is not None else None),
    ):
        if meaning is not None:
            raise refuse(
                field,
                config[field],
                expected="that of a network which takes noise out of latents at training steps "
                f"(this one is for {meaning}, where inputs and outputs mean something else)",
            )


def _meaning_of_class(name: str) -> str | None:
    return next((what for words, what in _OTHER_NETWORKS.items() if re.search(words, name)), None)


def _meaning_of_prediction(got: Any) -> str | None:
    return FLOW if "flow" in str(got) and got not in PREDICTION_TYPES else None


def _nearest(config: Config) -> tuple[str, bool]:
    """A sampler, and whether it is the very one that the configuration is of."""
    name = origin(config)
    algorithm = str(config.get("algorithm_type") or "dpmsolver++")
    if name == SAMPLERS[ANY].scheduler:
        return ANY_SDE if algorithm.startswith("sde") else ANY, True
    for spec in SAMPLERS.values():
        if name in (spec.scheduler, *spec.twins):
            return spec.name, True
    found = next((sampler for word, sampler in _NEAREST.items() if word in name), ANY)
    return (ANY_SDE if found == ANY and algorithm.startswith("sde") else found), False


def _notices(config: Config, spec: Sampler, *, exact: bool, train_steps: int) -> Iterable[str]:
    name = origin(config)
    if not exact:
        came = f"came with {name}, which is" if name else "names no scheduler, so it is"
        yield (
            f"the model {came} not among the samplers here: {spec.label}, the nearest, is used "
            "where no other is chosen, on the model's own noise levels"
        )
    if name and name not in BETA_DEFAULTS and not _has_betas(config):
        kind, start, end = STABLE_DIFFUSION_BETAS
        yield (
            f"the model's scheduler does not say all its noise levels, and {name} is not known "
            f"here: what is missing is that of Stable Diffusion ({kind}, {start} to {end})"
        )
    own = {**OPTIONS, **spec.fixed, **spec.options} if exact else OPTIONS
    left = options.left_out(own, config, train_steps=train_steps)
    if left:
        yield (
            f"the model's scheduler is set to {_listed(left)}, which {spec.label} does not do "
            "here: pictures are made without it"
        )
    unknown = {k: v for k, v in config.items() if v and not k.startswith("_") and k not in _KNOWN}
    if unknown:
        yield (
            f"the model's scheduler is set to {_listed(unknown)}, which is not known here: "
            "pictures are made without it"
        )


def _has_betas(config: Config) -> bool:
    """Whether nothing is left to the defaults of a class."""
    if config.get("trained_betas") is not None:
        return True
    needed = ["beta_schedule"]
    if config.get("beta_schedule") not in ("squaredcos_cap_v2", "laplace"):
        needed += ["beta_start", "beta_end"]
    return all(config.get(field) is not None for field in needed)


def _listed(settings: Mapping[str, Any], shown: int = 6) -> str:
    pairs = [f"{field} {json.dumps(got, default=str)[:40]}" for field, got in settings.items()]
    more = [f"{len(pairs) - shown} more"] if len(pairs) > shown else []
    *most, last = [*pairs[:shown], *more]
    return f"{', '.join(most)} and {last}" if most else last
