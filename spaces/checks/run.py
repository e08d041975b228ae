"""What makes a good submission: all rules, run one by one. It knows nothing of the gallery.

for check in run_checks(entry, Hub(), ask):
    print(check.outcome, check.title, check.message, check.remedy)
"""

from collections.abc import Callable, Iterator

from spaces.checks.catalogue import RULES
from spaces.checks.check import Check, Outcome
from spaces.checks.evidence import Entry, Evidence
from spaces.hub.client import Hub
from spaces.hub.demo_api import Ask, DemoAnswer

__all__ = ["RULES", "Check", "Entry", "Outcome", "run_checks"]


def run_checks(
    entry: Entry,
    hub: Hub,
    ask: Ask,
    *,
    seconds: float = 60,
    answered: Callable[[DemoAnswer], object] = lambda _: None,
) -> Iterator[Check]:
    """One check after the other, in the order of `RULES`, each as soon as it is known.

    It raises nothing of its own: what the Hub or the demo does not tell is `UNKNOWN`. The demo has
    `seconds` for each of its answers; one that is not running is not asked. `answered` is given
    what it answered, before the check that tells of it.
    """
    evidence = Evidence(entry, hub, ask, seconds=seconds, answered=answered)
    for rule in RULES:
        yield from rule.checks(evidence)
