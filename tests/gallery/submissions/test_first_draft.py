"""What a submission says first, from what people wrote on the Hub."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gallery.submissions.content import SubmissionContent, Task
from gallery.submissions.first_draft import first_draft
from spaces.hub.facts import ModelFacts, SpaceFacts


def _draft(*models: ModelFacts, **facts: object) -> SubmissionContent:
    space = SpaceFacts.model_validate({"repo_id": "ada-l/cloud-painter", **facts})
    return first_draft(space, event_tag="summer-sprint", models=models)


def test_everything_that_the_card_says_is_taken() -> None:
    draft = _draft(
        ModelFacts(repo_id="ada-l/canny", base_model=("someone/base",)),
        title="Cloud painter",
        emoji="☁️",
        short_description="Paints clouds.",
        card="# Clouds\n",
        models=("ada-l/canny",),
        datasets=("ada-l/skies",),
        tags=("gradio", "summer-sprint", "clouds", "region:us"),
        license="mit",
    )
    assert draft == SubmissionContent(
        space_id="ada-l/cloud-painter",
        title="Cloud painter",
        emoji="☁️",
        summary="Paints clouds.",
        description="# Clouds",
        task=Task.OTHER,
        controls=("canny",),
        base_model="someone/base",
        models=("ada-l/canny",),
        datasets=("ada-l/skies",),
        tags=("clouds",),
        license="mit",
    )


@pytest.mark.parametrize(
    ("card", "story"),
    [
        ("# ☁️ Cloud  Painter\n\nIt paints.\n", "It paints."),
        ("# Cloud painter", ""),
        ("# Clouds\n\nIt paints.", "# Clouds\n\nIt paints."),
        ("## Cloud painter\n\nIt paints.", "## Cloud painter\n\nIt paints."),
        (
            "\nCheck out the configuration reference at "
            "https://huggingface.co/docs/hub/spaces-config-reference\n",
            "",
        ),
    ],
)
def test_the_story_begins_where_the_title_and_the_hubs_own_words_end(card: str, story: str) -> None:
    assert _draft(title="Cloud painter", card=card).description == story


def test_a_space_that_says_nothing_is_called_by_its_name() -> None:
    assert _draft().title == "cloud painter"


@pytest.mark.parametrize(
    ("facts", "task", "controls"),
    [
        ({"title": "ControlNet for depth and canny"}, Task.CONTROLNET, ("canny", "depth")),
        ({"tags": ("inpainting",)}, Task.INPAINTING, ("inpainting",)),
        ({"tags": ("image-to-image",)}, Task.IMAGE_TO_IMAGE, ()),
        ({"tags": ("text-to-image",)}, Task.TEXT_TO_IMAGE, ()),
        ({"models": ("ada-l/controlnet-openpose",)}, Task.CONTROLNET, ("pose",)),
        ({"card": "Unlike ControlNet with canny, …"}, Task.OTHER, ()),
        ({"title": "Uncanny segments"}, Task.OTHER, ()),
    ],
)
def test_task_and_controls_are_guessed_from_whole_words(
    facts: dict[str, object], task: Task, controls: tuple[str, ...]
) -> None:
    draft = _draft(**facts)
    assert (draft.task, draft.controls) == (task, controls)


_TEXT = st.none() | st.text(max_size=400)
_NAMES = st.lists(st.text(max_size=120) | st.just("ada-l/canny"), max_size=50).map(tuple)


@given(title=_TEXT, emoji=_TEXT, summary=_TEXT, card=_TEXT, names=_NAMES, tags=_NAMES)
@settings(max_examples=60, deadline=None)
def test_whatever_people_write_there_is_a_draft(
    title: str | None,
    emoji: str | None,
    summary: str | None,
    card: str | None,
    names: tuple[str, ...],
    tags: tuple[str, ...],
) -> None:
    draft = _draft(
        title=title,
        emoji=emoji,
        short_description=summary,
        card=card,
        models=names,
        datasets=names,
        tags=tags,
        license=title,
    )
    assert draft.title


def test_a_title_that_nobody_sees_gives_way_to_the_spaces_name() -> None:
    facts = SpaceFacts(repo_id="ada-l/sea-birds", title="\u200b\u2060", tags=("\u3164", "birds"))
    draft = first_draft(facts, event_tag="summer-sprint")
    assert (draft.title, draft.tags) == ("sea birds", ("birds",))
