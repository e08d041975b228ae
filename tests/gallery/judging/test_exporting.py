"""Exports: everything but secrets, under pseudonyms, and the result again from each of them."""

import csv
import io
import json
import random
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from fastapi.testclient import TestClient

from gallery import __version__
from gallery.cli import main
from gallery.database.tables import Submission
from gallery.event.rubric import Rubric
from gallery.gallery import Gallery
from gallery.judging import (
    ballots,
    comparisons,
    conflicts,
    exporting,
    judgings,
    reading,
    reckoning,
    results,
)
from gallery.judging.ballots import Said
from gallery.judging.evidence import pseudonyms
from gallery.judging.exporting import Export
from gallery.judging.ranking.mixing import SEED
from gallery.organising import moderation
from gallery.organising.moderation import Subject
from gallery.submissions import submissions
from tests.gallery.judging.conftest import JURORS, Jury

SignedIn = Callable[[str], TestClient]
FORMULA = '=HYPERLINK("http://x")'
NOTE = "a note for myself alone"


@pytest.fixture
def jury(jury: Jury) -> Jury:
    """Scores, comparisons, a conflict; one title would be run by a spreadsheet."""
    chance = random.Random(3)
    jury.assign_all("jo-3", "jo-4")
    for name in JURORS:
        for demo in jury.demos:
            said = Said(
                {"craft": chance.randint(1, 5), "idea": chance.randint(0, 9)},
                comment=f"{FORMULA} {demo}",
                note=NOTE,
                flag="Somebody copied this",
            )
            jury(ballots.finish, name, submission_id=demo, number=0, said=said)
    first, second, third = jury.demos
    jury(comparisons.compare, "juror", left=first, right=second, better="left")
    jury(comparisons.compare, "jo-3", left=third, right=second, better="equal")
    jury(conflicts.declare, "jo-4", submission_id=first, reason="Ada is my student")
    with jury.gallery.database.write() as session:
        session.get_one(Submission, second).title = FORMULA
    jury(judgings.close, "organiser", reason="all is in")
    jury(results.settle, "organiser", order=[third, first, second], reason="It, and more")
    return jury


def export(jury: Jury) -> Export:
    with jury.gallery.database.read() as session:
        return exporting.export(session, jury.gallery.current, jury.clock.now)


def change_rubric(jury: Jury, rubric: Rubric) -> None:
    """As if the file had been changed and the gallery started again."""
    gallery, event = jury.gallery, jury.gallery.current.model_copy(update={"rubric": rubric})
    jury.gallery = Gallery(gallery.settings, gallery.database, {event.slug: event}, gallery.clock)


def tables(archive: bytes) -> dict[str, list[dict[str, str]]]:
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        return {
            Path(name).stem: list(csv.DictReader(io.StringIO(files.read(name).decode("utf-8-sig"))))
            for name in files.namelist()
        }


