"""The core's command line: reads arguments, shows progress, writes pictures.

Exit codes: 0 done, 1 something broke, 2 something that was asked for cannot be done (one sentence
on stderr, nothing on stdout), 130 stopped with Ctrl-C.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from tqdm import tqdm

from inference.control_options import ControlOptions, add_control_options, pair
from inference.errors import InferenceError, InvalidRequest
from inference.pipeline import Pipeline
from inference.png import Recipe, read_recipe, save_png
from inference.request import (
    Control,
    GenerationRequest,
    Progress,
    Result,
    Update,
    require_prompt,
)
from inference.sampling import SAMPLERS
from inference.serving.http.commands import add_keys, add_serve, run_keys, run_serve
from inference.serving.planning import add_plan, run_plan

_WITH_KARRAS = [name for name, sampler in SAMPLERS.items() if sampler.has_karras]


class _Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are one sentence."""

    def error(self, message: str) -> NoReturn:
        raise InvalidRequest(f"{message}; see {self.prog} --help", field="arguments")


def main(arguments: Sequence[str]) -> int:
    try:
        options = _parser().parse_args(arguments)
        options.run(options)
    except InferenceError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; nothing was written", file=sys.stderr)
        return 130
    except Exception as error:
        if "--debug" in arguments:
            raise
        reason = str(error).partition("\n")[0][:200]
        print(
            f"error: the picture could not be made, because {type(error).__name__} came up "
            f"({reason}); try a smaller size or fewer images, or see the details with --debug",
            file=sys.stderr,
        )
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m inference", description="The JAX inference core.")
    commands = parser.add_subparsers(required=True, parser_class=_Parser, metavar="COMMAND")
    width = max(map(len, SAMPLERS))
    generate = commands.add_parser(
        "generate",
        help="make pictures from a prompt",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="samplers:\n"
        + "\n".join(f"  {name:{width}}  {s.description}" for name, s in SAMPLERS.items()),
    )
    generate.set_defaults(run=_generate)
    generate.add_argument(
        "prompt", nargs="?", help="what the picture shows; with --from, that of the picture"
    )
    generate.add_argument(
        "--from",
        dest="again",
        metavar="FILE.png",
        help="make a picture again that was made here: all that is not given is taken from it",
    )

    model = generate.add_argument_group("model")
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

    control = generate.add_argument_group("control")
    add_control_options(control)

    start = generate.add_argument_group("start")
    start.add_argument(
        "--image", "--init-image", dest="image", metavar="FILE", help="start from this picture"
    )
    start.add_argument(
        "--strength", type=_number, metavar="X", help="0 keeps that picture, 1 ignores it"
    )
    start.add_argument(
        "--mask", metavar="FILE", help="as large as that picture: white is painted anew"
    )

    how = generate.add_argument_group("generation")
    how.add_argument("--negative-prompt", metavar="TEXT")
    how.add_argument("--seed", type=_number, metavar="N")
    how.add_argument("--steps", type=_number, metavar="N")
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
        "--guidance-scale", type=_number, metavar="X", help="1 and less: off, and twice as quick"
    )
    how.add_argument("--num-images", type=_number, metavar="N")
    how.add_argument("--width", type=_number, metavar="PIXELS")
    how.add_argument("--height", type=_number, metavar="PIXELS")
    how.add_argument(
        "--upscale",
        type=_number,
        metavar="N",
        help="1, 2 or 4: so many times as high and wide as that; else as the model says",
    )

    output = generate.add_argument_group("output")
    output.add_argument("--out", type=Path, default=Path("out.png"), metavar="FILE.png")
    output.add_argument("--json", action="store_true", help="print one JSON object")
    output.add_argument("--debug", action="store_true", help="show where an unforeseen error arose")

    serving = commands.add_parser("serve", help="serve the engine over HTTP")
    serving.set_defaults(run=lambda options: run_serve(options, _controlnets(options)))
    add_serve(serving)
    warming = commands.add_parser(
        "warm", help="compile a model's programs now: the next start reads them"
    )
    warming.set_defaults(run=_warm)
    warming.add_argument("--model", default="embedded", metavar="SOURCE")
    warming.add_argument("--controlnet", action="append", default=[], metavar="NAME=SOURCE")
    planning = commands.add_parser("plan", help="what fits in a device's memory")
    planning.set_defaults(run=run_plan)
    add_plan(planning)
    keys = commands.add_parser("keys", help="make, list and end the keys of a served engine")
    keys.set_defaults(run=run_keys)
    add_keys(keys)
    return parser


def _number(text: str) -> Any:
    """A number where the text is one; else the text, for the request to refuse in its words."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _controlnets(options: argparse.Namespace) -> dict[str, str]:
    return dict(pair(text, "--controlnet") for text in options.controlnet)


def _generate(options: argparse.Namespace) -> None:
    _check_output(options.out)
    asked = ControlOptions.read(options, _number)
    recipe = None if options.again is None else _recipe(Path(options.again))
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
    request = _request(recipe, fields, asked)
    pipeline = Pipeline.load(
        options.model or "embedded",
        controlnets=_controlnets(options),
        upscaler=options.upscaler,
        skip_layers=_clip_skip(options, recipe),
        safety_checker=not options.no_safety_checker,
    )
    if recipe is not None:
        _check_model(options, recipe, pipeline.info.model)
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


def _warm(options: argparse.Namespace) -> None:
    """Runs every program once, in a process that remembers what it compiled."""
    pipeline = Pipeline.load(options.model, controlnets=_controlnets(options))
    seconds = pipeline.warm_up()
    print(f"{pipeline.info.model}: its programs are there after {seconds:.1f} s")


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _recipe(path: Path) -> Recipe:
    """What the picture carries. Raises InvalidRequest."""
    try:
        recipe = read_recipe(path)
    except OSError as error:
        raise InvalidRequest(
            f"--from must be a picture, got {str(path)!r} ({error.strerror}); check the path",
            field="--from",
        ) from error
    if recipe is None:
        raise InvalidRequest(
            f"--from must be a PNG that tells how it was made, got {str(path)!r}, which does not; "
            "choose one as it was saved here",
            field="--from",
        )
    return recipe


def _request(
    recipe: Recipe | None, fields: dict[str, Any], asked: ControlOptions
) -> GenerationRequest:
    """What is asked for, without the control maps that are made of `--control` later."""
    if recipe is None:
        require_prompt(fields.get("prompt"))
        return GenerationRequest(**fields)
    if asked.names:
        fields = {**fields, "controls": ()}
    request = recipe.request(**fields)
    require_prompt(request.prompt)
    controls = tuple(
        Control(**{**dict(control), **asked.part(control.name)}) for control in request.controls
    )
    return request.model_copy(update={"controls": controls})


def _clip_skip(options: argparse.Namespace, recipe: Recipe | None) -> int:
    if options.clip_skip is not None:
        return options.clip_skip
    told = None if recipe is None else recipe.parameters.get("clip_skip")
    return told if isinstance(told, int) else 0


def _check_model(options: argparse.Namespace, recipe: Recipe, loaded: str) -> None:
    """A picture of another model is not made with this one by mistake.

    The model that a picture names is never loaded by itself: the picture may be a stranger's.
    """
    if recipe.model in (None, loaded):
        return
    made_with = repr(recipe.model)[:100]
    if options.model is None:
        raise InvalidRequest(
            f"--model must name the model that the picture was made with, {made_with}, got none; "
            "add it, or another one on purpose",
            field="--model",
        )
    print(f"note: the picture was made with {made_with}, not {loaded!r}", file=sys.stderr)


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
