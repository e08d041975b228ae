"""The host's file: whose demos there are, read from TOML and checked field by field."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from inference.request import MAX_CONTROLS, MAX_IMAGES, MAX_PROMPT, MAX_SEED, MAX_STEPS
from spaces.demo.config import COLOURS, Begins, DemoConfig, Example, Origin, usual_annotators
from spaces.errors import SpacesError
from spaces.host.mistakes import told_of

EMBEDDED = "embedded"
"""As a source: the ControlNet of that name that comes with the model."""
SHIPPED = Path(__file__).with_name("embedded.toml")
BEGINS: dict[str, Begins] = {"image-to-image": "picture", "inpainting": "part"}
"""What a visitor gives first, by the task."""
MOST_DEMOS = 100
MAX_BYTES = 1_000_000
PICTURES = (".png", ".webp", ".jpg", ".jpeg")
Line = Annotated[str, Field(min_length=1, max_length=120)]
Sentence = Annotated[str, Field(min_length=1, max_length=300)]
Word = Annotated[str, Field(pattern=r"\w", max_length=60)]
Words = Annotated[str, Field(min_length=1, max_length=MAX_PROMPT)]
Name = Annotated[str, Field(pattern=r"^[\w-]{1,40}$")]
Source = Annotated[str, Field(min_length=1, max_length=300)]
Scale = Annotated[float, Field(ge=0, le=2)]
Part = Annotated[float, Field(ge=0, le=1)]


class InvalidListing(SpacesError):
    """A file that does not say which demos there are; the sentence names the file and the key."""


class _Table(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Defaults(_Table):
    """What the page's fields begin with, and what a program that leaves them out gets."""

    negative_prompt: Words | None = None
    num_images: Annotated[int, Field(ge=1, le=MAX_IMAGES)] | None = None
    steps: Annotated[int, Field(ge=1, le=MAX_STEPS)] | None = None
    sampler: Name | None = None
    guidance_scale: Annotated[float, Field(ge=0, le=30)] | None = None
    control_scale: Scale | None = None
    control_start: Part | None = None
    control_end: Part | None = None
    colour_scale: Scale | None = None
    strength: Part | None = None


class Limits(_Table):
    """The most that one request may ask for."""

    steps: Annotated[int, Field(ge=1, le=MAX_STEPS)] = MAX_STEPS
    num_images: Annotated[int, Field(ge=1, le=MAX_IMAGES)] = MAX_IMAGES


class Annotators(_Table):
    """What makes the control map of uploads and photos, and of what is drawn on the page."""

    uploads: Name
    drawings: Name


class ExampleEntry(_Table):
    """A tile that is already made; its files are named as seen from the listing."""

    result: Source
    prompt: Words
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] = 0
    picture: Source | None = None
    origin: Literal["upload", "draw"] = "upload"

    def example(self) -> Example:
        """Once its files are named as seen from here."""
        picture = None if self.picture is None else Path(self.picture)
        return Example(picture, Path(self.result), self.prompt, self.seed, self.origin)


class DemoEntry(_Table):
    """One team's demo."""

    team: Line
    title: Line
    description: Sentence
    task: Literal["controlnet", "text-to-image", "image-to-image", "inpainting"] = "controlnet"
    controlnets: dict[Name, Source] = {}
    control: Name | None = None
    most_controls: Annotated[int, Field(ge=1, le=MAX_CONTROLS)] = MAX_CONTROLS
    annotators: Annotators | None = None
    first: Origin = "upload"
    words_alone: bool = False
    wordless: Words | None = None
    live: bool = False
    placeholder: Line = "What should it become?"
    style: Annotated[str, Field(max_length=200)] = ""
    blocked: Annotated[list[Word], Field(max_length=1000)] = []
    prompts: Annotated[list[Words], Field(max_length=12)] = []
    defaults: Defaults = Defaults()
    limits: Limits = Limits()
    examples: Annotated[list[ExampleEntry], Field(max_length=24)] = []

    @model_validator(mode="after")
    def _task_has_its_controlnets(self) -> "DemoEntry":
        if self.task == "controlnet" and not self.controlnets:
            raise ValueError(
                "controlnets must name at least one for the task controlnet, got none; write for "
                'example controlnets = { canny = "embedded" }, or task = "text-to-image"'
            )
        if self.task != "controlnet" and self.controlnets:
            raise ValueError(
                f"controlnets must be left out for the task {self.task}, got "
                f'{", ".join(self.controlnets)}; remove them, or write task = "controlnet"'
            )
        if self.control is not None and self.control not in self.controlnets:
            raise ValueError(
                f"control must be one of controlnets ({', '.join(self.controlnets) or 'none'}), "
                f"got {self.control!r}; choose one of them"
            )
        for kind in ("steps", "num_images"):
            default, most = getattr(self.defaults, kind), getattr(self.limits, kind)
            if default is not None and default > most:
                raise ValueError(
                    f"defaults.{kind} must be at most limits.{kind}, which is {most}, got "
                    f"{default}; change one of the two"
                )
        return self

    @property
    def lead(self) -> str | None:
        """The ControlNet that a picture leads unless it is read for another one."""
        return self.control or next(iter(self.controlnets), None)

    def config(self) -> DemoConfig:
        """As a page is built from."""
        uploads, drawings = usual_annotators(self.lead)
        if self.annotators is not None:
            uploads, drawings = self.annotators.uploads, self.annotators.drawings
        told = self.defaults.model_dump(exclude_none=True)
        if self.task == "inpainting":  # what is painted over is to be gone
            told = {"strength": 1.0, **told}
        return DemoConfig(
            title=self.title,
            description=self.description,
            control=self.lead,
            annotator=uploads,
            drawing_annotator=drawings,
            colours=COLOURS if COLOURS in self.controlnets and self.lead != COLOURS else None,
            most_controls=self.most_controls,
            words_alone=self.words_alone,
            wordless=self.wordless,
            first=self.first,
            live=self.live,
            placeholder=self.placeholder,
            prompts=tuple(self.prompts),
            style=self.style,
            blocked=tuple(self.blocked),
            begins=BEGINS.get(self.task, "words"),
            defaults=tuple(told.items()),
            most_images=self.limits.num_images,
            examples=tuple(one.example() for one in self.examples),
        )


