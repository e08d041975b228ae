"""Front matter: the YAML on top of a Space's README, as the Hub takes it (November 2026)."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from spaces.errors import CannotDo

README = "README.md"
MOST_README = 500_000
_BLOCK = re.compile(
    r"\A---[ \t]*\r?\n(.*?)(?:\r?\n)?^---[ \t]*(?:\r?\n|\Z)(.*)\Z", re.DOTALL | re.M
)
Colour = Literal["red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"]
RepoName = Annotated[str, Field(pattern=r"^[\w.-]+/[\w.-]+$")]


class FrontMatter(BaseModel):
    """What a Space of ours says; other fields that the Hub knows may stand beside these."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)

    title: str = Field(min_length=1)
    emoji: str = Field(min_length=1)
    colorFrom: Colour | None = None  # noqa: N815  the Hub's names
    colorTo: Colour | None = None  # noqa: N815
    sdk: Literal["gradio", "static"]
    sdk_version: str | None = Field(None, pattern=r"^\d+\.\d+\.\d+$")
    python_version: str | None = Field(None, pattern=r"^3\.1[123](\.\d+)?$")
    app_file: str = Field(min_length=1)
    models: list[RepoName] = Field(default_factory=list)
    datasets: list[RepoName] = Field(default_factory=list)
    tags: list[str] = Field(min_length=1)
    license: str = Field(min_length=1)
    thumbnail: str | None = Field(None, pattern=r"^https://\S+$")
    short_description: str = Field(min_length=1, max_length=60)
    demo: str | None = Field(None, pattern=r"^https?://\S+$")
    """Where the demo of a static Space answers: our own field, which the gallery reads."""


def read_readme(folder: Path) -> tuple[dict[str, Any], str]:
    """The front matter, unchecked, and the text below. Raises CannotDo."""
    path = folder / README
    try:
        with path.open("rb") as file:
            text = file.read(MOST_README).decode("utf-8")
    except OSError:
        raise CannotDo(f"{path} must be there, got none; take it back, or `update`") from None
    except UnicodeDecodeError:
        raise CannotDo(f"{path} must be text in UTF-8, got something else; save it so") from None
    found = _BLOCK.match(text)
    if found is None:
        raise CannotDo(
            f"{path} must begin with front matter between two lines of ---, got none; take it back"
        )
    try:
        values = yaml.safe_load(found[1])
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 2}" if mark else ""
        raise CannotDo(
            f"{path} must begin with YAML, got something else{where}; quote texts with a colon"
        ) from None
    if not isinstance(values, dict):
        raise CannotDo(f"{path} must begin with names and values, got something else; mend it")
    return values, found[2]


def problems(values: Mapping[str, Any]) -> list[str]:
    """What is wrong in the front matter, a phrase each; none when it can be used."""
    try:
        said = FrontMatter.model_validate(dict(values))
    except ValidationError as error:
        return [
            f"{'.'.join(map(str, one['loc']))}: {one['msg'][:1].lower()}{one['msg'][1:]}"
            for one in error.errors()
        ]
    if said.sdk == "gradio" and not (said.sdk_version and said.python_version):
        return ["sdk_version and python_version: say both, or the Hub takes its own"]
    if said.sdk == "static" and not said.demo:
        return ["demo: say where the page finds the demo"]
    return []
