"""Packaging: a base and its ControlNets in one folder, quantized, small enough to ship.

    python -m training.embedded.package --base runs/base/model --controlnet canny=runs/canny/model
        --out inference/embedded

writes the diffusers layout in Flax msgpack, with weights as 8-bit integers (or, with
`--storage float16`, in half precision, as diffusers' own Flax pipelines read them). What else is in
the folder, such as the model card, stays as it is. `--few-steps` makes four steps of `lcm` without
guidance the model's defaults: where lines lead it, a base does well in them as it is.
"""

import argparse
import dataclasses
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import jax
import numpy as np

from inference.checkpoints import (
    Component,
    load_bundle,
    load_controlnet,
    load_upscaler,
    save_bundle,
)
from inference.checkpoints.source import open_source
from inference.checkpoints.weights import load_weights
from inference.models.vae_config import VAEConfig
from training.errors import UnpackableWeights, exit_code
from training.evaluation.strength import strengthened
from training.loop.base import FEW_STEPS
from training.loop.options import add_controlnets, add_strengths

Storage = Literal["int8", "float16"]


def package(
    base: Path,
    controlnets: Mapping[str, Path],
    out: Path,
    *,
    storage: Storage = "int8",
    few_steps: bool = False,
    vae: Path | None = None,
    upscaler: Path | None = None,
    strengths: Mapping[str, float] = MappingProxyType({}),
) -> int:
    """Write the folder; returns its size in bytes.

    `vae` is an autoencoder's folder to ship in place of the base's own, `upscaler` that of one to
    ship with them. `strengths` say by how much ControlNets are to act more strongly at scale 1 than
    they were trained to. Raises CheckpointError and UnpackableWeights.
    """
    dtype = np.float16 if storage == "float16" else np.float32
    bundle = load_bundle(base, dtype=dtype)
    if vae is not None:
        component = Component(*load_weights(open_source(vae), "", VAEConfig, dtype))
        bundle = dataclasses.replace(bundle, vae=component)
    if upscaler is not None:
        bundle = dataclasses.replace(bundle, upscaler=load_upscaler(upscaler, dtype=dtype))
    controls = {name: load_controlnet(folder, dtype=dtype) for name, folder in controlnets.items()}
    if unknown := set(strengths) - set(controls):
        raise UnpackableWeights(
            f"strengths must be of ControlNets that are packed ({', '.join(controls) or 'none'}), "
            f"got one of {', '.join(sorted(unknown))}; name it as in --controlnet"
        )
    for name, strength in strengths.items():
        stronger = strengthened(controls[name].params, strength)
        controls[name] = dataclasses.replace(controls[name], params=stronger)
    generation = FEW_STEPS if few_steps else bundle.generation_config
    bundle = dataclasses.replace(bundle, controlnets=controls, generation_config=generation)
    parts = {"text_encoder": bundle.text_encoder, "unet": bundle.unet, "vae": bundle.vae}
    if bundle.upscaler is not None:
        parts["upscaler"] = bundle.upscaler
    for name, part in {**parts, **controls}.items():
        _require_finite(name, part.params)
    save_bundle(out, bundle, storage="int8" if storage == "int8" else "plain")
    return sum(file.stat().st_size for file in out.rglob("*") if file.is_file())


def _require_finite(name: str, params: object) -> None:
    worst = [
        jax.tree_util.keystr(path)
        for path, leaf in jax.tree_util.tree_leaves_with_path(params)
        if not (np.abs(leaf) <= np.finfo(np.float16).max).all()
    ]
    if worst:
        raise UnpackableWeights(
            f"the weights of {name} must lie within float16's ±65504, got larger ones in "
            f"{len(worst)} leaves ({', '.join(worst[:3])}); train on with a lower learning rate"
        )


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training.embedded.package",
        description="Put a base and its ControlNets into one folder, small enough to ship.",
    )
    parser.add_argument("--base", type=Path, required=True, help="model folder of the base's run")
    add_controlnets(parser)
    add_strengths(parser)
    parser.add_argument("--vae", type=Path, help="an autoencoder in place of the base's own")
    parser.add_argument("--upscaler", type=Path, help="an upscaler (training.train_upscaler)")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write")
    parser.add_argument("--storage", choices=("int8", "float16"), default="int8")
    parser.add_argument("--few-steps", action="store_true", help="make few steps the default")
    options = parser.parse_args(argv)

    def command() -> None:
        size = package(
            options.base,
            options.controlnets,
            options.out,
            storage=options.storage,
            few_steps=options.few_steps,
            vae=options.vae,
            upscaler=options.upscaler,
            strengths=options.strengths,
        )
        print(f"{options.out}: {size / 1e6:.1f} MB")

    return exit_code(command)


if __name__ == "__main__":
    sys.exit(main())
