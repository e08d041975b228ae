"""Demo inputs: which of a demo's parameters take the words, the picture and the seed.

Teams name parameters as they like. They are known by name, label and component; a parameter that
is none of the three keeps its own default, or its example where it has none.
"""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from PIL import Image, ImageDraw

PROMPT = "a red apple on a table"
EDITORS = ("imageeditor", "imagemask", "sketchpad", "paint")
PICTURES_IN = ("image", *EDITORS)
FILES_IN = ("file", "uploadbutton")
WORDS_IN = ("textbox", "textarea")
NUMBERS_IN = ("number", "slider")
"""Components in small letters: Gradio's versions write them differently."""
TAKEN = ("words", "picture", "seed")
OTHER_WORDS = frozenset({"negative", "neg", "added"})
OTHER_NAMES = frozenset({"n", "a"})
"""Of `n_prompt` and `a_prompt`, which stand beside the prompt in the ControlNet authors' demos."""

Parameter = Mapping[str, Any]


@dataclass(frozen=True)
class Given:
    """What a demo is given. `picture` is a file's content, of the type `picture_type`.

    Without a picture it is an apple in a few strokes; without a seed the demo keeps its own.
    """

    prompt: str = PROMPT
    picture: bytes | None = None
    picture_type: str = "image/png"
    seed: int | None = None

    @property
    def file(self) -> bytes:
        return drawing() if self.picture is None else self.picture


@dataclass(frozen=True)
class Inputs:
    """Values in the order of the parameters, and which of `TAKEN` are among them."""

    values: list[Any]
    took: tuple[str, ...]


def fill(parameters: Sequence[Parameter], given: Given, upload: Callable[[], str]) -> Inputs:
    """`upload` hands in the picture, once if at all, and gives the demo's path for it."""
    words = _words(parameters)
    pictures = _pictures(parameters)
    seeds = [] if given.seed is None else _seeds(parameters, given.seed)
    path = upload() if pictures else ""
    values = [_own(parameter) for parameter in parameters]
    for at in words:
        values[at] = given.prompt
    for at in pictures:
        values[at] = _file(parameters[at], path)
    for at in seeds:
        values[at] = given.seed
    if seeds:
        for at, parameter in enumerate(parameters):
            if component(parameter) == "checkbox" and _says(parameter, "seed", "random"):
                values[at] = False  # else the seed is none
    found = zip(TAKEN, (words, pictures, seeds), strict=True)
    return Inputs(values, tuple(name for name, places in found if places))


def component(item: Mapping[str, Any]) -> str:
    return str(item.get("component")).casefold()


def _own(parameter: Parameter) -> Any:
    if _has_default(parameter):
        return parameter.get("parameter_default")
    if component(parameter) in WORDS_IN and _is_other(parameter):
        return ""  # and not "Hello!!", which is every text's example
    return parameter.get("example_input")


def _has_default(parameter: Parameter) -> bool:
    return parameter.get("parameter_has_default") is True


def _words(parameters: Sequence[Parameter]) -> list[int]:
    """What is called "prompt", else what speaks of one, else whatever must be typed."""
    texts = [at for at, one in enumerate(parameters) if component(one) in WORDS_IN]
    own = [at for at in texts if not _is_other(parameters[at])]
    for fits in (_is_the_prompt, _speaks_of_a_prompt):
        found = [at for at in own if fits(parameters[at])]
        if found:
            break
    else:
        found = []
    empty = [at for at in own if not _has_default(parameters[at])]
    return sorted({*found, *empty})


def _pictures(parameters: Sequence[Parameter]) -> list[int]:
    """The first, and all that must be given. A file is one where nothing else takes a picture."""
    pictures = [at for at, one in enumerate(parameters) if component(one) in PICTURES_IN]
    files = [at for at, one in enumerate(parameters) if component(one) in FILES_IN]
    first = (pictures or files)[:1]
    needed = [at for at in (*pictures, *files) if not _has_default(parameters[at])]
    return sorted({*first, *needed})


def _seeds(parameters: Sequence[Parameter], seed: int) -> list[int]:
    """The first that is called so, if `seed` is within its bounds."""
    for at, parameter in enumerate(parameters):
        if component(parameter) in NUMBERS_IN and _says(parameter, "seed"):
            low, high = _bounds(parameter)
            return [at] if low <= seed <= high else []
    return []


def _is_other(parameter: Parameter) -> bool:
    """A negative or an added prompt."""
    name, label = (set(words) for words in _names(parameter))
    return bool(OTHER_WORDS & (name | label)) or ("prompt" in name and bool(OTHER_NAMES & name))


def _is_the_prompt(parameter: Parameter) -> bool:
    return any(words == ["prompt"] for words in _names(parameter))


def _speaks_of_a_prompt(parameter: Parameter) -> bool:
    return any(word.startswith("prompt") for words in _names(parameter) for word in words)


def _says(parameter: Parameter, *beginnings: str) -> bool:
    words = [word for words in _names(parameter) for word in words]
    return all(any(word.startswith(one) for word in words) for one in beginnings)


def _names(parameter: Parameter) -> tuple[list[str], list[str]]:
    """The words of its name, and those of its label."""
    name, label = (
        re.findall(r"[^\W_]+", str(parameter.get(key) or "").casefold())
        for key in ("parameter_name", "label")
    )
    return name, label


def _bounds(parameter: Parameter) -> tuple[float, float]:
    """Gradio tells a slider's in words alone."""
    told = parameter.get("type")
    words = str(told.get("description", "")) if isinstance(told, Mapping) else ""
    found = re.fullmatch(r"numeric value between (\S+) and (\S+)", words)
    try:
        return (float(found[1]), float(found[2])) if found else (float("-inf"), float("inf"))
    except ValueError:
        return float("-inf"), float("inf")


def _file(parameter: Parameter, path: str) -> Any:
    file = {"path": path, "meta": {"_type": "gradio.FileData"}}
    if component(parameter) in EDITORS:
        return {"background": file, "layers": [], "composite": file}
    return file


@cache
def drawing() -> bytes:
    """An apple in a few strokes: something that every kind of control can read."""
    picture = Image.new("RGB", (256, 256), "white")
    pen = ImageDraw.Draw(picture)
    pen.ellipse((56, 76, 200, 220), outline="black", width=6)
    pen.line((128, 76, 140, 36), fill="black", width=6)
    pen.arc((132, 30, 190, 70), 200, 360, fill="black", width=6)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