class Listing(_Table):
    """All of a host's demos, by the path that each is served at."""

    title: Line
    description: Sentence
    model: Source = EMBEDDED
    demos: Annotated[
        dict[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")], DemoEntry],
        Field(min_length=1, max_length=MOST_DEMOS),
    ]

    def sources(self) -> dict[str, str]:
        """What is loaded beside the model's own ControlNets: sources by their names there."""
        return {
            name_in_engine(path, name, source): source
            for path, entry in self.demos.items()
            for name, source in entry.controlnets.items()
            if source != EMBEDDED
        }


def name_in_engine(path: str, name: str, source: str) -> str:
    """What the engine that all share calls a demo's ControlNet."""
    return name if source == EMBEDDED else f"{path}.{name}"


def read_listing(file: Path, *, with_results: bool = True) -> Listing:
    """Raises InvalidListing for the first thing that does not fit.

    Without `with_results` the examples' results may be missing: they are still to be made.
    """
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise InvalidListing(
                f"{file} must have at most {MAX_BYTES // 1000:,} KB, got more; is it the right one?"
            )
        told = tomllib.loads(content.decode())
    except OSError as error:
        raise InvalidListing(
            f"{file} must be a file that lists demos, got none that can be read "
            f"({error.strerror}); see docs/hosting.md for what stands in it"
        ) from None
    except UnicodeDecodeError:
        raise InvalidListing(f"{file} must be text in UTF-8, got bytes; save it as that") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        problem = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "it is too deep"
        raise InvalidListing(f"{file} must be TOML, got a mistake: {problem}; mend it") from None
    try:
        listing = Listing.model_validate(told)
    except ValidationError as error:
        raise InvalidListing(f"{file}: {told_of(error.errors()[0])}") from None
    _require_files(file, listing, ("picture", "result") if with_results else ("picture",))
    beside = {path: _beside(file.parent, entry) for path, entry in listing.demos.items()}
    return listing.model_copy(update={"demos": beside})


def _beside(folder: Path, entry: DemoEntry) -> DemoEntry:
    """With its files and folders named as seen from here, not from the listing."""
    examples = [
        one.model_copy(
            update={
                "result": str(folder / one.result),
                "picture": one.picture and str(folder / one.picture),
            }
        )
        for one in entry.examples
    ]
    sources = {
        name: str(folder / source) if source.startswith(".") else source
        for name, source in entry.controlnets.items()
    }
    return entry.model_copy(update={"controlnets": sources, "examples": examples})


def _require_files(file: Path, listing: Listing, keys: Sequence[str]) -> None:
    """Of the examples: they are there, and pictures by their names."""
    for path, entry in listing.demos.items():
        for at, example in enumerate(entry.examples):
            for key in keys:
                name = getattr(example, key)
                if name is None:
                    continue
                lies = file.parent / name
                if lies.suffix.lower() not in PICTURES or not lies.is_file():
                    raise InvalidListing(
                        f"{file}: demos.{path}.examples.{at}.{key} must be a picture beside it "
                        f"({', '.join(PICTURES)}), got {name!r}, which is not there; correct the "
                        "name"
                    )
