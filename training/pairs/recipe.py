"""What is asked of a preparation, and of which source: the same again gives the same bytes."""

import hashlib
import json
from dataclasses import asdict, dataclass, field

from training.errors import UnusableDataset
from training.pairs.annotation import BROUGHT, NONE, require_annotator
from training.pairs.filters import Filters
from training.pairs.sources.source import Source

VERSION = 1
"""Of what is written; another one is another preparation."""
KEPT = ("license", "licence", "source", "url", "author", "credit", "attribution", "title", "id")
"""Columns of a source that stay, as text: where a picture is from and who may use it."""
STEP = 8
"""Sizes are multiples of what the autoencoder shrinks by."""
LEAST, MOST = 64, 2048


@dataclass(frozen=True)
class Recipe:
    """`size` in pixels a side; `held_out` the share of pairs that training does not see.

    `annotator` None takes the maps that the source brings; "none" leaves all maps out.
    """

    annotator: str | None = None
    size: int = 512
    seed: int = 0
    held_out: float = 0.01
    filters: Filters = field(default_factory=Filters)

    def require_fit(self, source: Source) -> None:
        """Raises UnusableDataset or InvalidRequest for what cannot be done with this source."""
        if not (LEAST <= self.size <= MOST and self.size % STEP == 0):
            raise UnusableDataset(
                f"--size must be a multiple of {STEP} from {LEAST} to {MOST} pixels, got "
                f"{self.size}; 512 is what Stable Diffusion 1.5 was trained with"
            )
        if not 0 <= self.held_out < 1:
            raise UnusableDataset(
                f"--held-out must be a share from 0 to below 1, got {self.held_out:g}; 0.01 keeps "
                "one pair in a hundred for the figures"
            )
        if self.annotator is not None:
            if self.has_maps:
                require_annotator(self.annotator)
        elif not source.has_maps:
            raise UnusableDataset(
                f"{source.title} must bring maps (a column conditioning_image) or be given an "
                "annotator, got neither; add for example --annotator canny, or --annotator none "
                "for a text-to-image model"
            )
        self.filters.require_columns(source.columns)

    @property
    def has_maps(self) -> bool:
        return self.annotator != NONE

    @property
    def annotator_name(self) -> str:
        return self.annotator or BROUGHT

    def kept(self, source: Source) -> tuple[str, ...]:
        """The columns of the source that stay."""
        found = [name for name in KEPT if name in source.columns]
        if {"license", "licence"} <= set(found):
            found.remove("licence")
        return tuple(found)

    def fingerprint(self, source: Source) -> str:
        """Of all that what is written depends on."""
        told = [VERSION, asdict(self), source.fingerprint, source.title, len(source.parts)]
        return hashlib.blake2b(json.dumps(told).encode(), digest_size=16).hexdigest()
