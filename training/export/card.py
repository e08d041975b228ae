"""Model card: what a run knows of what it trained, as the README of a repository on the Hub."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from training.loop.run_config import RunConfig

SHEET = "sheet.png"


@dataclass(frozen=True)
class Facts:
    """`settings` are those of the run, `figures` the last row of each kind in its log."""

    repo_id: str
    base: str
    data: str
    license: str
    tag: str
    settings: dict[str, Any]
    figures: dict[str, float]

    @classmethod
    def of(cls, config: RunConfig) -> "Facts":
        """Of a run that is to be pushed."""
        assert config.push is not None, "who publishes has asked"
        assert config.license is not None, "the configuration is checked"
        return cls(
            repo_id=config.push,
            base=config.base,
            data=config.data,
            license=config.license,
            tag=config.tag,
            settings=config.identity,
            figures=_figures_of(config.out / "log.jsonl"),
        )

    @property
    def step(self) -> int:
        return int(self.figures.get("step", 0))


def _figures_of(log: Path) -> dict[str, float]:
    """The last value of each figure in a run's log."""
    found: dict[str, float] = {}
    for line in log.read_text("utf-8").splitlines():
        try:
            found |= {name: float(value) for name, value in json.loads(line).items()}
        except ValueError:
            continue  # cut short, where a run was killed while it wrote
    return found


def model_card(facts: Facts, *, tags: Sequence[str], sections: Iterable[str]) -> str:
    """Markdown with its front matter; `tags` beside the event's, `sections` below the title."""
    title = f"# {facts.repo_id.partition('/')[2]}"
    return f"---\n{_front_matter(facts, tags)}---\n\n" + "\n\n".join([title, *sections]) + "\n"


def _front_matter(facts: Facts, tags: Sequence[str]) -> str:
    told = {
        "license": facts.license,
        "library_name": "diffusers",
        "pipeline_tag": "text-to-image",
        "tags": [facts.tag, *tags],
        **({"base_model": facts.base} if _is_repository(facts.base) else {}),
        **({"datasets": [facts.data]} if _is_repository(facts.data) else {}),
    }
    return yaml.safe_dump(told, sort_keys=False, allow_unicode=True)


def settings_table(facts: Facts) -> str:
    """What was set and is not told elsewhere."""
    rows = "\n".join(
        f"| {name.replace('_', ' ')} | {value} |"
        for name, value in facts.settings.items()
        if value is not None and name not in ("base", "data", "annotator")
    )
    return f"| setting | |\n|---|---|\n{rows}"


def linked_base(facts: Facts) -> str:
    return _linked(facts.base)


def linked_data(facts: Facts) -> str:
    return _linked(facts.data, "datasets/")


def taken_over(facts: Facts) -> str:
    """What is wrong with data and base is so in what they become."""
    return (
        "It knows what its training pictures show, and whatever is rare or one-sided in them is so "
        f"in what it paints; it has the limits and the biases of {linked_base(facts)} as well."
    )


def _is_repository(name: str) -> bool:
    return name.count("/") == 1 and not name.startswith((".", "/", "~"))


def _linked(name: str, kind: str = "") -> str:
    if _is_repository(name):
        return f"[{name}](https://huggingface.co/{kind}{name})"
    return f"“{Path(name).name}”"
