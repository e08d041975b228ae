"""From a source to a checkpoint in memory."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from inference.checkpoints.bundle import Bundle, Component, ConfigT, ControlNet
from inference.checkpoints.json_file import read_json
from inference.checkpoints.single_file import CONVERT, FUSE, LORA, WEIGHTS, described
from inference.checkpoints.source import Folder, LocalFolder, open_source
from inference.checkpoints.weights import load_lone_upscaler, load_weights, two_formats
from inference.errors import (
    CheckpointNotFound,
    ForeignControlNet,
    UnsafeWeights,
    UnsupportedConfig,
)
from inference.models.clip_config import SafetyCheckerConfig, TextEncoderConfig
from inference.models.denoiser_config import ControlNetConfig, UNetConfig
from inference.models.json_config import JsonConfig
from inference.models.upscaler_config import UpscalerConfig
from inference.models.vae_config import VAEConfig
from inference.sampling import read_scheduler

PIPELINES = tuple(
    f"{flax}StableDiffusion{task}Pipeline"
    for flax in ("", "Flax")
    for task in ("", "Img2Img", "ControlNet", "ControlNetImg2Img")
)
"""The pipelines whose parts are those of a Bundle."""

_CONTROLNET = re.compile(r"(controlnet(?:-(?P<name>[^/]+)|_\d+)?)/config\.json")
"""ControlNets that ship beside their base model: `controlnet-<name>`, or as diffusers saves a
pipeline's own: `controlnet`, `controlnet_1`, …"""

UPSCALER, SAFETY_CHECKER = "upscaler", "safety_checker"
_OWN = frozenset(
    {
        "text_encoder",
        "unet",
        "vae",
        "tokenizer",
        "scheduler",
        "feature_extractor",
        UPSCALER,
        SAFETY_CHECKER,
    }
)
"""The parts of a pipeline that are read, and the sizes that every safety checker has."""

_TOKENIZER = (
    "vocab.json",
    "merges.txt",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
)


def load_bundle(
    source: str | Path,
    *,
    dtype: Any = None,
    revision: str | None = None,
    with_controlnets: bool = True,
    with_safety_checker: bool = True,
) -> Bundle:
    """All parts of a Stable Diffusion 1.x or 2.x model.

    `dtype` is what the weights become, but for those of its safety checker, whose thresholds want
    all digits; None keeps what is stored. Without its own ControlNets, `sources_beside` says where
    they are. Raises one of the CheckpointErrors of `inference.errors`.
    """
    folder = open_source(source, revision=revision)
    names = folder.names()
    if "model_index.json" not in names:
        got, remedy = "no model_index.json", "give the folder or repository that has one"
        if "config.json" in names:
            remedy += " (a ControlNet goes with its base model)"
        elif lone := _lone(folder):
            got, remedy = f"{got} but {lone[0]}", lone[1]
        raise CheckpointNotFound(
            f"{folder} must be a model in the diffusers layout, got {got}; {remedy}"
        )
    index = read_json(folder.path("model_index.json"))
    class_name = index.get("_class_name")
    if class_name not in PIPELINES:
        expected = "StableDiffusionPipeline or FlaxStableDiffusionPipeline"
        where = f"{folder}/model_index.json"
        raise UnsupportedConfig("_class_name", class_name, expected=expected, where=where)
    scheduler_config = _scheduler_config(folder, index)
    read_scheduler(scheduler_config)  # refused before gigabytes of weights are fetched
    controls = _beside(folder) if with_controlnets else {}
    bundle = Bundle(
        name=folder.name,
        text_encoder=_component(folder, "text_encoder", TextEncoderConfig, dtype),
        unet=_component(folder, "unet", UNetConfig, dtype),
        vae=_component(folder, "vae", VAEConfig, dtype),
        tokenizer=_tokenizer(folder),
        scheduler_config=scheduler_config,
        generation_config=_optional_json(folder, "generation_config.json"),
        controlnets={
            control: _controlnet(folder, subfolder, dtype)
            for control, subfolder in sorted(controls.items())
        },
        upscaler=_component(folder, UPSCALER, UpscalerConfig, dtype)
        if f"{UPSCALER}/config.json" in names
        else None,
        safety_checker=_safety_checker(folder) if with_safety_checker else None,
        license=_license(folder, ""),
        notices=(
            *_left_out(index, are_checked=with_safety_checker and _has_checker(folder)),
            *two_formats(folder, PARTS),
        ),
    )
    _require_agreement(bundle, where=str(folder))
    return bundle


