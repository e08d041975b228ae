"""What a jury looks at, and how it counts."""

from typing import TYPE_CHECKING

from pydantic import Field, model_validator

from gallery.event import ties
from gallery.event.part import Key, Line, Part

if TYPE_CHECKING:
    from gallery.event.event import Event


class Criterion(Part):
    """One row of a juror's form: a whole number from `lowest` to `highest`, both included.

    The bounds are single digits because jurors type them.
    """

    key: Key
    name: Line
    text: str = ""
    """What to look at, in a sentence or two."""
    weight: float = Field(1.0, gt=0, allow_inf_nan=False)
    """Relative to the other criteria; `Rubric.share` says what it comes to."""
    lowest: int = Field(1, ge=0, le=9)
    highest: int = Field(5, ge=1, le=9)
    lowest_means: str = ""
    highest_means: str = ""

    @model_validator(mode="after")
    def _upwards(self) -> "Criterion":
        if self.highest <= self.lowest:
            raise ValueError(f"highest must be above lowest ({self.lowest}); raise it")
        return self


class Rubric(Part):
    """Every criterion, in the order in which jurors see them."""

    text: str = ""
    """Markdown: how the jury comes to its decision."""
    criteria: tuple[Criterion, ...] = ()
    ties: tuple[Line, ...] = Field(default=ties.DEFAULT, max_length=20)
    """What decides where the ranking leaves demos level, key after key; see `event.ties`."""

    @model_validator(mode="after")
    def _distinct(self) -> "Rubric":
        keys = [criterion.key for criterion in self.criteria]
        for key in keys:
            if keys.count(key) > 1:
                raise ValueError(f"two criteria have the key {key!r}; rename one")
        ties.check_rule(self.ties, keys)
        return self

    @property
    def ties_in_words(self) -> tuple[str, ...]:
        return ties.in_words(self.ties, ((one.key, one.name) for one in self.criteria))

    def share(self, criterion: Criterion) -> float:
        """What part of a full score this criterion decides, from 0 to 1."""
        return criterion.weight / sum(other.weight for other in self.criteria)


def with_rubric(event: "Event", stood: Rubric) -> "Event":
    """`event` with the criteria that stood, in the file's words where the scale is the same."""
    words = {(one.key, one.lowest, one.highest): one for one in event.rubric.criteria}
    criteria = tuple(
        words.get((one.key, one.lowest, one.highest), one).model_copy(update={"weight": one.weight})
        for one in stood.criteria
    )
    rubric = event.rubric.model_copy(update={"criteria": criteria})
    return event.model_copy(update={"rubric": rubric})
