"""`python -m spaces.host.make`: makes the pictures of the shipped listing's examples again.

Each result is what its demo makes of the example's words, seed and picture.
"""

import argparse
import sys
from pathlib import Path

from PIL import Image

from inference.errors import InferenceError
from inference.pipeline import Pipeline
from inference.request import GenerationRequest, Result
from spaces.demo.examples.drawings import BLOBS, draw
from spaces.demo.requests import make_request
from spaces.errors import SpacesError
from spaces.host.listing import SHIPPED, read_listing
from spaces.host.share import SharedEngine, shared_engine

SIDE = 384
"""Pixels of a result."""
PICTURES = SHIPPED.with_name("pictures")
DRAWN = ("boat", "mushroom", "lamp", "key", *BLOBS)
"""Beside those of the demo's own examples."""


def main() -> int:
    argparse.ArgumentParser(prog="python -m spaces.host.make", description=__doc__).parse_args()
    for name in DRAWN:
        draw(name).save(PICTURES / f"{name}.png", optimize=True)
    try:
        listing = read_listing(SHIPPED, with_results=False)
        pipeline = Pipeline.load(listing.model, controlnets=listing.sources())
        for path, entry in listing.demos.items():
            share = shared_engine(pipeline, path, entry, refused={})
            config = entry.config()
            options = dict(config.defaults)
            for example in config.examples:
                asked = make_request(
                    config,
                    share.info,
                    prompt=example.prompt,
                    picture=None if example.picture is None else str(example.picture),
                    origin=example.origin,
                    options={**options, "seed": example.seed, "num_images": 1},
                )
                write(made(share, asked), example.result)
                print(f"{path}: {example.result.name}", flush=True)
    except (InferenceError, SpacesError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def made(engine: SharedEngine, asked: GenerationRequest) -> Image.Image:
    """The first picture of a request."""
    return next(one.images[0] for one in engine.generate(asked) if isinstance(one, Result))


def write(picture: Image.Image, file: Path) -> None:
    """In the format of the file's name; a small picture is enlarged by a whole factor."""
    factor = max(1, SIDE // min(picture.size))
    larger = picture.resize(
        (picture.width * factor, picture.height * factor), Image.Resampling.LANCZOS
    )
    larger.save(file, quality=88, method=6)


if __name__ == "__main__":
    sys.exit(main())
