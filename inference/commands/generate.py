"""`python -m inference generate`: from arguments to pictures in files."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from tqdm import tqdm

from inference.commands.again import check_model, clip_skip, merged, recipe_of
from inference.commands.control_options import ControlOptions, add_control_options
from inference.commands.reading import controlnets, number
from inference.errors import InvalidRequest
from inference.pipeline import Pipeline
from inference.png import save_png
from inference.request import GenerationRequest, Progress, Result, Update
from inference.sampling import SAMPLERS

_WITH_KARRAS = [name for name, sampler in SAMPLERS.items() if sampler.has_karras]


def add_generate(parser: argparse.ArgumentParser) -> None:
    width = max(map(len, SAMPLERS))
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "samplers:\n" + "\n".join(
        f"  {name:{width}}  {s.description}" for name, s in SAMPLERS.items()
    )
    parser.add_argument(
        "prompt", nargs="?", help="what the picture shows; with --from, that of the picture"
    )
    parser.add_argument(
        "--from",
        dest="again",
        metavar="FILE.png",
        help="make a picture again that was made here: all that is not given is taken from it",
    )

    model = parser.add_argument_group("model")
    model.add_argument(
        "--model",
        metavar="SOURCE",
        help="a folder, a Hub repository owner/name[@revision][:subfolder], or embedded (default)",
    )
    model.add_argument(
        "--controlnet",
        action="append",
        default=[],
        metavar="NAME=SOURCE",
        help="a ControlNet beside those that come with the model; may be repeated",
    )
    model.add_argument(
        "--upscaler",
        metavar="SOURCE",
        help="an upscaler in place of the model's own: a folder or Hub repository with it",
    )
    model.add_argument(
        "--no-safety-checker",
        action="store_true",
        help="do without the model's own, if it has one: nothing looks at what pictures show",
    )
    model.add_argument("--clip-skip", type=int, metavar="N", help="text layers to skip")

    control = parser.add_argument_group("control")
    add_control_options(control)

    start = parser.add_argument_group("start")
    start.add_argument(
        "--image", "--init-image", dest="image", metavar="FILE", help="start from this picture"
    )
    start.add_argument(
        "--strength", type=number, metavar="X", help="0 keeps that picture, 1 ignores it"
    )
    start.add_argument(
        "--mask", metavar="FILE", help="as large as that picture: white is painted anew"
    )

    how = parser.add_argument_group("generation")
    how.add_argument("--negative-prompt", metavar="TEXT")
    how.add_argument("--seed", type=number, metavar="N")
    how.add_argument("--steps", type=number, metavar="N")
    how.add_argument("--sampler", metavar="NAME", help="one of the list below")
    how.add_argument(
        "--karras",
        action=argparse.BooleanOptionalAction,
        help=f"Karras spacing of the steps ({', '.join(_WITH_KARRAS)}); else as the model says",
    )
    how.add_argument(
        "--zero-snr",
        action=argparse.BooleanOptionalAction,
        help="noise levels rescaled to end in pure noise; else as the model says",
    )
    how.add_argument(
        "--guidance-scale", type=number, metavar="X", help="1 and less: off, and twice as quick"
    )
    how.add_argument("--num-images", type=number, metavar="N")
    how.add_argument("--width", type=number, metavar="PIXELS")
    how.add_argument("--height", type=number, metavar="PIXELS")
    how.add_argument(
        "--upscale",
        type=number,
        metavar="N",
        help="1, 2 or 4: so many times as high and wide as that; else as the model says",
    )

    output = parser.add_argument_group("output")
    output.add_argument("--out", type=Path, default=Path("out.png"), metavar="FILE.png")
    output.add_argument("--json", action="store_true", help="print one JSON object")
    output.add_argument("--debug", action="store_true", help="show where an unforeseen error arose")


def run_generate(options: argparse.Namespace) -> None:
    _check_output(options.out)
    asked = ControlOptions.read(options, number)
    recipe = None if options.again is None else recipe_of(Path(options.again))
    fields = _given(
        prompt=options.prompt,
        negative_prompt=options.negative_prompt,
        seed=options.seed,
        num_images=options.num_images,
        steps=options.steps,
        sampler=options.sampler,
        karras=options.karras,
        zero_snr=options.zero_snr,
        guidance_scale=options.guidance_scale,
        init_image=Path(options.image) if options.image else None,
        strength=options.strength,
        mask=Path(options.mask) if options.mask else None,
        width=options.width,
        height=options.height,
        upscale=options.upscale,
    )
    # What needs no model to be refused is refused before it loads.
    request = merged(recipe, fields, asked)
    pipeline = Pipeline.load(
        options.model or "embedded",
        controlnets=controlnets(options),
        upscaler=options.upscaler,
        skip_layers=clip_skip(options, recipe),
        safety_checker=not options.no_safety_checker,
    )
    if recipe is not None:
        check_model(options, recipe, pipeline.info.model)
    if asked.names:
        for name in asked.names:
            pipeline.intake.require_control(name)
        controls = asked.controls(pipeline.intake.size(request.width, request.height))
        request = request.model_copy(update={"controls": controls})
    result = _watch(pipeline, request)
    paths = _write(result, options.out, request)
    for notice in (*pipeline.info.notices, *result.notices):
        print(f"note: {notice}", file=sys.stderr)
    if options.json:
        facts = {
            "paths": [str(path) for path in paths],
            "seeds": list(result.seeds),
            "seconds": round(result.seconds, 4),
            "compile_seconds": round(result.compile_seconds, 4),
            "steps": result.steps,
            "sampler": result.sampler,
            "device": pipeline.info.device,
        }
        print(json.dumps(facts))
    else:
        print(*paths, sep="\n")


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _check_output(path: Path) -> None:
    """Refuses a place where nothing could be written, before minutes are spent on the picture."""
    if path.suffix.lower() != ".png":
        raise InvalidRequest(
            f"--out must name a .png file, got {str(path)!r}; end it in .png", field="--out"
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab"):
            pass
        if path.stat().st_size == 0:
            path.unlink()
    except OSError as error:
        raise InvalidRequest(
            f"--out must be a place that can be written, got {str(path)!r} ({error.strerror}); "
            "choose another",
            field="--out",
        ) from error


def _watch(pipeline: Pipeline, request: GenerationRequest) -> Result:
    """Runs the request with a progress bar where a person is looking."""
    update: Update | None = None
    with tqdm(unit="step", disable=not sys.stderr.isatty(), leave=False) as bar:
        for update in pipeline.generate(request):
            if isinstance(update, Progress):
                bar.total = update.steps
                bar.update(update.step - bar.n)
    assert isinstance(update, Result)
    return update


def _write(result: Result, out: Path, request: GenerationRequest) -> list[Path]:
    paths = [
        out if len(result.images) == 1 else out.with_stem(f"{out.stem}-{number}")
        for number in range(1, len(result.images) + 1)
    ]
    for path, image, parameters in zip(paths, result.images, result.parameters, strict=True):
        save_png(image, parameters, path, request=request)
    return paths