def sources_beside(source: str) -> dict[str, str]:
    """The sources of the ControlNets that ship beside a model, by their names. None is read.

    Raises CheckpointNotFound where there is no such model.
    """
    joint = "/" if ":" in source else ":"
    found = sorted(_beside(open_source(source)).items())
    return {name: f"{source}{joint}{subfolder}" for name, subfolder in found}


def load_controlnet(
    source: str | Path, *, dtype: Any = None, revision: str | None = None
) -> ControlNet:
    """A ControlNet: a folder or repository with `config.json` and weights in it."""
    folder = open_source(source, revision=revision)
    lone = None if "config.json" in folder.names() else _lone(folder)
    if lone is not None:
        raise CheckpointNotFound(
            f"{folder} must be a ControlNet in the diffusers layout, got no config.json but "
            f"{lone[0]}; {lone[1]}"
        )
    return _controlnet(folder, "", dtype)


def load_upscaler(
    source: str | Path, *, dtype: Any = None, revision: str | None = None
) -> Component[UpscalerConfig]:
    """An upscaler: a folder or repository with weights in it, and `config.json`.

    Those of Real-ESRGAN's compact network come as one file of safetensors without a `config.json`:
    its tensors say what that would.
    """
    folder = open_source(source, revision=revision)
    if "config.json" in folder.names():
        return _component(folder, "", UpscalerConfig, dtype)
    return Component(*load_lone_upscaler(folder, dtype))


def _beside(folder: Folder) -> dict[str, str]:
    """The subfolders of its ControlNets, by their names."""
    found = [match for match in map(_CONTROLNET.fullmatch, folder.names()) if match]
    return {match["name"] or match[1]: match[1] for match in found}


def _controlnet(folder: Folder, subfolder: str, dtype: Any) -> ControlNet:
    config, params = load_weights(folder, subfolder, ControlNetConfig, dtype)
    name = f"{folder.name}:{subfolder}" if subfolder else folder.name
    prefix = f"{subfolder}/" if subfolder else ""
    own = f"{prefix}vae/config.json" in folder.names()
    notices = [f"the ControlNet {name} has an autoencoder of its own, which is left out"] * own
    return ControlNet(
        name,
        config,
        params,
        license=_license(folder, subfolder),
        notices=(*notices, *two_formats(folder, {subfolder: ControlNetConfig})),
    )


PARTS: Mapping[str, type[JsonConfig]] = {
    "text_encoder": TextEncoderConfig,
    "unet": UNetConfig,
    "vae": VAEConfig,
}


def _has_checker(folder: Folder) -> bool:
    return f"{SAFETY_CHECKER}/config.json" in folder.names()


def _safety_checker(folder: Folder) -> Component[SafetyCheckerConfig] | None:
    if not _has_checker(folder):
        return None
    try:
        return _component(folder, SAFETY_CHECKER, SafetyCheckerConfig, None)
    except UnsafeWeights as error:
        raise UnsafeWeights(f"{error}, or go without it (--no-safety-checker)") from error


def _left_out(index: Mapping[str, Any], *, are_checked: bool) -> Iterator[str]:
    """What a pipeline has and is not used here."""
    for part, entry in index.items():
        if part.startswith("_") or not isinstance(entry, list) or entry in ([None, None], []):
            continue
        if part == SAFETY_CHECKER and not are_checked:
            yield "the model's safety checker is left out: nothing looks at what pictures show"
        elif part not in _OWN and not part.startswith("controlnet"):
            yield f"the model's {part[:60]} is left out: it is not used here"


def _component(
    folder: Folder, subfolder: str, config_type: type[ConfigT], dtype: Any
) -> Component[ConfigT]:
    return Component(*load_weights(folder, subfolder, config_type, dtype))


