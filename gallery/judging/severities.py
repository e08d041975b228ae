"""How strict each juror is beside the others, and who would change the podium: by name."""

from dataclasses import dataclass

from gallery.act import Act
from gallery.database.tables import Account
from gallery.judging import results
from gallery.judging.evidence import behind_pseudonyms


@dataclass(frozen=True)
class Severity:
    """In logits above the average juror: the higher, the stricter."""

    name: str
    value: float
    lower: float
    upper: float
    consistency: float
    """1 is average; less is more scattered."""
    looks: int


def severities(act: Act) -> tuple[Severity, ...]:
    """The strictest first. For who may know scores. Raises as `results.require_may_know`."""
    results.require_may_know(act)
    evidence = results.evidence_of(act.session, act.event)
    if not evidence.looks:
        return ()
    names = names_of(act)
    found = [
        Severity(
            name=names[str(one.juror)],
            value=one.severity,
            lower=one.interval.lower,
            upper=one.interval.upper,
            consistency=one.consistency,
            looks=one.looks,
        )
        for one in results.ranked(evidence).jurors
    ]
    return tuple(sorted(found, key=lambda one: (-one.value, one.name)))


def names_of(act: Act) -> dict[str, str]:
    """What people call those behind the pseudonyms of an evidence. Raises `NotAllowed`."""
    act.actor.require_organiser(act.event.slug)
    behind = behind_pseudonyms(act.session, act.event)
    accounts = {name: act.session.get_one(Account, number) for name, number in behind.items()}
    return {name: one.display_name or one.name for name, one in accounts.items()}
