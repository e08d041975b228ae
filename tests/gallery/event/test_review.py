"""A colleague's look at an event file: the right offset, odd windows, people, times in words."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gallery.actor import COMMAND_LINE
from gallery.cli import main
from gallery.database.connection import Database
from gallery.database.log import record
from gallery.database.tables import Account
from gallery.event.load import InvalidEventFile, load_event
from gallery.event.review import instants, warnings
from gallery.settings import Settings

NOW = datetime(2026, 11, 1, tzinfo=UTC)
SPANS = {
    "sign_up": ("2026-11-20T00:00:00+01:00", "2026-12-01T00:00:00+01:00"),
    "team_forming": ("2026-11-25T00:00:00+01:00", "2026-12-03T00:00:00+01:00"),
    "data": ("2026-11-28T00:00:00+01:00", "2026-12-10T00:00:00+01:00"),
    "tpu_access": ("2026-12-01T00:00:00+01:00", "2026-12-25T00:00:00+01:00"),
    "submission": ("2026-12-10T00:00:00+01:00", "2026-12-24T23:59:00+01:00"),
    "judging": ("2026-12-25T00:00:00+01:00", "2026-12-30T00:00:00+01:00"),
    "results": ("2026-12-30T00:00:00+01:00", "2026-12-31T00:00:00+01:00"),
}


def written(
    folder: Path, *, zone: str = "Europe/Berlin", more: str = "", organisers: str = '"ada"', **spans
) -> Path:
    head = (
        f'slug = "winter"\nname = "Winter sprint"\ntag = "winter-sprint"\nsummary = "Snow."\n'
        f'timezone = "{zone}"\nteam_min = 1\norganisers = [{organisers}]\n'
    )
    phases = "".join(
        f'[[phases]]\nkey = "{key}"\ntitle = "{key}"\nstarts = {starts}\nends = {ends}\n'
        for key, (starts, ends) in {**SPANS, **spans}.items()
    )
    file = folder / "winter.toml"
    file.write_text(head + phases + more, "utf-8")
    return file


def odd(file: Path, now: datetime = NOW) -> tuple[str, ...]:
    return warnings(load_event(file), now)


def test_a_file_without_anything_odd_has_no_warning(tmp_path: Path) -> None:
    assert odd(written(tmp_path)) == ()


@pytest.mark.parametrize(
    ("zone", "local", "advice"),
    [
        ("Europe/Berlin", "2026-12-24T23:59:00", "write 2026-12-24T23:59:00+01:00"),
        ("Europe/Paris", "2026-07-24T23:59:00", "write 2026-07-24T23:59:00+02:00"),
        ("America/Los_Angeles", "2026-12-24T23:59:00", "write 2026-12-24T23:59:00-08:00"),
        ("America/Los_Angeles", "2026-07-24T23:59:00", "write 2026-07-24T23:59:00-07:00"),
        ("Asia/Kolkata", "2026-12-24T23:59:00", "write 2026-12-24T23:59:00+05:30"),
        ("Pacific/Auckland", "2026-12-24T23:59:00", "write 2026-12-24T23:59:00+13:00"),
        ("UTC", "2026-12-24T23:59:00", "write 2026-12-24T23:59:00+00:00"),
        ("Europe/Berlin", "2026-03-29T02:30:00", "that hour does not exist in Berlin"),
        ("Europe/Berlin", "2026-10-25T02:30:00", "write 2026-10-25T02:30:00+02:00 for the first"),
    ],
)
def test_a_time_without_an_offset_is_told_that_zones_on_that_day(
    zone: str, local: str, advice: str, tmp_path: Path
) -> None:
    file = written(tmp_path, zone=zone, submission=(SPANS["submission"][0], local))
    with pytest.raises(InvalidEventFile) as refused:
        load_event(file)
    assert advice in refused.value.problems[0]


def test_without_a_zone_no_offset_is_made_up(tmp_path: Path) -> None:
    span = (SPANS["submission"][0], "2026-12-24T23:59:00")
    with pytest.raises(InvalidEventFile) as refused:
        load_event(written(tmp_path, zone="Berlin", submission=span))
    assert not [one for one in refused.value.problems if "+02:00" in one or "+01:00" in one]


@pytest.mark.parametrize(
    ("spans", "words"),
    [
        (
            {"submission": ("2026-12-10T00:00:00+01:00", "2026-12-24T23:59:00+02:00")},
            "ends of submission says 23:59 at +02:00, but Berlin is at +01:00 on 24 December 2026, "
            "so it is 22:59 there; write 2026-12-24T23:59:00+01:00",
        ),
        (
            {"submission": ("2026-12-10T00:00:00+01:00", "2026-12-24T20:59:00Z")},
            "so it is 21:59 there",
        ),
        (
            {"sign_up": ("2026-12-26T00:00:00+01:00", "2026-12-28T00:00:00+01:00")},
            "sign_up begins after submission ends, so nobody could sign up in time",
        ),
        (
            {"sign_up": ("2026-12-11T00:00:00+01:00", "2026-12-12T00:00:00+01:00")},
            "sign_up begins after submission does",
        ),
        (
            {"sign_up": ("2026-11-20T00:00:00+01:00", "2026-12-28T00:00:00+01:00")},
            "sign_up is still open after submission ends",
        ),
        (
            {"team_forming": ("2026-12-25T00:00:00+01:00", "2026-12-28T00:00:00+01:00")},
            "teams would form too late",
        ),
        (
            {"team_forming": ("2026-11-01T00:00:00+01:00", "2026-11-05T00:00:00+01:00")},
            "team_forming is over before sign_up begins",
        ),
        (
            {"team_forming": ("2026-11-25T00:00:00+01:00", "2026-12-28T00:00:00+01:00")},
            "team_forming is still open after submission ends",
        ),
        (
            {"data": ("2026-12-25T00:00:00+01:00", "2026-12-28T00:00:00+01:00")},
            "there would be nothing to train on",
        ),
        (
            {"tpu_access": ("2026-12-25T00:00:00+01:00", "2026-12-28T00:00:00+01:00")},
            "there would be nothing to train with",
        ),
        (
            {"tpu_access": ("2026-12-01T00:00:00+01:00", "2026-12-24T00:00:00+01:00")},
            "tpu_access ends before submission does",
        ),
        (
            {"results": ("2026-12-27T00:00:00+01:00", "2026-12-31T00:00:00+01:00")},
            "results overlaps judging",
        ),
        (
            {"results": ("2027-01-02T00:00:00+01:00", "2027-01-03T00:00:00+01:00")},
            "nothing is on from Wednesday 30 December 2026, 00:00 in Berlin",
        ),
        (
            {
                "judging": ("2027-01-15T00:00:00+01:00", "2027-01-30T00:00:00+01:00"),
                "results": ("2027-01-30T00:00:00+01:00", "2027-01-31T00:00:00+01:00"),
            },
            "judging begins 21 days after submission ends",
        ),
        (
            {"data": ("2026-11-28T00:00:00+01:00", "2026-11-28T00:30:00+01:00")},
            "data lasts 30 minutes",
        ),
        (
            {"sign_up": ("2025-11-20T00:00:00+01:00", "2026-12-01T00:00:00+01:00")},
            "sign_up lasts 376 days; are both years right?",
        ),
    ],
)
def test_what_is_odd_is_warned_of(
    spans: dict[str, tuple[str, str]], words: str, tmp_path: Path
) -> None:
    assert [one for one in odd(written(tmp_path, **spans)) if words in one]


def test_a_past_year_is_asked_about(tmp_path: Path) -> None:
    file = written(tmp_path)
    after = datetime(2027, 11, 1, tzinfo=UTC)
    assert [one for one in odd(file, after) if "is 2026 the right year?" in one]
    between = datetime(2026, 12, 27, tzinfo=UTC)
    assert [one for one in odd(file, between) if one.startswith("the deadline was Thursday")]


def test_what_lies_outside_of_the_event_is_named(tmp_path: Path) -> None:
    more = (
        '[[milestones]]\nkey = "party"\nday = 2025-12-24\ntitle = "Party"\n'
        '[[talks]]\nkey = "snow"\ntitle = "Snow"\nspeakers = [{ name = "Ada" }]\n'
        "starts = 2026-10-01T10:00:00+02:00\nends = 2026-10-01T11:00:00+02:00\n"
    )
    found = odd(written(tmp_path, more=more))
    assert "'Party' is on Wednesday 24 December 2025, outside of all phases" in found
    assert len(found) == 2


@pytest.mark.parametrize(
    ("named", "names"),
    [
        ('"@ada-l"', ("ada-l",)),
        ('"@ada-l", "https://huggingface.co/ada-l"', ("ada-l",)),
        ('"https://huggingface.co/Ada-L/", "ada-l"', ("Ada-L",)),
        ('"hf.co/ada-l"', ("ada-l",)),
        ('"Ada@example.org", "mailto:ben@example.org"', ("Ada@example.org", "ben@example.org")),
        ('"ada_l.2"', ("ada_l.2",)),
    ],
)
def test_people_are_found_however_they_are_named(
    named: str, names: tuple[str, ...], tmp_path: Path
) -> None:
    assert load_event(written(tmp_path, organisers=named)).organisers == names


@pytest.mark.parametrize(
    "named",
    [
        "Ada Lovelace",
        "https://huggingface.co/spaces/ada-l/demo",
        "https://huggingface.co/ada-l/demo",
        "https://example.org/ada-l",
        "@",
        "ada@home",
        "-ada",
    ],
)
def test_what_names_nobody_is_refused_with_what_to_write(named: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidEventFile) as refused:
        load_event(written(tmp_path, organisers=f'"{named}"'))
    sentence = refused.value.problems[0]
    assert sentence.startswith("the 1st of organisers: expected a name on the Hub like ada-l")
    assert repr(named) in sentence


def test_nobody_as_an_organiser_is_warned_of(tmp_path: Path) -> None:
    assert "organisers is empty" in odd(written(tmp_path, organisers=""))[0]


def test_every_time_is_read_back_as_the_zones_clock_shows_it(tmp_path: Path) -> None:
    rows = dict(instants(load_event(written(tmp_path))))
    assert rows["The deadline"] == "Thursday 24 December 2026, 23:59 in Berlin (22:59 UTC)"
    assert rows["sign_up"] == (
        "Friday 20 November 2026, 00:00 to Tuesday 1 December 2026, 00:00, so through Monday "
        "30 November"
    )
    assert len(rows) == 1 + len(SPANS)


@pytest.fixture
def settings_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    monkeypatch.setenv("DATA_DIR", str(folder))
    for name in ("DATABASE_URL", "EVENTS", "BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return folder


def test_the_command_warns_and_reads_back(
    tmp_path: Path, settings_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, organisers="")
    assert main(["event", "check", str(file)]) == 0
    said = capsys.readouterr()
    assert f"{file}: warning: organisers is empty" in said.err
    assert "Thursday 24 December 2026, 23:59 in Berlin (22:59 UTC)" in said.out
    assert not settings_folder.exists(), "checking makes no database"


def test_where_there_is_a_database_it_names_whom_no_account_matches(
    tmp_path: Path, settings_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = Database(f"sqlite:///{settings_folder}/gallery.db")
    database.migrate()
    with database.writing() as session:
        now = datetime(2026, 1, 1, tzinfo=UTC)
        session.add(Account(name="a", display_name="A", hub_name="Ada-L", created_at=now))
        session.commit()
    database.close()
    file = written(tmp_path, organisers='"@ada-l", "ben@example.org"')
    assert main(["event", "check", str(file)]) == 0
    said = capsys.readouterr().err
    assert "ben@example.org has no account here (yet)" in said
    assert "ada-l has no account" not in said


def test_a_rule_for_ties_that_came_too_late_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, more='[rubric]\nties = ["draw"]\n')
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    assert main(["event", "check", str(file)]) == 0
    assert "ties" not in capsys.readouterr().err
    database = Database(Settings.read().database)
    database.migrate()
    with database.write() as session:
        record(
            session,
            COMMAND_LINE,
            NOW,
            "jury.handed_out",
            subject=("event", "winter"),
            event="winter",
            details={"ties": ["looks"]},
        )
    database.close()
    assert main(["event", "check", str(file)]) == 0
    said = capsys.readouterr().err
    assert "(looks), and the event file says draw; the former holds, write it back" in said
