"""Routing: which replica a job goes to. Pure bookkeeping, no Ray.

A ControlNet that is loaded already is worth a wait: loading one takes as long as many pictures. So
a job goes where its ControlNets are; where they are nowhere, to the replica that holds the fewest,
of several to the one that is theirs by lot, so that jobs that come together load them once. Either
only as long as that replica's line is not much longer than the shortest one, so that a favourite
ControlNet spreads over more of them.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

SPARE = 8
"""Jobs by which a replica's line may be longer, and still be gone to for its ControlNets."""


@dataclass(frozen=True)
class Standing:
    """How it is with one replica: jobs that it has not done, and ControlNets in device memory."""

    unfinished: int = 0
    held: frozenset[str] = frozenset()


def ranked(names: Collection[str], replicas: Mapping[str, Standing]) -> list[list[str]]:
    """The replicas for a job that needs ControlNets of these names, the best first; among those of
    one rank, whoever has least to do is. Every replica is in one rank, and none is empty."""
    if not replicas:
        return []
    shortest = min(one.unfinished for one in replicas.values())
    near = [who for who, one in replicas.items() if one.unfinished <= shortest + SPARE]
    first: list[str] = []
    if names:
        first = [who for who in near if replicas[who].held.issuperset(names)]
        first = first or [max(near, key=lambda who: (-len(replicas[who].held), _lot(names, who)))]
    ranks = (first, _but(near, first), _but(replicas, near))
    return [list(rank) for rank in ranks if rank]


def _lot(names: Collection[str], replica: str) -> bytes:
    """Rendezvous hashing (Thaler & Ravishankar 1998): a replica that goes moves its own alone."""
    return hashlib.sha256("\n".join([*sorted(names), replica]).encode()).digest()


def _but(these: Collection[str], those: Sequence[str]) -> list[str]:
    return [one for one in these if one not in those]
