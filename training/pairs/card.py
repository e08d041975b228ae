"""Dataset card: what a preparation knows of its pairs, as the README of a repository on the Hub."""

from collections.abc import Iterator

import yaml

from inference.controls.annotators import ANNOTATORS
from training.errors import UnusableDataset
from training.pairs.annotation import BROUGHT, NONE, SPREAD
from training.pairs.making import HELD_OUT, TRAIN
from training.pairs.report import Report
from training.pairs.shards import FOLDER, OF_MAPS

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
LARGEST = "n>1M"
UNKNOWN = "unknown"


def dataset_card(report: Report, *, repo_id: str, tag: str, license: str | None) -> str:
    """Markdown with its front matter. Raises UnusableDataset where no licence is known."""
    return f"---\n{_front_matter(report, tag, _license(report, license))}---\n\n" + "\n\n".join(
        [f"# {repo_id.partition('/')[2]}", *_sections(report, repo_id)]
    )


def _license(report: Report, given: str | None) -> str:
    """The one that is given, or the source's, or the only one of its rows; `other` for several."""
    if given or report.source_license:
        return given or report.source_license or ""
    told = set(report.licences) - {UNKNOWN}
    if not told:
        raise UnusableDataset(
            f"a data set needs a licence to be published, and {report.source} names none; say "
            "which with --license, for example --license cc-by-4.0"
        )
    return told.pop() if len(report.licences) == 1 else "other"


def _front_matter(report: Report, tag: str, license: str) -> str:
    splits = [split for split in (TRAIN, HELD_OUT) if report.rows.get(split)]
    told = {
        "license": license,
        "task_categories": ["text-to-image"],
        "tags": [tag, *_kind(report)],
        "size_categories": [next((name for n, name in SIZES if report.pairs < n), LARGEST)],
        **({"source_datasets": [report.hub_id]} if report.hub_id else {}),
        "configs": [
            {
                "config_name": "default",
                "data_files": [
                    {"split": split, "path": f"{FOLDER}/{split}-*.parquet"} for split in splits
                ],
            }
        ],
    }
    return yaml.safe_dump(told, sort_keys=False, allow_unicode=True)


def _sections(report: Report, repo_id: str) -> Iterator[str]:
    has_maps = report.annotator != NONE
    if has_maps:
        yield (
            f"{report.pairs:,} pairs of a picture and its control map, each with a caption, to "
            f"train a ControlNet with: the maps are {_drawn(report)}. Made from {_source(report)}."
        )
    else:
        yield (
            f"{report.pairs:,} pictures, each with a caption, to train a text-to-image model with. "
            f"Made from {_source(report)}."
        )
    yield "## Contents"
    columns = {
        "image": f"the picture, {report.size}×{report.size} pixels",
        "conditioning_image": "its control map, of the same size",
        "text": "the caption",
        "key": "what the picture is called in the source",
        "map_settings": "how the map was drawn, as JSON, so that it can be drawn again",
    }
    told = {name: words for name, words in columns.items() if has_maps or name not in OF_MAPS}
    yield (
        "| column | holds |\n|---|---|\n"
        + "\n".join(f"| `{name}` | {words} |" for name, words in told.items())
        + "\n\n"
        f"{report.rows[TRAIN]:,} pairs are for training, {report.rows[HELD_OUT]:,} are held out "
        "(`validation`). Which side a picture is on is told by its pixels, so none is on both."
    )
    yield "## Where it comes from, and how it was made"
    yield "\n".join(_origin(report))
    yield "## How to use it"
    imported, pictures = ("", "") if has_maps else ("PICTURES, ", ", pictures=PICTURES")
    yield (
        f"```python\nfrom training.pairs.index import {imported}open_pairs\n"
        f"from training.pairs.streaming import PairStream\n\n"
        f'pairs = open_pairs("{repo_id}"{pictures})\n'
        f"with PairStream(pairs, batch_size=32, size={report.size}, seed=0) as stream:\n"
        "    batch = next(iter(stream))  # images, texts and, where there are maps, conditioning\n"
        "```"
    )
    yield "## Limitations"
    yield "\n".join(_limitations(report))


def _kind(report: Report) -> list[str]:
    """What kind of training it is for, and by what the maps were drawn, as tags."""
    kinds = {NONE: [], BROUGHT: ["controlnet"]}
    return kinds.get(report.annotator, ["controlnet", report.annotator])


def _origin(report: Report) -> Iterator[str]:
    yield (
        f"Of {report.samples:,} samples of {_source(report)}, {report.pairs:,} were taken. Each "
        f"was scaled to cover {report.size}×{report.size} pixels and cropped evenly."
        + (f" The maps are {_drawn(report)}." if report.annotator != NONE else "")
    )
    for name, value in sorted(report.filters.items()):
        yield f"- filter: {name.replace('_', ' ')} {value:g}"
    for why, count in sorted(report.left_out.items()):
        yield f"- left out: {count:,}, {why}"
    if report.damaged:
        yield f"- damaged, and left out: {len(report.damaged):,}, listed in `damaged.jsonl`"
    if report.licences:
        yield "\n| licence of the picture | pairs |\n|---|---|"
        for name, count in sorted(report.licences.items(), key=lambda each: -each[1]):
            yield f"| {name.replace('|', '/')} | {count:,} |"


def _limitations(report: Report) -> Iterator[str]:
    yield "- What a crop to a square cut off is missing, while the caption may still tell of it."
    yield (
        "- Captions are those of the source. Nobody has compared them with the pictures."
        + (f" {report.wordless:,} pairs have none." if report.wordless else "")
    )
    if report.annotator == BROUGHT:
        yield "- The maps came with the source, and are no better than they were there."
    elif report.annotator != NONE:
        yield "- A program drew the maps, and what it did not see is not in them."
    yield (
        "- Whatever is rare or one-sided in the source is so here: a model that is trained on this "
        "takes it over."
    )


def _drawn(report: Report) -> str:
    if report.annotator == BROUGHT:
        return "the source's own"
    label = ANNOTATORS[report.annotator].label
    chance = f", with thresholds drawn by chance (±{SPREAD})" if report.annotator == "canny" else ""
    return f"{label}, drawn by `{report.annotator}`{chance}"


def _source(report: Report) -> str:
    if report.hub_id:
        return f"[{report.hub_id}](https://huggingface.co/datasets/{report.hub_id})"
    return f"“{report.source}”"
