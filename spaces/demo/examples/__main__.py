"""`python -m spaces.demo.examples [--model SOURCE]`: draws pictures and makes results again."""

import argparse
import sys

from inference.pipeline import Pipeline
from inference.png import save_png
from inference.request import Result
from spaces.demo.embedded import demo_config
from spaces.demo.examples import SCENES
from spaces.demo.examples.drawings import draw
from spaces.demo.pictures import enlarged
from spaces.demo.requests import make_request


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m spaces.demo.examples", description=__doc__)
    parser.add_argument("--model", default="embedded", metavar="SOURCE")
    pipeline = Pipeline.load(parser.parse_args().model)
    config = demo_config("embedded", pipeline.info)
    for scene in SCENES:
        draw(scene.name).save(scene.picture, optimize=True)
        request = make_request(
            config,
            pipeline.info,
            prompt=scene.prompt,
            picture=str(scene.picture),
            origin=scene.origin,
            options={"seed": scene.seed},
        )
        for update in pipeline.generate(request):
            if isinstance(update, Result):
                picture, told = enlarged(update.images[0]), update.parameters[0]
                save_png(picture, told, scene.result, request=request)
                print(f"{scene.name}: {update.seconds:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
