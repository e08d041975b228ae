"""What the Submit page shows of the Hub: how old it is, and that the Hub does not answer."""

from datetime import UTC, datetime, timedelta

import pytest

from gallery.pages.submit.shown import found
from gallery.sources.records import Known
from spaces.hub.facts import SpaceFacts

FACTS = SpaceFacts(repo_id="ada-l/fish", sdk="gradio", stage="RUNNING_BUILDING", likes=1)
THEN = datetime.now(UTC) - timedelta(hours=3)


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (Known(FACTS, THEN, THEN, None), "running building 1 like on the Hub read"),
        (Known(FACTS, THEN, THEN, "the Hub"), "The Hub does not answer; this is from"),
        (Known(None, None, THEN, "the Hub"), "The Hub does not answer; fill in what you know"),
    ],
)
def test_the_age_of_what_the_hub_says_is_told(known: Known[SpaceFacts], said: str) -> None:
    shown = found(known, "https://hub.example/spaces/ada-l/fish")
    text = " ".join("".join(f" {part.partition('>')[2]}" for part in shown.split("<")).split())
    assert said in text