def _tokenizer(folder: Folder) -> Path:
    wanted = [f"tokenizer/{name}" for name in _TOKENIZER if f"tokenizer/{name}" in folder.names()]
    if not {"tokenizer/vocab.json", "tokenizer/tokenizer.json"} & set(wanted):
        raise CheckpointNotFound(
            f"{folder}/tokenizer must hold vocab.json and merges.txt, or tokenizer.json, got "
            "neither; give a complete model"
        )
    return folder.path(*wanted).parent


def _scheduler_config(folder: Folder, index: dict[str, Any]) -> dict[str, Any]:
    name = "scheduler/scheduler_config.json"
    if name not in folder.names():
        raise CheckpointNotFound(f"{folder} must hold {name}, got none; give a complete model")
    config = read_json(folder.path(name))
    entry = index.get("scheduler")
    if "_class_name" not in config and isinstance(entry, list) and len(entry) == 2:
        config["_class_name"] = entry[1]
    return config


def _optional_json(folder: Folder, name: str) -> dict[str, Any]:
    return read_json(folder.path(name)) if name in folder.names() else {}


def _license(folder: Folder, subfolder: str) -> str | None:
    """What the front matter of the model card states."""
    name = f"{subfolder}/README.md" if subfolder else "README.md"
    if name not in folder.names():
        return None
    card = folder.path(name).read_text(encoding="utf-8", errors="replace")
    front_matter = re.match(r"---\n(.*?)\n---", card, re.DOTALL)
    line = front_matter and re.search(r"^license:\s*(\S+)", front_matter[1], re.MULTILINE)
    return line[1].strip("'\"") if line else None


def _require_agreement(bundle: Bundle, *, where: str) -> None:
    """Raises UnsupportedConfig where the parts do not fit each other."""
    unet, latents = bundle.unet.config, bundle.vae.config.latent_channels
    text = bundle.text_encoder.config.hidden_size
    for field, got, expected in (
        (
            "in_channels",
            latents if bundle.inpaints else unet.in_channels,
            f"{latents}, the autoencoder's latent_channels, or for inpainting {2 * latents + 1}",
        ),
        ("out_channels", unet.out_channels, f"{latents}, the autoencoder's latent_channels"),
        ("cross_attention_dim", unet.cross_attention_dim, f"{text}, the text's hidden_size"),
    ):
        if got != int(expected.split(",")[0]):
            at = f"{where}/unet/config.json"
            raise UnsupportedConfig(field, got, expected=expected, where=at)


def require_fit(bundle: Bundle, control: ControlNet) -> None:
    """Raises ForeignControlNet where a ControlNet's residuals would not fit the model's UNet."""
    unet, config = bundle.unet.config, control.config
    for field, got, expected in (
        ("in_channels", config.in_channels, bundle.vae.config.latent_channels),
        ("block_out_channels", config.block_out_channels, unet.block_out_channels),
        ("layers_per_block", config.layers, unet.layers),
        ("cross_attention_dim", config.cross_attention_dim, unet.cross_attention_dim),
        ("pixels to a latent cell", config.downscale, bundle.vae.config.downscale),
    ):
        if got != expected:
            raise ForeignControlNet(
                f"the ControlNet {control.name} must fit {bundle.name}, with {field} {expected}, "
                f"got {got}; choose one that was trained for this base model"
            )


def _lone(folder: Folder) -> tuple[str, str] | None:
    """What the first file of weights right in the folder is, and what to do with it.

    A file of the Hub's is not fetched for that: its name has to tell.
    """
    files = sorted(n for n in folder.names() if "/" not in n and n.lower().endswith(WEIGHTS))
    if not files:
        return None
    name = files[0]
    if isinstance(folder, LocalFolder):
        kind, remedy = described(folder.path(name))
    elif "lora" in name.lower():
        kind, remedy = LORA, FUSE
    else:
        kind, remedy = "a single file", f"if it is a whole checkpoint: {CONVERT}"
    return f"{name}, which is {kind}", remedy
