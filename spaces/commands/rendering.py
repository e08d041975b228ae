"""Template rendering: from a team's answers to the files of its Space."""

import json
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from spaces.commands.answers import Answers

TEMPLATES = Path(__file__).parents[1] / "templates"
SUFFIX = ".jinja"
EVERY = "every"
"""The folder of what all Spaces have; beside it one for each task, and for ways that need more."""


def render(answers: Answers, templates: Path = TEMPLATES) -> dict[str, bytes]:
    """Content by path, with `/`. What comes out empty is left out."""
    environment = Environment(
        loader=FileSystemLoader(templates),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701  each place quotes as its own format wants it
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["quoted"] = quoted
    found = {}
    for source in _sources(templates, answers):
        text = environment.get_template(source.relative_to(templates).as_posix()).render(
            answers=answers
        )
        if text.strip():
            path = Path(*source.relative_to(templates).parts[1:])
            found[path.as_posix().removesuffix(SUFFIX)] = text.encode()
    return found


def quoted(text: str) -> str:
    """A string as Python, YAML and JSON all read it."""
    return json.dumps(text, ensure_ascii=False)


def _sources(templates: Path, answers: Answers) -> Iterator[Path]:
    """`config.jinja` and its like are parts that others include: they have no second suffix."""
    for folder in (templates / EVERY, templates / answers.way):
        yield from sorted(path for path in folder.rglob(f"*.*{SUFFIX}") if path.is_file())
