"""What an attack is, and the list of all."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tests.attack.targets import Target

Way = Literal["launched", "host", "gallery"]
WAYS: tuple[Way, ...] = ("launched", "host", "gallery")
DEMOS: tuple[Way, ...] = ("launched", "host")
KINDS = (
    *("files", "addresses", "uploads", "queues", "heads", "malformed"),
    *("pictures", "drawings", "controls", "tools", "described"),
)
"""The modules that hold attacks, in the order in which they are made."""


class Broken(AssertionError):
    """An attack succeeded; the message says in what."""


@dataclass(frozen=True)
class Attack:
    """`make` raises `Broken` when it gets what it is after."""

    name: str
    kind: str
    ways: tuple[Way, ...]
    make: Callable[[Target], None]


_attacks: list[Attack] = []


def attack(
    name: str, *, ways: tuple[Way, ...] = WAYS
) -> Callable[[Callable[[Target], None]], Callable[[Target], None]]:
    """Puts a function on the list, against these ways of serving."""

    def listed(make: Callable[[Target], None]) -> Callable[[Target], None]:
        _attacks.append(Attack(name, make.__module__.rpartition(".")[2], ways, make))
        return make

    return listed


def attacks() -> tuple[Attack, ...]:
    """All of them, by kind."""
    for kind in KINDS:
        importlib.import_module(f"tests.attack.{kind}")
    return tuple(sorted(_attacks, key=lambda one: KINDS.index(one.kind)))


def hold(held: bool, broken: str) -> None:
    """Raises `Broken` with what the attack got, unless `held`."""
    if not held:
        raise Broken(broken)
