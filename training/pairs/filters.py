"""Which pictures of a source are taken: by their size and shape, and by scores that it gives them.

The scores are columns of data sets that were collected on the web: how likely a watermark is, how
people would like a picture, how well its caption fits.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from training.errors import UnusableDataset

WATERMARK = ("watermark_score", "pwatermark", "watermark")
AESTHETIC = ("aesthetic_score_laion_v2", "aesthetic_score", "aesthetic", "AESTHETIC_SCORE")
SIMILARITY = ("clip_similarity_vitb32", "clip_similarity", "similarity", "SIMILARITY")


@dataclass(frozen=True)
class Filters:
    """What a picture must be like. None asks for nothing.

    `min_side` is in pixels of its shorter side, `max_aspect` its longer side over its shorter one.
    The others bound columns of the source.
    """

    min_side: int | None = None
    max_aspect: float | None = None
    max_watermark: float | None = None
    min_aesthetic: float | None = None
    min_similarity: float | None = None

    def refusal_of_size(self, width: int, height: int) -> str | None:
        """Why a picture of this size is left out."""
        short, long = sorted((width, height))
        if self.min_side is not None and short < self.min_side:
            return f"smaller than {self.min_side} pixels"
        if self.max_aspect is not None and long > self.max_aspect * short:
            return f"longer than {self.max_aspect:g} times its width"
        return None

    def refusal_of_scores(self, columns: Mapping[str, Any]) -> str | None:
        """Why a picture with these scores is left out; one without a score is."""
        for bound in self._bounds():
            name = next((name for name in bound.names if name in columns), None)
            if name is None:
                continue
            score = _number(columns[name])
            if score is None:
                return f"no {name}"
            if bound.is_upper and score > bound.value:
                return f"{name} above {bound.value:g}"
            if not bound.is_upper and score < bound.value:
                return f"{name} below {bound.value:g}"
        return None

    def without_column(self, columns: tuple[str, ...]) -> list[str]:
        """The options whose column a source does not have."""
        return [bound.option for bound in self._bounds() if not set(bound.names) & set(columns)]

    def require_columns(self, columns: tuple[str, ...]) -> None:
        """Raises UnusableDataset for a filter on a column that the source does not have."""
        for bound in self._bounds():
            if not set(bound.names) & set(columns):
                raise UnusableDataset(
                    f"{bound.option} needs a source with a column {' or '.join(bound.names[:2])}, "
                    f"got {', '.join(columns) or 'none beside picture and caption'}; leave it out"
                )

    def _bounds(self) -> "list[_Bound]":
        found = (
            ("--max-watermark", WATERMARK, self.max_watermark, True),
            ("--min-aesthetic", AESTHETIC, self.min_aesthetic, False),
            ("--min-similarity", SIMILARITY, self.min_similarity, False),
        )
        return [
            _Bound(option, names, value, is_upper)
            for option, names, value, is_upper in found
            if value is not None
        ]


@dataclass(frozen=True)
class _Bound:
    option: str
    names: tuple[str, ...]
    value: float
    is_upper: bool


PRESETS: Mapping[str, Filters] = MappingProxyType(
    {"coyo-2023": Filters(max_watermark=0.4, min_aesthetic=6.0, min_similarity=0.3)}
)
"""`coyo-2023` is how the sprint of 2023 took its million from COYO-700M."""


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if number == number else None