def test_the_published_result_is_made_again_to_the_digit_from_json_and_from_tables(
    jury: Jury,
    signed_in: SignedIn,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    jury(results.publish, "organiser")
    board = signed_in("organiser")
    for form in ("json", "csv.zip"):
        path = tmp_path / f"result.{form}"
        path.write_bytes(board.get(f"/summer/organise/result.{form}").content)
        assert main(["jury", "recompute", str(path)]) == 0
        assert "to the digit" in capsys.readouterr().out
    altered = exporting.as_csv(export(jury))
    with zipfile.ZipFile(io.BytesIO(altered)) as files, zipfile.ZipFile(path, "w") as other:
        for name in files.namelist():
            content = files.read(name)
            if name == "scores.csv":
                content = content.replace(b'"craft","5"', b'"craft","1"')
            other.writestr(name, content)
    assert main(["jury", "recompute", str(path)]) == 1
    with zipfile.ZipFile(path, "w") as other:
        other.writestr("about.csv", "key,value")
    assert main(["jury", "recompute", str(path)]) == 2
    assert "must be a result as the organisers' board gives it" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("what", ["hidden", "withdrawn", "rubric"])
def test_what_changes_after_publication_leaves_the_export_as_it_was(
    jury: Jury, signed_in: SignedIn, tmp_path: Path, what: str
) -> None:
    jury(results.publish, "organiser")
    path, before = tmp_path / "result.json", exporting.as_json(export(jury))
    demo = jury.demos[0]
    if what == "hidden":
        hidden = {"subject": Subject.SUBMISSION, "subject_id": demo, "reason": "it is stolen"}
        jury(moderation.hide, "organiser", **hidden)
    elif what == "withdrawn":
        jury(submissions.withdraw, "organiser", submission_id=demo, reason="by mail")
    else:
        change_rubric(jury, Rubric(criteria=jury.gallery.current.rubric.criteria[:1]))
    assert exporting.as_json(export(jury)) == before
    path.write_text(before, "utf-8")
    assert main(["jury", "recompute", str(path)]) == 0
    assert signed_in("organiser").get("/summer/organise/jury/scores").status_code == 200


@pytest.mark.slow
def test_the_tables_carry_another_rule_for_ties_and_demos_that_cannot_be_told_apart(
    jury: Jury, tmp_path: Path
) -> None:
    event = jury.gallery.current
    rubric = event.rubric.model_copy(update={"ties": ("quality", "fewest_looks", "draw")})
    other = event.model_copy(update={"rubric": rubric})
    with jury.gallery.database.read() as session:
        told = exporting.export(session, other, jury.clock.now)
    path = tmp_path / "result.csv.zip"
    path.write_bytes(exporting.as_csv(told))
    evidence, result = reading.read(path)
    assert evidence.ties == ("quality", "fewest_looks", "draw")
    assert evidence == told.evidence
    assert result.tied == told.result.tied
    assert reckoning.recompute(evidence, result) == result


@pytest.mark.slow
def test_the_same_moment_gives_the_same_bytes_and_says_what_made_it(jury: Jury) -> None:
    one, two = export(jury), export(jury)
    for write in (exporting.as_json, exporting.as_csv, exporting.as_parquet):
        assert write(one) == write(two)
    about = {row["key"]: row["value"] for row in tables(exporting.as_csv(one))["about"]}
    assert (about["software"], about["seed"]) == (__version__, str(SEED))
    assert json.loads(exporting.as_json(one))["about"] == {
        "software": __version__,
        "seed": str(SEED),
    }


@pytest.mark.slow
def test_no_note_no_name_and_no_reason_is_in_any_of_them(jury: Jury) -> None:
    told = export(jury)
    seed = _seed(jury)
    for text in (exporting.as_json(told), repr(tables(exporting.as_csv(told))), repr(told.tables)):
        for secret in (NOTE, "jo-3", "Ada is my student", "copied", seed):
            assert secret not in text
    assert "comment" not in exporting.as_json(told)
    assert len(tables(exporting.as_csv(told))["comments"]) == 11
    assert set(tables(exporting.as_csv(told))["comments"][0]) == {"demo", "comment"}


@pytest.mark.slow
def test_a_table_says_the_same_as_csv_and_as_parquet(jury: Jury, tmp_path: Path) -> None:
    told = export(jury)
    with zipfile.ZipFile(io.BytesIO(exporting.as_parquet(told))) as files:
        files.extractall(tmp_path)
    for table in told.tables:
        read = duckdb.read_parquet(str(tmp_path / f"{table.name}.parquet"))
        assert read.columns == [name for name, _ in table.columns]
        assert read.fetchall() == list(table.rows)


@pytest.mark.slow
def test_what_does_not_count_and_what_the_ranking_says_besides_are_in_it(jury: Jury) -> None:
    """One ballot is set aside, another unfinished: their scores are told apart."""
    first = jury.demos[0]
    jury(judgings.reopen, "organiser", reason="one is late")
    jury.hand_in(1)
    jury.demos, before = jury.demos[-1:], jury.demos
    jury.assign_all("juror")
    jury.demos = before
    jury(ballots.save, "juror", submission_id=jury.demos[-1], number=0, said=Said({"craft": 2}))
    told = export(jury)
    found = tables(exporting.as_csv(told))
    states = Counter(row["state"] for row in found["ballots"])
    assert states == {"counts": 11, "set aside": 1, "unfinished": 1}
    assert all(row["flagged"] == "true" for row in found["ballots"] if row["state"] != "unfinished")
    assert Counter(row["demo"] for row in found["uncounted"]) == {
        str(first): 2,
        str(jury.demos[-1]): 1,
    }
    for place in ("first", "second", "third"):
        assert sum(float(row[place]) for row in found["places"]) == pytest.approx(1, abs=1e-3)
    assert all(1 <= int(row["best"]) <= int(row["worst"]) <= 4 for row in found["places"])
    assert {row["juror"] for row in found["jurors"]} == {one.juror for one in told.evidence.looks}
    assert all(float(row["consistency"]) > 0 for row in found["jurors"])
    (evening,) = found["evening"]
    assert float(evening["lower"]) < float(evening["effect"]) < float(evening["upper"])
    besides = json.loads(exporting.as_json(told))["besides"]
    assert len(besides["places"]) == 4


@pytest.mark.slow
def test_a_spreadsheet_runs_nothing_and_loses_no_number(jury: Jury) -> None:
    found = tables(exporting.as_csv(export(jury)))
    assert f"'{FORMULA}" in {row["title"] for row in found["result"]}
    assert all(row["comment"].startswith("'=") for row in found["comments"])
    assert all(float(row["lower"]) < 0 for row in found["result"])


@pytest.mark.slow
def test_pseudonyms_say_nothing_of_who_signed_up_first(jury: Jury) -> None:
    """They are the same in all tables; where the seed is another, they are others, in any order."""
    accounts = [jury.person(name).account_id for name in JURORS]
    orders = set()
    for seed in range(40):
        with jury.gallery.database.write() as session:
            judging = judgings.of_event(session, jury.gallery.current)
            assert judging is not None
            judging.pseudonym_seed = str(seed)
        with jury.gallery.database.read() as session:
            named = pseudonyms(session, jury.gallery.current)
            names = [named(account or 0) for account in accounts]
        orders.add(tuple(sorted(range(4), key=lambda at: names[at])))
        if seed < 3:  # each export ranks anew
            told = [look.juror for look in export(jury).evidence.looks]
            assert set(told) == set(names)
            assert told == sorted(told)
    assert len(orders) > 12


@pytest.mark.slow
def test_only_organisers_download_it(jury: Jury, signed_in: SignedIn, client: TestClient) -> None:
    board = signed_in("organiser")
    for form in ("json", "csv.zip", "parquet.zip"):
        path = f"/summer/organise/result.{form}"
        assert board.get(path).status_code == 200
        assert "no-store" in board.get(path).headers["cache-control"]
        assert signed_in("juror").get(path).status_code == 403
        assert client.get(path).status_code in (303, 401)
    assert board.get("/summer/organise/result.xlsx").status_code == 404


def _seed(jury: Jury) -> str:
    with jury.gallery.database.read() as session:
        judging = judgings.of_event(session, jury.gallery.current)
        assert judging is not None
        return judging.pseudonym_seed
