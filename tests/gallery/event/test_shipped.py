"""The 2023 sprint as it ships: its dates, talks, channels and links, all of them."""

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from gallery.event.event import Event
from gallery.event.load import SHIPPED, load_event
from gallery.event.phase import PhaseKey
from gallery.event.programme import PlaceKind


@pytest.fixture(scope="module")
def sprint() -> Event:
    return load_event(SHIPPED)


@pytest.mark.parametrize(
    ("key", "first", "last"),
    [
        (PhaseKey.SIGN_UP, date(2023, 3, 29), date(2023, 4, 10)),
        (PhaseKey.TEAM_FORMING, date(2023, 3, 31), date(2023, 4, 13)),
        (PhaseKey.DATA, date(2023, 4, 10), date(2023, 4, 16)),
        (PhaseKey.TPU_ACCESS, date(2023, 4, 14), date(2023, 5, 1)),
        (PhaseKey.SUBMISSION, date(2023, 4, 17), date(2023, 5, 1)),
        (PhaseKey.RESULTS, date(2023, 5, 8), date(2023, 5, 8)),
    ],
)
def test_phases_are_on_the_days_of_the_sprint(
    sprint: Event, key: PhaseKey, first: date, last: date
) -> None:
    phase = sprint.phase(key)
    assert (phase.first_day(sprint.zone), phase.last_day(sprint.zone)) == (first, last)


def test_some_phase_is_on_at_every_moment_between_start_and_end(sprint: Event) -> None:
    edges = {edge for phase in sprint.phases for edge in (phase.starts, phase.ends)}
    assert all(sprint.current(edge) for edge in edges - {sprint.ends})


def test_talks_are_at_the_hours_of_both_time_zones(sprint: Event) -> None:
    pacific = ZoneInfo("America/Los_Angeles")
    told = [
        (
            talk.speakers[0].name,
            talk.starts.astimezone(UTC),
            talk.starts.astimezone(pacific).strftime("%H:%M"),
            talk.ends.astimezone(pacific).strftime("%H:%M"),
        )
        for talk in sprint.talks
    ]
    day = datetime(2023, 4, 17, tzinfo=UTC)
    assert told == [
        ("Andreas Steiner", day.replace(hour=16), "09:00", "09:45"),
        ("Boris Dayma", day.replace(hour=16, minute=45), "09:45", "10:30"),
        ("Margaret Mitchell", day.replace(hour=17, minute=30), "10:30", "11:00"),
    ]
    assert {talk.video for talk in sprint.talks} == {"https://www.youtube.com/watch?v=SOj2sxgvFe0"}


def test_every_channel_and_link_is_there(sprint: Event) -> None:
    names = {place.name: place for place in sprint.places}
    assert {"#jax-diffusers-ideas", "#jax-diffusers-sprint", "#core-announcements"} <= set(names)
    closed = {place.name for place in sprint.places if place.after_acceptance}
    assert closed == {"#jax-diffusers-sprint", "#jax-diffusers-tpu-support"}
    assert {place.kind for place in sprint.places} == set(PlaceKind)
    text = SHIPPED.read_text("utf-8")
    for address in (
        "https://hf.co/join/discord",
        "https://forms.gle/t3M7aNPuLL9V1sfa9",
        "https://huggingface.co/blog/controlnet",
        "https://discuss.huggingface.co/t/controlling-stable-diffusion-with-jax-and-diffusers-using-v4-tpus/35187/2",
        "https://github.com/google/flax/issues",
        "https://github.com/google/flax/discussions",
        "https://github.com/google/jax/issues",
        "https://github.com/google/jax/discussions",
        "https://github.com/huggingface/diffusers/issues",
        "https://discuss.huggingface.co/c/discussion-related-to-httpsgithubcomhuggingfacediffusers/63",
        "https://github.com/huggingface/datasets/issues",
        "https://discuss.huggingface.co/c/datasets/10",
    ):
        assert address in text


def test_the_stated_criteria_count_the_same(sprint: Event) -> None:
    assert [criterion.key for criterion in sprint.rubric.criteria] == [
        "interface",
        "openness",
        "cards",
    ]
    shares = [sprint.rubric.share(criterion) for criterion in sprint.rubric.criteria]
    assert shares == pytest.approx([1 / 3] * 3)


def test_texts_name_no_dates_so_that_a_practice_copy_stays_true(sprint: Event) -> None:
    texts = [sprint.text, sprint.rubric.text]
    texts += [part.text for part in (*sprint.phases, *sprint.milestones, *sprint.talks)]
    texts += [rule.text for rule in sprint.rules]
    months = re.compile(r"\b(March|April|May \d|\d+(st|nd|rd|th)? May)\b")
    assert not [text for text in texts if months.search(text)]


def test_what_the_organisers_page_says_is_said_whole(sprint: Event) -> None:
    access = sprint.phase(PhaseKey.TPU_ACCESS).text
    assert "*start* providing access" in access
    assert "free access to a TPU v4-8 VM" in access
    server = next(place for place in sprint.places if place.name == "The Discord server")
    assert "Hugging Face, Flax/JAX and Google Cloud teams post important announcements" in (
        server.text or ""
    )
    channel = next(place for place in sprint.places if place.name == "#core-announcements")
    assert "announcements," not in (channel.text or "")


def test_what_it_does_not_say_is_shown_as_our_reading(sprint: Event) -> None:
    decided = [phase for phase in sprint.phases if phase.key != PhaseKey.RESULTS]
    assert all("*Our reading:*" in phase.text for phase in decided)
    assert "*our reading*" in sprint.rubric.text
    rules = {rule.title: rule.text for rule in sprint.rules}
    assert all(
        "*Our reading:*" in rules[title]
        for title in ("Teams of three to five", "Until the deadline")
    )
    assert "as we read" in sprint.small_team
