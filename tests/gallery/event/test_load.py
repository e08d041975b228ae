"""Event files: every mistake is one sentence that names file, field and remedy."""

import re
from pathlib import Path

import pytest

from gallery.cli import main
from gallery.errors import Invalid
from gallery.event.load import SHIPPED, InvalidEventFile, load_event, load_events

WHOLE = SHIPPED.read_text("utf-8")
MISTAKES = {
    "a missing field": (
        'name = "JAX/Diffusers community sprint"\n',
        "",
        "name is missing; add it",
    ),
    "a misspelt field": (
        "team_min = 3",
        "team_mim = 3",
        "team_mim is not a field of an event file; write team_min",
    ),
    "a misspelt field in a table": (
        'video = "https',
        'vidoe = "https',
        "vidoe of the 1st of talks is not a field of an event file; write video",
    ),
    "a field that means nothing": (
        "team_min = 3",
        "zzz = 3",
        "zzz is not a field of an event file; remove it",
    ),
    "a time without a zone": (
        "starts = 2023-03-31T00:00:00+02:00",
        "starts = 2023-03-31T00:00:00",
        "starts of the 2nd of phases must carry its time zone, got 2023-03-31 00:00:00; "
        "write 2023-03-31T00:00:00+02:00",
    ),
    "a word in place of a time": (
        "starts = 2023-03-31T00:00:00+02:00",
        'starts = "soon"',
        "starts of the 2nd of phases must be a time, got soon; write one like "
        "2026-05-01T23:59:00+02:00",
    ),
    "a time in place of a day": (
        "day = 2023-03-29",
        "day = 2023-03-29T12:00:00",
        "day of the 1st of milestones must be a day without a time, got 2023-03-29 12:00:00; "
        "write 2023-03-29",
    ),
    "a phase that ends before it starts": (
        "ends = 2023-04-11T00:00:00+02:00",
        "ends = 2023-03-01T00:00:00+02:00",
        "the 1st of phases: ends must be later than starts (2023-03-29 00:00:00+02:00); move one "
        "of them",
    ),
    "judging before the deadline": (
        "starts = 2023-05-01T23:59:00+02:00",
        "starts = 2023-05-01T12:00:00+02:00",
        "judging must not start before submission ends (2023-05-01 23:59:00+02:00), got "
        "2023-05-01 12:00:00+02:00; a jury needs demos that hold still",
    ),
    "two phases of a kind": (
        'key = "data"',
        'key = "sign_up"',
        "each phase must be there once (sign_up, team_forming, data, tpu_access, submission, "
        "judging, results), got sign_up, team_forming, sign_up, tpu_access, submission, judging, "
        "results; add or remove [[phases]]",
    ),
    "an unknown phase": (
        'key = "data"',
        'key = "party"',
        "key of the 3rd of phases must be 'sign_up', 'team_forming', 'data', 'tpu_access', "
        "'submission', 'judging' or 'results', got 'party'; take one of these",
    ),
    "an unknown time zone": (
        'timezone = "Europe/Paris"\nother',
        'timezone = "Paris"\nother',
        "timezone: expected a time zone's name, got 'Paris'; write one like Europe/Paris",
    ),
    "an address that is none": (
        'video = "https://www',
        'video = "www',
        "video of the 1st of talks must match ^(https?://|mailto:)\\S+$, got "
        "'www.youtube.com/watch?v=SOj2sxgvFe0'; correct it",
    ),
    "a talk without a speaker": (
        'speakers = [{ name = "Boris Dayma", affiliation = "craiyon" }]',
        "speakers = []",
        "speakers of the 2nd of talks must not be empty; fill it in",
    ),
    "two talks of one key": (
        'key = "dalle-mini"',
        'key = "jax-and-controlnet"',
        "two talks have the key 'jax-and-controlnet'; rename one",
    ),
    "a slug that is an address of ours": (
        'slug = "jax-diffusers-2023"',
        'slug = "api"',
        "slug 'api' is an address of the gallery's own; take another",
    ),
    "a juror who knows nothing": (
        "team_max = 5",
        'team_max = 5\njuror_topics = [{ juror = "ada-l", topics = [] }]',
        "topics of the 1st of juror_topics must not be empty; fill it in",
    ),
    "a rubric that jurors cannot type": (
        'highest_means = "a pleasure"',
        'highest_means = "a pleasure"\nhighest = 10',
        "highest of the 1st of criteria of the rubric: input should be less than or equal to 9, "
        "got 10; correct it",
    ),
    "a rule for ties that nobody can follow": (
        "[rubric]",
        '[rubric]\nties = ["charm"]',
        "rubric: a rule for ties is made of quality, podium_probability, first_probability, "
        "lower_bound, looks, fewest_looks, draw, criterion:interface, criterion:openness, "
        "criterion:cards, got 'charm'; choose among them",
    ),
    "teams that cannot be": (
        "team_max = 5",
        "team_max = 2",
        "team_max must be at least team_min (3); raise it",
    ),
    "no TOML": (
        'slug = "jax-diffusers-2023"',
        "slug = jax",
        "expected TOML, got invalid value (at line 8, column 8); correct it there",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_sentence_with_its_field_and_remedy(mistake: str, tmp_path: Path) -> None:
    before, after, sentence = MISTAKES[mistake]
    assert before in WHOLE
    file = tmp_path / "event.toml"
    file.write_text(WHOLE.replace(before, after, 1), "utf-8")
    with pytest.raises(InvalidEventFile) as refused:
        load_event(file)
    assert refused.value.problems[0] == sentence
    assert str(refused.value).startswith(f"event file {file}: {sentence}")


def test_all_mistakes_are_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "event.toml"
    file.write_text(
        WHOLE.replace("team_min = 3", 'team_min = "three"').replace('kind = "chat"', 'kind = "x"'),
        "utf-8",
    )
    assert main(["event", "check", str(file)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 + WHOLE.count('kind = "chat"')
    assert all(line.startswith(f"{file}: ") for line in lines)
    with pytest.raises(InvalidEventFile, match=re.escape("and 5 more")):
        load_event(file)


def test_a_file_that_is_right_is_said_to_be(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["event", "check", str(SHIPPED)]) == 0
    assert "until Monday 1 May 2023, 23:59 in Paris (21:59 UTC)" in capsys.readouterr().out


def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InvalidEventFile, match="cannot be read"):
        load_event(tmp_path / "nowhere.toml")
    (tmp_path / "latin.toml").write_bytes('name = "é"'.encode("latin-1"))
    with pytest.raises(InvalidEventFile, match="UTF-8"):
        load_event(tmp_path / "latin.toml")


def test_two_events_of_one_slug_are_refused() -> None:
    with pytest.raises(Invalid, match="two event files are called"):
        load_events([SHIPPED, SHIPPED])


def test_without_files_the_sprint_that_ships_is_there() -> None:
    assert list(load_events([])) == ["jax-diffusers-2023"]
