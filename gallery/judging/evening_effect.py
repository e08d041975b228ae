"""What a whole evening of looking does to scores, in a sentence: late demos beside early ones."""

from gallery.act import Act
from gallery.judging import results


def evening_effect(act: Act) -> str | None:
    """None while nothing is scored. For who may know scores. Raises as
    `results.require_may_know`."""
    results.require_may_know(act)
    evidence = results.evidence_of(act.session, act.event)
    if not evidence.looks:
        return None
    ranking = results.ranked(evidence)
    effect, sure = ranking.order_effect, ranking.order_interval
    told = f"{effect:+.1f} logits over an evening, with 90 % {sure.lower:+.1f} to {sure.upper:+.1f}"
    if sure.lower <= 0 <= sure.upper:
        return f"No drift shows: demos seen late were scored like early ones ({told})."
    way = "higher" if effect > 0 else "lower"
    return f"Demos seen late were scored {way} ({told}); the ranking takes that out."
