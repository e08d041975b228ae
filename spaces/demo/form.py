"""The filled-in page: what its fields say, as its handlers are given it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from spaces.demo.options import OPTIONS
from spaces.demo.readings import chosen
from spaces.demo.settings import BESIDE, HOW_READ, NAMES, PROMPT
from spaces.demo.values import Beside, BesideValue, PictureValue, StartValue


@dataclass(frozen=True)
class Form:
    """What the page hands over: `settings` are the fold's fields by name.

    `drawing` is a picture that is still being made and has no file.
    """

    picture: PictureValue
    prompt: str
    settings: Mapping[str, Any]
    drawing: Image.Image | None = None
    start: StartValue = field(default_factory=StartValue)
    beside: Sequence[Beside] = ()

    @classmethod
    def of(
        cls,
        picture: PictureValue | None,
        start: StartValue | None,
        beside: BesideValue | None,
        prompt: str,
        *settings: Any,
    ) -> "Form":
        """From the page's fields, in the order of `settings.NAMES`."""
        named = dict(zip(NAMES, settings, strict=True))
        return cls(
            picture or PictureValue(),
            prompt,
            named,
            start=start or StartValue(),
            beside=beside.root if beside else (),
        )

    @property
    def options(self) -> dict[str, Any]:
        """As the API has them."""
        annotator, control = chosen(self.settings[HOW_READ])
        own = {name: value for name, value in self.settings.items() if name in OPTIONS}
        return {**own, "annotator": annotator, "control": control}

    def to_put_back(self, seed: int) -> dict[str, Any]:
        """What the page's fields are to be for a picture that was made with `seed`.

        How many were made with it, and whether each gets a new seed, is not the picture's matter.
        """
        of_picture = {name: v for name, v in self.options.items() if OPTIONS[name].is_of_picture}
        return {
            PROMPT: self.prompt,
            **of_picture,
            HOW_READ: self.settings[HOW_READ],
            BESIDE: [one.model_dump(exclude={"picture", "key"}) for one in self.beside],
            "seed": seed,
        }
