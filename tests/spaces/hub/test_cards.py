"""Cards: what a complete one has, and what is told of an incomplete one."""

from pathlib import Path

import pytest

from spaces.hub.cards import dataset_card, model_card
from spaces.hub.facts import DatasetFacts, ModelFacts
from spaces.hub.parsing import without_front_matter

EMBEDDED = Path(__file__).parents[3] / "inference" / "embedded"
PROSE = (
    "This ControlNet turns scribbles of clouds into skies. It was trained during the sprint, on "
    "one TPU, by five people who met there, and works best with broad strokes and plain words."
)
MODEL = f"""# Clouds

{PROSE}

## Training data

12,000 photos of skies with their edges, at 512 by 512 pixels, in two epochs.

## Usage

```python
# load it, then ask
pipe = FlaxControlNetModel.from_pretrained("ada-l/clouds")
```

## Limitations and biases

It has seen hardly any night skies, and paints them orange now and then.
"""

DATASET = f"""{PROSE}

## Dataset structure

Columns: image, conditioning_image and text, one row for each photo.

## How it was collected

From our own cameras, over three weeks in April, with everybody's leave.

## Limitations

All photos were taken in Europe, by day, and mostly in good weather.
"""


def _model(card: str | None, **fields: object) -> ModelFacts:
    return ModelFacts.model_validate(
        {
            "repo_id": "ada-l/clouds",
            "license": "mit",
            "base_model": ["sd/v1-5"],
            "card": card,
            **fields,
        }
    )


def test_a_complete_card_lacks_nothing() -> None:
    report = model_card(_model(MODEL))
    assert report.missing == ()
    assert report.share == 1


def test_no_card_lacks_everything_but_the_front_matter() -> None:
    report = model_card(_model(None, license=None, base_model=[]))
    assert report.present == ()
    assert report.share == 0


@pytest.mark.parametrize(
    ("old", "new", "missing"),
    [
        (PROSE, "A model.", "a description"),
        ("## Training data", "## Thanks", "what it was trained on"),
        ("## Limitations and biases", "## Thanks", "its limitations"),
        (
            "12,000 photos of skies",
            "[More Information Needed]\n\n<!-- twelve -->\n\n## x\n",
            "what it was",
        ),
        ("It has seen hardly any night skies, and paints them orange", "[optional]", "its lim"),
    ],
)
def test_what_is_left_out_is_named(old: str, new: str, missing: str) -> None:
    report = model_card(_model(MODEL.replace(old, new)))
    assert len(report.missing) == 1
    assert report.missing[0].startswith(missing)


def test_code_alone_shows_how_to_use_it_and_describes_nothing() -> None:
    report = model_card(_model("```python\n# Training data\n" + "load(everything)\n" * 40 + "```"))
    assert "how to use it" in report.present
    assert {"a description", "what it was trained on"} <= set(report.missing)


def test_our_own_model_s_card_is_complete() -> None:
    readme = (EMBEDDED / "README.md").read_text("utf-8")
    card = without_front_matter(readme)
    assert model_card(ModelFacts(repo_id="o/m", license="apache-2.0", card=card)).missing == ()


def test_linked_datasets_say_what_it_was_trained_on() -> None:
    report = model_card(_model("Short.", datasets=["ada-l/skies"]))
    assert "what it was trained on" in report.present


def test_a_dataset_s_card_says_what_is_in_it_and_whence() -> None:
    facts = DatasetFacts(repo_id="ada-l/skies", license="cc-by-4.0", card=DATASET)
    assert dataset_card(facts).missing == ()
    bare = DatasetFacts(repo_id="ada-l/skies", card="Photos.")
    assert dataset_card(bare).missing == (
        "the licence",
        "a description",
        "what is in it",
        "where it came from",
        "its limitations",
    )
