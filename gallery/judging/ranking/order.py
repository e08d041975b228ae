"""The order of demos that the ranking leaves level, by the rule in the event's file.

A rule is a list of keys, asked one after the other until one of them tells two demos apart:

    "quality"               mean quality, the highest first: the order of the ranking itself
    "podium_probability"    the probability of being among the first three, the highest first
    "first_probability"     the probability of being the very first, the highest first
    "lower_bound"           the lower end of the 90 % interval, the highest first: prefers the surer
    "criterion:<key>"       quality on one criterion, the highest first
    "looks"                 how often it was looked at, the most often first
    "fewest_looks"          the least often first
    "draw"                  the lot, which depends on the demos' ids and the event's word alone

What no key tells apart shares a place. The words for people are in `gallery/event/ties.py`.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

from gallery.event.ties import CRITERION, DEFAULT
from gallery.judging.ranking.evidence import Id
from gallery.judging.ranking.fit import Standing

LEVEL = 1e-9
"""Figures that differ by less are level."""
NOISE = 0.05
"""Probabilities are shares of draws: even where nothing tells demos apart they differ by chance, in
4,096 draws by up to this much."""
LEVELS = {"podium_probability": NOISE, "first_probability": NOISE}
KEYS: dict[str, Callable[[Standing], float]] = {
    "quality": lambda standing: standing.quality,
    "podium_probability": lambda standing: standing.podium,
    "first_probability": lambda standing: float(standing.places[0]),
    "lower_bound": lambda standing: standing.interval.lower,
    "looks": lambda standing: float(standing.looks),
    "fewest_looks": lambda standing: -float(standing.looks),
}


def order(
    standings: Sequence[Standing], rule: Sequence[str] = DEFAULT, *, word: str = ""
) -> tuple[tuple[Id, ...], ...]:
    """Groups of demos, the best first; a group of several shares a place. `word` seeds the draw."""
    groups = [list(standings)]
    for key in rule:
        groups = [part for group in groups for part in _told_apart(group, key, word)]
    return tuple(tuple(standing.demo for standing in group) for group in groups if group)


def _told_apart(group: list[Standing], key: str, word: str) -> list[list[Standing]]:
    figure, level = _figure(key, word), LEVELS.get(key, LEVEL)
    parts: list[list[Standing]] = []
    for standing in sorted(group, key=figure, reverse=True):
        if parts and figure(parts[-1][0]) - figure(standing) < level:
            parts[-1].append(standing)
        else:
            parts.append([standing])
    stood = {standing.demo: at for at, standing in enumerate(group)}
    return [sorted(part, key=lambda standing: stood[standing.demo]) for part in parts]


def _figure(key: str, word: str) -> Callable[[Standing], float]:
    if key == "draw":
        return lambda standing: _lot(standing.demo, word)
    if key.startswith(CRITERION):
        criterion = key.removeprefix(CRITERION)
        return lambda standing: standing.criteria.get(criterion, 0.0)
    return KEYS[key]


def _lot(demo: Id, word: str) -> float:
    """From 0 to 1, fixed once the demo's id and the word are."""
    digest = sha256(f"{word} {demo}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48
