"""Putting a base and its ControlNets into one folder, small enough to ship.

    python -m training.package --base runs/base/model --controlnet canny=runs/canny/model
                               --out inference/embedded

writes the diffusers layout in Flax msgpack with weights in float16. What else is in the folder,
such as the model card, stays as it is.
"""

import argparse
import dataclasses
import sys
from collections.abc import Mapping
from pathlib import Path

import jax
import numpy as np

from inference.checkpoints import load_bundle, load_controlnet, save_bundle
from training.base import GENERATION
from training.errors import UnpackableWeights, exit_code


def package(base: Path, controlnets: Mapping[str, Path], out: Path) -> int:
    """Write the folder; returns its size in bytes.

    Raises CheckpointError and UnpackableWeights.
    """
    bundle = load_bundle(base, dtype=np.float16)
    controls = {
        name: load_controlnet(folder, dtype=np.float16) for name, folder in controlnets.items()
    }
    bundle = dataclasses.replace(bundle, controlnets=controls, generation_config=GENERATION)
    parts = {"text_encoder": bundle.text_encoder, "unet": bundle.unet, "vae": bundle.vae}
    for name, part in {**parts, **controls}.items():
        _require_finite(name, part.params)
    save_bundle(out, bundle)
    return sum(file.stat().st_size for file in out.rglob("*") if file.is_file())


def _require_finite(name: str, params: object) -> None:
    worst = [
        jax.tree_util.keystr(path)
        for path, leaf in jax.tree_util.tree_leaves_with_path(params)
        if not np.isfinite(leaf).all()
    ]
    if worst:
        raise UnpackableWeights(
            f"the weights of {name} must lie within float16's ±65504, got larger ones in "
            f"{len(worst)} leaves ({', '.join(worst[:3])}); train on with a lower learning rate"
        )


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training.package",
        description="Put a base and its ControlNets into one folder, weights in float16.",
    )
    parser.add_argument("--base", type=Path, required=True, help="model folder of the base's run")
    parser.add_argument(
        "--controlnet",
        action="append",
        default=[],
        metavar="NAME=FOLDER",
        help="a ControlNet's model folder, and what to call it (may be repeated)",
    )
    parser.add_argument("--out", type=Path, required=True, help="the folder to write")
    options = parser.parse_args(argv)
    named = dict(pair.partition("=")[::2] for pair in options.controlnet)
    if not all(named.values()):
        parser.error(f"--controlnet must be NAME=FOLDER, got {' '.join(options.controlnet)}")

    def command() -> None:
        size = package(options.base, {n: Path(f) for n, f in named.items()}, options.out)
        print(f"{options.out}: {size / 1e6:.1f} MB")

    return exit_code(command)


if __name__ == "__main__":
    sys.exit(main())
