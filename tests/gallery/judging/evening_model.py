"""A jury as a plain dict: what must be kept after each step, and how each step must end.

It knows the rules by their words, not by the code: whoever is handed a demo, is in no conflict and
comes in time may score it; the newest number wins, the same once more does no harm.
"""

from dataclasses import dataclass, field

from gallery.judging.ballots import Said
from tests.gallery.judging.conftest import RUBRIC

Pair = tuple[str, int]
"""A juror's name and a demo."""
OK = "ok"


@dataclass
class Form:
    """What one juror said of one demo."""

    number: int = 0
    said: Said = field(default_factory=lambda: Said({}))
    is_finished: bool = False
    is_aside: bool = False


@dataclass
class Model:
    """`when` is `before`, `open` or `over`: the phase."""

    assigned: dict[Pair, str] = field(default_factory=dict)
    forms: dict[Pair, Form] = field(default_factory=dict)
    conflicts: set[Pair] = field(default_factory=set)
    compared: dict[tuple[str, int, int], str] = field(default_factory=dict)
    order: dict[str, list[int]] = field(default_factory=dict)
    """In which each juror finished their demos."""
    is_closed: bool = False
    when: str = "open"

    def save(self, pair: Pair, number: int, said: Said) -> str:
        if (refused := self._may(pair)) != OK:
            return refused
        if not fits(said):
            return "Invalid"
        form = self.forms.get(pair, Form())
        if form.number and form.said == said and not form.is_aside:
            return OK
        if form.number and form.number != number:
            return "Stale"
        if form.is_finished and not form.is_aside and not is_whole(said):
            return "Invalid"
        is_finished = form.is_finished and not form.is_aside
        if form.is_finished and not is_finished:
            self.order[pair[0]].remove(pair[1])
        self.forms[pair] = Form(form.number + 1, said, is_finished)
        return OK

    def finish(self, pair: Pair, number: int, said: Said) -> str:
        if not fits(said) or not is_whole(said):
            return "Invalid"
        if (saved := self.save(pair, number, said)) != OK:
            return saved
        form = self.forms[pair]
        if not form.is_finished:
            form.is_finished = True
            self.order.setdefault(pair[0], []).append(pair[1])
        if self.assigned[pair] == "skipped":
            self.assigned[pair] = "open"
        return OK

    def skip(self, pair: Pair) -> str:
        if (refused := self._may(pair)) != OK:
            return refused
        self.assigned[pair] = "skipped"
        return OK

    def declare(self, pair: Pair) -> str:
        if pair in self.conflicts:
            return OK
        self.conflicts.add(pair)
        if pair in self.assigned:
            self.assigned[pair] = "dropped"
        if pair in self.forms:
            self.forms[pair].is_aside = True
        for who, first, second in list(self.compared):
            if who == pair[0] and pair[1] in (first, second):
                del self.compared[who, first, second]
        return OK

    def lift(self, pair: Pair) -> str:
        """It may be handed out again; what was set aside stays so until it is judged anew."""
        self.conflicts.discard(pair)
        return OK

    def compare(self, who: str, left: int, right: int, better: str) -> str:
        if left == right:
            return "Invalid"
        for demo in (left, right):
            if (refused := self._assigned((who, demo))) != OK:
                return refused
        if (refused := self._open()) != OK:
            return refused
        if not {left, right} <= {demo for name, demo in self.counting() if name == who}:
            return "Invalid"
        first, second = sorted((left, right))
        told = {"left": left, "right": right, "equal": 0}[better]
        self.compared[who, first, second] = (
            "equal" if not told else "first" if told == first else "second"
        )
        return OK

    def close(self) -> str:
        self.is_closed = True
        return OK

    def reopen(self) -> str:
        self.is_closed = False
        return OK

    def counting(self) -> dict[Pair, dict[str, int]]:
        """The scores of which a result is made."""
        return {
            pair: dict(form.said.scores)
            for pair, form in self.forms.items()
            if form.is_finished and not form.is_aside
        }

    def _assigned(self, pair: Pair) -> str:
        if pair in self.conflicts or self.assigned.get(pair, "dropped") == "dropped":
            return "NotAllowed"
        return OK

    def _open(self) -> str:
        return "Closed" if self.is_closed or self.when != "open" else OK

    def _may(self, pair: Pair) -> str:
        return self._assigned(pair) if self._assigned(pair) != OK else self._open()


def fits(said: Said) -> bool:
    known = {one.key: one for one in RUBRIC.criteria}
    return all(
        key in known and known[key].lowest <= value <= known[key].highest
        for key, value in said.scores.items()
    )


def is_whole(said: Said) -> bool:
    return {one.key for one in RUBRIC.criteria} <= set(said.scores)
