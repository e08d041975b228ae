"""The graph of looks: which demos hang together through the jurors who judged them.

Demos of different islands were compared by nobody, not even through others.
"""

from collections.abc import Iterable, Mapping, Sequence


def islands(demos: Sequence[int], finished: Iterable[tuple[int, int]]) -> Mapping[int, int]:
    """The number of each demo's island, from 1, the largest first. `finished` are jurors and demos;
    what nobody judged is an island of its own."""
    above: dict[tuple[str, int], tuple[str, int]] = {}

    def top(node: tuple[str, int]) -> tuple[str, int]:
        while node in above:
            node = above[node]
        return node

    known = set(demos)
    for juror, demo in finished:
        if demo in known:
            one, other = top(("juror", juror)), top(("demo", demo))
            if one != other:
                above[one] = other
    groups: dict[tuple[str, int], list[int]] = {}
    for demo in demos:
        groups.setdefault(top(("demo", demo)), []).append(demo)
    ordered = sorted(groups.values(), key=lambda group: (-len(group), group[0]))
    return {demo: number for number, group in enumerate(ordered, 1) for demo in group}
