"""Sheets: who makes, sees, shares, runs and deletes them, and within which bounds."""

import pytest

from gallery.database.tables import LogEntry, Sheet, SheetTile
from gallery.errors import Closed, Invalid, NotAllowed, NotFound, NotSignedIn, TooMany
from gallery.judging import conflicts, judgings
from gallery.judging.same_input import sheets
from gallery.judging.same_input.tiles import State
from gallery.submissions.pictures import PictureStore
from gallery.submissions.sweeping import KEPT_UNUSED, sweep_pictures
from gallery.teams import personal_data
from tests.gallery.judging.same_input.conftest import Sheets


def test_a_juror_runs_one_input_on_their_own_list_in_their_own_order(same_input: Sheets) -> None:
    sheet = same_input.make("juror")
    seen = same_input.view("juror", sheet)
    assert {tile.submission.id for tile in seen.tiles} == set(same_input.jury.demos)
    assert {tile.state for tile in seen.tiles} == {State.WAITING}
    other = same_input.view("jo-2", same_input.make("jo-2"))
    orders = [[tile.submission.id for tile in one.tiles] for one in (seen, other)]
    assert orders[0] != orders[1]


def test_only_the_panel_makes_one_and_only_of_what_is_theirs(same_input: Sheets) -> None:
    jury = same_input.jury
    with pytest.raises(NotAllowed, match="for jurors and organisers"):
        same_input.make("ada-l")
    with pytest.raises(NotSignedIn):
        jury.as_visitor(
            sheets.make, prompt="x", picture="0" * 64, seed=1, demos=same_input.jury.demos
        )
    with pytest.raises(NotAllowed, match="not on your list"):
        same_input.make("jo-3")  # to whom nothing is assigned
    jury(conflicts.declare, "juror", submission_id=jury.demos[0], reason="my student")
    with pytest.raises(NotAllowed, match="not on your list"):
        same_input.make("juror")
    assert same_input.make("juror", demos=jury.demos[1:])
    assert same_input.make("organiser"), "organisers run it on all that are judged"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"prompt": " \n"}, "the prompt must not be empty"),
        ({"prompt": "x" * 501}, "may have 500 characters, got 501"),
        ({"seed": -1}, "whole number from 0"),
        ({"seed": 2**31}, "whole number from 0"),
        ({"demos": []}, "at least one demo"),
        ({"picture": "0" * 64}, "one that was uploaded"),
    ],
)
def test_what_cannot_be_run_is_refused_in_a_sentence(
    same_input: Sheets, wrong: dict, sentence: str
) -> None:
    with pytest.raises(Invalid, match=sentence):
        same_input.make("juror", **wrong)


