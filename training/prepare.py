"""`python -m training.prepare`: pictures with captions become pairs to train a ControlNet with.

    python -m training.prepare my-photos --annotator canny --out pairs
    python -m training.prepare my-photos --annotator none --out pictures
    python -m training.prepare fill50k --limit 5000 --size 256 --out circles
    python -m training.prepare owner/data-set --annotator depth --preset coyo-2023 --out pairs
    python -m training.prepare --check pairs
    python -m training.prepare --push owner/my-pairs --out pairs

SOURCE is a folder of pictures, a .parquet or .tar file or a folder of them, `owner/name` of a data
set on the Hub, or fill50k. With the annotator none there are no maps: a text-to-image model learns
from pictures and captions alone. What was stopped or killed goes on with the same line. --check
looks for what is wrong with pairs, here or on the Hub, and ends with 1 where a training had better
not begin. --push writes a card and uploads them; the Hub knows you by HF_TOKEN or `hf auth login`.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from inference.controls.annotators import ANNOTATORS
from training.errors import UnusableDataset, exit_code
from training.hub import TAG
from training.pairs.annotation import NONE
from training.pairs.doctor.examining import examine
from training.pairs.doctor.findings import Verdict
from training.pairs.doctor.page import NAME as PAGE
from training.pairs.doctor.page import write_page
from training.pairs.filters import PRESETS, Filters
from training.pairs.preparing import prepare
from training.pairs.publishing import publish
from training.pairs.recipe import Recipe
from training.pairs.sources.opening import ROWS, open_source
from training.pairs.telling import Bar, summary

FAILED, STOPPED = 1, 130


def main(arguments: Sequence[str]) -> int:
    """0; 1 for pairs that fail their check; 2 for what cannot be done, in a sentence; 130 when it
    was stopped."""
    options = _parser().parse_args(arguments)
    outcome = Verdict.GO

    def run() -> None:
        nonlocal outcome
        if options.check is not None:
            outcome = check(options)
        elif options.push is not None:
            push(options)
        else:
            make(options)

    try:
        return exit_code(run) or (FAILED if outcome is Verdict.STOP else 0)
    except KeyboardInterrupt:
        print("stopped; the same line goes on", file=sys.stderr)
        return STOPPED


def check(options: argparse.Namespace) -> Verdict:
    """Says what is wrong with pairs, and writes the page that shows it."""
    with Bar("looking") as told:
        diagnosis = examine(options.check, processes=options.processes, told=told)
    folder = Path(options.check) if Path(options.check).is_dir() else Path()
    write_page(diagnosis, folder / PAGE)
    print(f"{diagnosis}\nwith pictures: {folder / PAGE}")
    return diagnosis.verdict


def push(options: argparse.Namespace) -> None:
    """Publishes what lies in --out."""
    if options.out is None:
        raise UnusableDataset("--push needs the folder of the pairs, got none; add --out DIR")
    address = publish(
        options.out,
        options.push,
        tag=options.tag,
        license=options.license,
        is_private=options.private == "yes",
    )
    print(f"published at {address}; its card is {options.out}/README.md, edit it and push again")


def make(options: argparse.Namespace) -> None:
    """Opens the source, prepares it, and says what came of it."""
    if options.source is None or options.out is None:
        raise UnusableDataset("a preparation needs SOURCE and --out, got only one; give both")
    require_apart(options.source, options.out)
    source = open_source(
        options.source,
        size=options.size,
        seed=options.seed,
        limit=options.limit,
        files=options.files,
        rows=options.shard_rows,
    )
    recipe = Recipe(
        annotator=options.annotator,
        size=options.size,
        seed=options.seed,
        held_out=options.held_out,
        filters=chosen_filters(options, source.columns),
    )
    try:
        with Bar("preparing") as told:
            report = prepare(source, recipe, options.out, processes=options.processes, told=told)
    except OSError as error:
        raise UnusableDataset(
            f"{options.out} must be a folder that can be written, with room in it, got "
            f"{error.strerror or error}; the same line goes on when it has"
        ) from error
    print(summary(report, options.out))
    print(f"look at it before you train: python -m training.prepare --check {options.out}")


def require_apart(source: str, out: Path) -> None:
    """Raises UnusableDataset for pairs that would lie among the pictures they are made of, and
    would be taken for some of them the next time."""
    path = Path(source).expanduser()
    if path.is_dir() and out.resolve().is_relative_to(path.resolve()):
        raise UnusableDataset(
            f"--out must lie outside of SOURCE, got {out}, which is in {source}; give a folder "
            "beside it"
        )


def chosen_filters(options: argparse.Namespace, columns: tuple[str, ...]) -> Filters:
    """The preset's with the options over it. Of a preset, what the source cannot tell is left."""
    preset = PRESETS.get(options.preset, Filters())
    names = {
        "--max-watermark": "max_watermark",
        "--min-aesthetic": "min_aesthetic",
        "--min-similarity": "min_similarity",
    }
    for option in preset.without_column(columns):
        print(f"{options.preset} without {option}: the source has no such column", file=sys.stderr)
        preset = replace(preset, **{names[option]: None})
    given = {
        name: value
        for name in ("min_side", "max_aspect", *names.values())
        if (value := getattr(options, name)) is not None
    }
    return replace(preset, **given)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training.prepare",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", nargs="?", metavar="SOURCE")
    parser.add_argument("--check", metavar="DIR", help="look at pairs; owner/name for the Hub's")
    parser.add_argument("--push", metavar="OWNER/NAME", help="publish the pairs of --out")
    parser.add_argument("--license", metavar="NAME", help="of the data set, as the Hub spells it")
    parser.add_argument("--tag", default=TAG, help=f"of the event ({TAG})")
    parser.add_argument("--private", choices=["no", "yes"], default="no", help="for --push")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder of the pairs")
    parser.add_argument(
        "--annotator",
        choices=[*ANNOTATORS, NONE],
        help="what draws the maps; without one the source must bring its own",
    )
    parser.add_argument("--size", type=int, default=Recipe.size, help="pixels a side (512)")
    parser.add_argument("--seed", type=int, default=Recipe.seed)
    parser.add_argument(
        "--held-out", type=float, default=Recipe.held_out, help="share kept for the figures (0.01)"
    )
    parser.add_argument("--limit", type=_positive, metavar="N", help="the first N samples alone")
    parser.add_argument("--files", metavar="PATTERN", help="of a data set on the Hub, these alone")
    parser.add_argument("--preset", choices=sorted(PRESETS), help="filters of an earlier sprint")
    parser.add_argument("--min-side", type=_positive, metavar="PIXELS", help="of the shorter side")
    parser.add_argument("--max-aspect", type=float, metavar="RATIO", help="longer side to shorter")
    parser.add_argument("--max-watermark", type=float, metavar="SCORE")
    parser.add_argument("--min-aesthetic", type=float, metavar="SCORE")
    parser.add_argument("--min-similarity", type=float, metavar="SCORE", help="of caption, by CLIP")
    parser.add_argument(
        "--processes", type=_positive, default=os.cpu_count() or 1, help="all cores without it"
    )
    parser.add_argument(
        "--shard-rows", type=_positive, default=ROWS, help=f"samples of one file ({ROWS})"
    )
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 on, got {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
