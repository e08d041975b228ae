"""Model card: what a run knows of its ControlNet, as the README of a repository on the Hub."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

SHEET = "sheet.png"


@dataclass(frozen=True)
class Facts:
    """`settings` are those of the run, `figures` the last row of each kind in its log."""

    repo_id: str
    base: str
    data: str
    annotator: str
    license: str
    tag: str
    settings: dict[str, Any]
    figures: dict[str, float]


def figures_of(log: Path) -> dict[str, float]:
    """The last value of each figure in a run's log."""
    found: dict[str, float] = {}
    for line in log.read_text("utf-8").splitlines():
        try:
            found |= {name: float(value) for name, value in json.loads(line).items()}
        except ValueError:
            continue  # cut short, where a run was killed while it wrote
    return found


def model_card(facts: Facts) -> str:
    """Markdown with its front matter."""
    return f"---\n{_front_matter(facts)}---\n\n" + "\n\n".join(_sections(facts)) + "\n"


def _front_matter(facts: Facts) -> str:
    told = {
        "license": facts.license,
        "library_name": "diffusers",
        "pipeline_tag": "text-to-image",
        "tags": [facts.tag, "controlnet", "jax", "flax", facts.annotator],
        **({"base_model": facts.base} if _is_repository(facts.base) else {}),
        **({"datasets": [facts.data]} if _is_repository(facts.data) else {}),
    }
    return yaml.safe_dump(told, sort_keys=False, allow_unicode=True)


def _sections(facts: Facts) -> Iterator[str]:
    step = int(facts.figures.get("step", 0))
    yield f"# {facts.repo_id.partition('/')[2]}"
    yield (
        f"A ControlNet that makes the pictures of its base model, {_linked(facts.base)}, follow "
        f"control maps of the kind `{facts.annotator}`. It was trained in JAX for {step:,} steps "
        f"of the optimizer, {facts.settings['batch_size']} pictures a step."
    )
    if "control" in facts.figures:
        yield (
            f"Held-out pictures, painted at serving settings, follow their maps to "
            f"**{facts.figures['control']:.2f}** of 1; the same pictures without the ControlNet to "
            f"{facts.figures['control without']:.2f}. Below, from left to right: the map, the "
            f"picture that it is from, with the ControlNet, without it."
        )
        yield f"![Held-out maps and what was painted from them]({SHEET})"
    yield "## How to use it"
    yield (
        "```python\nfrom diffusers import ControlNetModel\n\n"
        f'controlnet = ControlNetModel.from_pretrained("{facts.repo_id}")\n```\n\n'
        f"In JAX: `python -m inference --model {facts.base} --controlnet "
        f"{facts.annotator}={facts.repo_id} …`"
    )
    yield "## What it was trained on"
    yield f"Pairs of {_linked(facts.data, 'datasets/')}, with captions."
    yield _table(facts.settings)
    yield "## Limitations"
    yield (
        "It knows what its training pictures show, and whatever is rare or one-sided in them is so "
        f"in what it paints; it has the limits and the biases of {_linked(facts.base)} as well. "
        "Maps that were made in another way than in training are followed less well."
    )


def _table(settings: dict[str, Any]) -> str:
    rows = "\n".join(
        f"| {name.replace('_', ' ')} | {value} |"
        for name, value in settings.items()
        if value is not None and name not in ("base", "data", "annotator")
    )
    return f"| setting | |\n|---|---|\n{rows}"


def _is_repository(name: str) -> bool:
    return name.count("/") == 1 and not name.startswith((".", "/", "~"))


def _linked(name: str, kind: str = "") -> str:
    if _is_repository(name):
        return f"[{name}](https://huggingface.co/{kind}{name})"
    return f"“{Path(name).name}”"