def test_a_person_has_two_under_way_and_all_have_twenty(
    same_input: Sheets, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = same_input.make("juror"), same_input.make("juror")
    with pytest.raises(TooMany, match="2 of your sheets are under way"):
        same_input.make("juror")
    same_input.jury(sheets.stop, "juror", sheet_id=first)
    third = same_input.make("juror")
    with pytest.raises(TooMany, match="2 of your sheets"):
        same_input.jury(sheets.run_again, "juror", sheet_id=first)
    monkeypatch.setattr(sheets, "UNDER_WAY_ALL", 2)
    with pytest.raises(TooMany, match="sheets of others are under way"):
        same_input.make("jo-2")
    same_input.jury(sheets.stop, "juror", sheet_id=third)
    assert same_input.make("jo-2")


def test_so_many_are_kept_and_no_more(same_input: Sheets, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "KEPT", 1)
    sheet = same_input.make("juror")
    with pytest.raises(Invalid, match="1 sheets are kept for one person, and you have 1"):
        same_input.make("juror")
    same_input.jury(sheets.remove, "juror", sheet_id=sheet)
    assert same_input.make("juror")


def test_others_see_it_only_if_an_organiser_made_and_shares_it(same_input: Sheets) -> None:
    jury = same_input.jury
    of_juror, of_organiser = same_input.make("juror"), same_input.make("organiser")
    assert same_input.view("organiser", of_juror).maker == "juror"
    for who, sheet in (("jo-2", of_juror), ("jo-2", of_organiser)):
        with pytest.raises(NotFound):
            same_input.view(who, sheet)
    with pytest.raises(NotAllowed):
        jury(sheets.share, "juror", sheet_id=of_juror)
    with pytest.raises(NotAllowed, match="only who made"):
        jury(sheets.share, "organiser", sheet_id=of_juror)
    jury(conflicts.declare, "jo-2", submission_id=jury.demos[1], reason="my student")
    jury(sheets.share, "organiser", sheet_id=of_organiser)
    seen = same_input.view("jo-2", of_organiser)
    assert jury.demos[1] not in {tile.submission.id for tile in seen.tiles}
    assert (seen.left_out, seen.may_run, len(seen.tiles)) == (1, False, 2)
    for use_case in (sheets.stop, sheets.run_again, sheets.remove, sheets.withdraw):
        with pytest.raises(NotAllowed, match="only who made"):
            jury(use_case, "jo-2", sheet_id=of_organiser)
    jury(sheets.withdraw, "organiser", sheet_id=of_organiser)
    with pytest.raises(NotFound):
        same_input.view("jo-2", of_organiser)


def test_who_made_one_loses_the_tile_of_a_demo_that_becomes_a_conflict(same_input: Sheets) -> None:
    sheet = same_input.make("juror")
    demo = same_input.jury.demos[0]
    same_input.jury(conflicts.declare, "juror", submission_id=demo, reason="my student")
    assert same_input.view("juror", sheet).left_out == 1
    assert same_input.view("organiser", sheet).left_out == 0


def test_the_shortlist_is_not_shared_while_scores_are_taken(same_input: Sheets) -> None:
    jury = same_input.jury
    sheet = same_input.make("organiser", choice=sheets.SHORTLIST)
    with pytest.raises(Closed, match="how the ranking stands"):
        jury(sheets.share, "organiser", sheet_id=sheet)
    jury(judgings.close, "organiser", reason="all are in")
    jury(sheets.share, "organiser", sheet_id=sheet)
    assert same_input.view("jo-2", sheet).sheet.shared_at is not None


def test_deleting_takes_its_pictures_along_a_day_later(same_input: Sheets) -> None:
    jury, gallery = same_input.jury, same_input.gallery
    store = PictureStore(gallery.settings.pictures_dir)
    sheet = same_input.make("juror", demos=jury.demos[:1])
    assert same_input.running().step()
    (tile,) = same_input.view("juror", sheet).tiles
    given = same_input.view("juror", sheet).sheet.picture_digest
    assert tile.picture is not None
    jury.clock.now += KEPT_UNUSED * 2
    assert sweep_pictures(gallery.database, jury.clock.now, store=store) == ()
    with pytest.raises(NotAllowed):
        jury(sheets.remove, "organiser", sheet_id=sheet)
    jury(sheets.remove, "juror", sheet_id=sheet)
    assert set(sweep_pictures(gallery.database, jury.clock.now, store=store)) == {
        tile.picture,
        given,
    }
    with gallery.database.read() as session:
        assert session.query(Sheet).count() == session.query(SheetTile).count() == 0
        assert session.query(LogEntry).filter_by(action="sheet.removed").count() == 1


def test_personal_data_tells_them_and_deletion_leaves_only_what_jurors_were_shown(
    same_input: Sheets,
) -> None:
    jury, gallery = same_input.jury, same_input.gallery
    own, shared = same_input.make("organiser"), same_input.make("organiser")
    jury(sheets.share, "organiser", sheet_id=shared)
    actor = jury.person("organiser")
    with gallery.database.read() as session:
        told = personal_data.export(session, actor, jury.clock.now)
    assert [row["id"] for row in told["sheets"]] == [own, shared]
    assert len(told["sheet_tiles"]) == 6
    with gallery.database.write() as session:
        personal_data.forget(
            session, actor, jury.clock.now, events=[gallery.current], typed_name="organiser"
        )
    assert same_input.view("jo-2", shared).maker == personal_data.GONE
    with gallery.database.read() as session:
        assert session.get(Sheet, own) is None
        assert session.query(SheetTile).count() == 3
