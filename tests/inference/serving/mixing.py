"""Forty requests that differ in everything, beside others that come and are cancelled midway.

Run as a program, on as many devices as XLA_FLAGS says: prints, as JSON, how far each picture is
from the one that is made of its request alone, and how many are the same to the byte.
"""

import json
import random
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
from PIL import Image

from inference.errors import Cancelled
from inference.model import Model
from inference.pipeline import Pipeline
from inference.request import GenerationRequest, Result
from inference.sampling.catalogue import SAMPLERS
from inference.serving.engine import SlotEngine
from tests.tiny import tiny_bundle, tiny_controlnet

COUNT = 40
CANCELLED = 40


def drawing(seed: int) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 2, (32, 32, 1), dtype=np.uint8) * 255
    return Image.fromarray(np.repeat(pixels, 3, axis=2))


def requests(count: int, first: int = 0) -> list[GenerationRequest]:
    """Every sampler, one to three ControlNets or none, parts of the steps, sizes, start images."""
    samplers = list(SAMPLERS)
    made = []
    for number in range(first, first + count):
        draw = random.Random(number)
        names = draw.sample(["canny", "hue", "depth"], draw.choice([0, 1, 1, 2, 3]))
        start = draw.choice([0.0, 0.0, 0.3])
        picture = drawing(number) if draw.random() < 0.2 else None
        mask = drawing(number + 1) if picture and draw.random() < 0.5 else None
        made.append(
            GenerationRequest(
                prompt=draw.choice(["a cat", "a dog", "it", ""]),
                negative_prompt=draw.choice(["", "a hat"]),
                seed=number,
                num_images=draw.choice([1, 1, 2]),
                sampler=samplers[number % len(samplers)],
                steps=draw.randint(2, 7),
                guidance_scale=draw.choice([0.0, 3.0, 5.0]),
                guidance_end=draw.choice([1.0, 0.6]),
                controls=[  # pyright: ignore[reportArgumentType]
                    {
                        "name": name,
                        "map": drawing(draw.randint(0, 9)),
                        "scale": draw.choice([0.4, 1.0]),
                        "start": start,
                        "end": draw.choice([0.7, 1.0]),
                    }
                    for name in names
                ],
                init_image=picture,
                mask=mask,
                strength=draw.choice([0.9, 1.0]) if picture else 0.9,
                width=draw.choice([None, None, None, 40]),
                preview_every=draw.choice([0, 0, 1]),
            )
        )
    return made


def model(folder: Path, slots: int) -> Model:
    bundle = tiny_bundle(folder)
    nets = {**bundle.controlnets, "depth": tiny_controlnet("depth", 9)}
    return Model(bundle, nets, slots=slots)


def mixed(engine: SlotEngine, wanted: list[GenerationRequest]) -> list[Result]:
    """All results; from five threads, each with its share of requests that it cancels."""
    results: dict[int, Result] = {}
    failures: list[Exception] = []

    def visitor(number: int) -> None:
        draw = random.Random(number)
        decoys = requests(CANCELLED // 5, first=1000 * (number + 1))
        try:
            for at in range(number, len(wanted), 5):
                ticket = engine.submit(wanted[at], client=f"client {number}")
                for decoy in decoys[: draw.randint(0, 3)]:
                    _cancelled(engine, decoy, after=draw.randint(0, 4))
                decoys = decoys[2:]
                results[at] = ticket.result(600.0)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=visitor, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return [results[at] for at in range(len(wanted))]


def _cancelled(engine: SlotEngine, request: GenerationRequest, after: int) -> None:
    """Followed for so many updates, then cancelled."""
    ticket = engine.submit(request, client="who goes")
    try:
        for count, _ in enumerate(ticket.updates()):
            if count >= after:
                ticket.cancel()
                ticket.cancel()
    except Cancelled:
        pass


def difference(one: Image.Image, other: Image.Image) -> int:
    return int(np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16)).max())


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    wanted = requests(count)
    with tempfile.TemporaryDirectory() as folder:
        engine = SlotEngine(model(Path(folder), slots=4), most_rows=8)
        engine.start()
        together = mixed(engine, wanted)
        engine.stop()
        alone = Pipeline(model(Path(folder), slots=2))
        differences = []
        for request, result in zip(wanted, together, strict=True):
            *_, expected = alone.generate(request)
            assert isinstance(expected, Result)
            pairs = zip(result.images, expected.images, strict=True)
            differences.append(max(difference(one, other) for one, other in pairs))
    print(json.dumps({"differences": differences, "same": differences.count(0)}))


if __name__ == "__main__":
    main()
