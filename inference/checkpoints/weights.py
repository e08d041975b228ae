"""A network's weights out of its folder, whichever of the known formats is there.

In this order, and never more than one of them: Flax msgpack, PyTorch safetensors, the same in
shards, the fp16 variant of either. Pickled weights are refused: reading one runs the code in it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from inference.checkpoints import int8
from inference.checkpoints.bundle import ConfigT, Tree
from inference.checkpoints.fit import leaves, require_leaves
from inference.checkpoints.json_file import read_json
from inference.checkpoints.msgpack_file import read_msgpack
from inference.checkpoints.renaming import flax_leaf
from inference.checkpoints.safetensors_file import read_safetensors, tensor_names
from inference.checkpoints.single_file import KINDS, UPSCALER, kind_of
from inference.checkpoints.source import Folder
from inference.errors import CheckpointNotFound, DamagedWeights, UnsafeWeights, UnsupportedConfig
from inference.models.clip_config import SafetyCheckerConfig, TextEncoderConfig
from inference.models.denoiser_config import ControlNetConfig, UNetConfig
from inference.models.json_config import JsonConfig
from inference.models.upscaler_config import UpscalerConfig
from inference.models.vae_config import VAEConfig

_PICKLED = (".bin", ".ckpt", ".pt", ".pth", ".pkl")


@dataclass(frozen=True)
class FileNames:
    """What diffusers and transformers call a network's files: stems, without extension."""

    flax: str
    torch: str

    def candidates(self) -> tuple[str, ...]:
        """The files to look for, the preferred first; an index stands for its shards."""
        return (
            f"{self.flax}.msgpack",
            f"{self.torch}.safetensors",
            f"{self.torch}.safetensors.index.json",
            f"{self.torch}.fp16.safetensors",
            f"{self.torch}.safetensors.index.fp16.json",
        )


_DIFFUSERS = FileNames("diffusion_flax_model", "diffusion_pytorch_model")
_TRANSFORMERS = FileNames("flax_model", "model")

COMPONENTS: Mapping[type[JsonConfig], tuple[str, FileNames]] = {
    UNetConfig: ("unet", _DIFFUSERS),
    ControlNetConfig: ("controlnet", _DIFFUSERS),
    VAEConfig: ("vae", _DIFFUSERS),
    TextEncoderConfig: ("text_encoder", _TRANSFORMERS),
    UpscalerConfig: ("upscaler", _DIFFUSERS),
    SafetyCheckerConfig: ("safety_checker", _TRANSFORMERS),
}
"""What each network is called, and its files."""


def load_weights(
    folder: Folder, subfolder: str, config_type: type[ConfigT], dtype: Any
) -> tuple[ConfigT, Tree]:
    """A network's configuration and parameters from `subfolder` ('' for the folder itself).

    Floating-point and integer weights are cast to `dtype`; None keeps them as they are stored
    (those stored as 8-bit integers with scales become float32).
    """
    config, storage = read_config(folder, subfolder, config_type)
    prefix, where, files = _place(folder, subfolder)
    component, file_names = COMPONENTS[config_type]
    chosen = _choose(files, file_names, where)
    if chosen.endswith(".msgpack"):
        tree = read_msgpack(folder.path(prefix + chosen))
    else:
        tree = _read_torch(folder, prefix, chosen, component)
    if storage:
        tree = int8.dequantise(tree, where=f"{where}/{chosen}")
    _refuse_another_kind(folder, prefix, chosen, where)
    require_leaves(tree, config, where=f"{where}/{chosen}")
    return config, _cast(tree, dtype)


def load_lone_upscaler(folder: Folder, dtype: Any) -> tuple[UpscalerConfig, Tree]:
    """The upscaler in a folder whose only file of safetensors it is, without a `config.json`."""
    files = {name for name in folder.names() if "/" not in name}
    there = sorted(name for name in files if name.endswith(".safetensors"))
    if not there:
        _refuse_pickled(files, str(folder), "a file of safetensors")
    if len(there) != 1:
        raise CheckpointNotFound(
            f"{folder} must hold config.json or one file of safetensors, got {_listed(there)}; "
            "give a folder with one upscaler in it"
        )
    where = f"{folder}/{there[0]}"
    tree = _read_torch(folder, "", there[0], "upscaler")
    config = UpscalerConfig.of_shapes(
        {name: leaf.shape for name, leaf in leaves(tree)}, where=where
    )
    require_leaves(tree, config, where=where)
    return config, _cast(tree, dtype)


def read_config(
    folder: Folder, subfolder: str, config_type: type[ConfigT]
) -> tuple[ConfigT, dict[str, str] | None]:
    """A network's configuration alone, and how its weights are stored where that is not plain."""
    prefix, where, files = _place(folder, subfolder)
    if "config.json" not in files:
        raise CheckpointNotFound(
            f"{where} must hold a config.json, got {_listed(files)}; give a folder in the "
            "diffusers layout"
        )
    fields = read_json(folder.path(f"{prefix}config.json"))
    storage = fields.pop(int8.FIELD, None)
    if storage not in (None, int8.METHOD):
        raise UnsupportedConfig(
            int8.FIELD, storage, expected=f"{int8.METHOD} or absent", where=f"{where}/config.json"
        )
    return config_type.from_dict(fields, where=f"{where}/config.json"), storage


