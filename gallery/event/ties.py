"""The rule for ties: what decides between demos that the ranking leaves level.

A rule is a list of keys, written in the event file before judging opens. The ranking itself comes
first, always; where it leaves two level, the keys are asked one after the other until one tells
them apart. What no key tells apart shares a place.
"""

from collections.abc import Iterable, Sequence

CRITERION = "criterion:"
"""Before the key of a criterion."""
DEFAULT = ("quality", "podium_probability", "lower_bound")
WORDS = {
    "quality": "mean quality, as the ranking has it",
    "podium_probability": "the higher probability of being among the first three",
    "first_probability": "the higher probability of being the very first",
    "lower_bound": "the higher lower end of the 90 % range",
    "looks": "more looks",
    "fewest_looks": "fewer looks",
    "draw": "the lot",
}


def check_rule(rule: Sequence[str], criteria: Iterable[str]) -> None:
    """Says ValueError for a key that does not exist, and which do; and for one that is twice."""
    known = [*WORDS, *(CRITERION + key for key in criteria)]
    for key in rule:
        if key not in known:
            raise ValueError(
                f"a rule for ties is made of {', '.join(known)}, got {key!r}; choose among them"
            )
        if rule.count(key) > 1:
            raise ValueError(f"a rule for ties names each key once, got {key!r} twice; remove one")


def in_words(rule: Sequence[str], criteria: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Each key as people read it. `criteria` are keys with their names."""
    names = {CRITERION + key: f"the higher quality on “{name}”" for key, name in criteria}
    return tuple(WORDS.get(key) or names.get(key, key) for key in rule if key != "quality")
