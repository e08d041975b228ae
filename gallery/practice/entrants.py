"""The teams that hand something in at the practice; all of them are programs, and say so."""

from dataclasses import dataclass
from functools import cache

from gallery.practice.kinds import HOUSE, KINDS, Kind

ABOUT = "A program of this gallery: it hands in a demo, so that there is something to look at."


@dataclass(frozen=True)
class Entrant:
    """A team of one, with its demo: `account` is its name on the Hub."""

    account: str
    full_name: str
    team: str
    about: str
    kind: Kind

    @property
    def space_id(self) -> str:
        return f"{self.account}/{self.kind.name}"


@cache
def entrants() -> tuple[Entrant, ...]:
    """A team for each demo, called as the host's listing calls it; the house's is the first."""
    return tuple(
        Entrant(_account(kind), f"{kind.entry.team} (a program)", kind.entry.team, ABOUT, kind)
        for kind in KINDS
    )


def _account(kind: Kind) -> str:
    return HOUSE if kind is KINDS[0] else kind.entry.team.casefold().replace(" ", "-")