def _place(folder: Folder, subfolder: str) -> tuple[str, str, set[str]]:
    """The prefix of its files, what to call it, and the files."""
    prefix = f"{subfolder}/" if subfolder else ""
    where = f"{folder}/{subfolder}" if subfolder else str(folder)
    files = {name.removeprefix(prefix) for name in folder.names() if name.startswith(prefix)}
    return prefix, where, files


def two_formats(folder: Folder, parts: Mapping[str, type[JsonConfig]]) -> Iterator[str]:
    """A sentence where networks lie there as Flax and as PyTorch weights: which were read.

    `parts` has the kind of each network by its subfolder ('' for the folder itself).
    """
    both, newer = [], []
    for subfolder, kind in parts.items():
        prefix = f"{subfolder}/" if subfolder else ""
        _, names = COMPONENTS[kind]
        there = [name for name in names.candidates() if prefix + name in folder.names()]
        read, *others = there or [""]
        others = [name for name in others if read.endswith(".msgpack")]
        if not others:
            continue
        both.append(f"{prefix}{read}")
        dates = folder.dates(prefix + read, prefix + others[0])
        if dates is not None and dates[1] > dates[0]:
            newer.append(f"{prefix}{others[0]}")
    if both:
        sentence = f"weights lie there as Flax and as PyTorch: {_listed(both)} were read"
        yield f"{sentence}, though {_listed(newer)} are newer" if newer else sentence


def _choose(files: set[str], file_names: FileNames, where: str) -> str:
    for name in file_names.candidates():
        if name in files:
            return name
    _refuse_pickled(files, where, " or ".join(file_names.candidates()[:2]))
    raise CheckpointNotFound(
        f"{where} must hold weights as {' or '.join(file_names.candidates())}, got "
        f"{_listed(files)}; give a folder that has one of them"
    )


def _refuse_pickled(files: set[str], where: str, expected: str) -> None:
    """Raises UnsafeWeights where pickled weights are all that there is."""
    pickled = sorted(name for name in files if name.endswith(_PICKLED) and "/" not in name)
    if pickled:
        raise UnsafeWeights(
            f"{where} must hold {expected}, got only pickled "
            f"weights ({_listed(pickled)}), which can run code when they are read; look for a "
            "revision with safetensors (often refs/pr/1), or convert them with "
            "https://huggingface.co/spaces/safetensors/convert"
        )


def _read_torch(folder: Folder, prefix: str, chosen: str, component: str) -> Tree:
    shards = _shards(folder, prefix, chosen) if chosen.endswith(".json") else [chosen]
    folder.path(*(prefix + shard for shard in shards))
    tree: Tree = {}
    for shard in shards:
        for name, tensor in read_safetensors(folder.path(prefix + shard)):
            placed = flax_leaf(name, tensor, component=component)
            if placed is not None:
                _put(tree, *placed)
    return tree


def _refuse_another_kind(folder: Folder, prefix: str, chosen: str, where: str) -> None:
    """Raises DamagedWeights for a file that is no network, such as a LoRA under its name."""
    if not chosen.endswith(".safetensors"):
        return
    found = kind_of(tensor_names(folder.path(prefix + chosen)))
    if found is not None and found[0] not in (KINDS[-1][1], UPSCALER):
        kind, remedy = found
        raise DamagedWeights(
            f"{where}/{chosen} must hold the network of its config.json, got {kind}; {remedy}"
        )


def _shards(folder: Folder, prefix: str, index: str) -> list[str]:
    path = folder.path(prefix + index)
    weight_map = read_json(path).get("weight_map")
    shards = sorted(set(weight_map.values())) if isinstance(weight_map, dict) else []
    known = folder.names()
    for shard in shards:
        # A name out of a downloaded file: only a plain file beside the index is one.
        if PurePosixPath(str(shard)).name != shard or prefix + shard not in known:
            raise DamagedWeights(
                f"{path} must name the files beside it, got {shard!r}; download or save all shards"
            )
    if not shards:
        raise DamagedWeights(f"{path} must map weights to files, got none; download it again")
    return shards


def _put(tree: Tree, path: tuple[str, ...], leaf: np.ndarray) -> None:
    node: Any = tree
    for name in path[:-1]:
        node = node.setdefault(name, {})
    node[path[-1]] = leaf


def _cast(tree: Any, dtype: Any) -> Tree:
    """Own, contiguous arrays: a view of the file would change with it."""
    return {
        name: _cast(child, dtype)
        if isinstance(child, dict)
        else np.array(child, dtype or child.dtype, order="C")
        for name, child in tree.items()
    }


def _listed(names: Any, shown: int = 6) -> str:
    ordered = sorted(names)
    more = f" and {len(ordered) - shown} more" if len(ordered) > shown else ""
    return (", ".join(ordered[:shown]) + more) or "nothing"
