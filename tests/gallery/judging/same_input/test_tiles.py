"""Tiles: in which order demos are asked, and what stopping, a restart and a late answer do."""

import time

from gallery.database.tables import Submission
from gallery.judging.same_input import sheets, tiles
from gallery.judging.same_input.asking import Made
from gallery.judging.same_input.running import Running, running
from gallery.judging.same_input.tiles import Asked, State
from tests.gallery.judging.same_input.conftest import Sheets, made


def take(same_input: Sheets) -> Asked | None:
    with same_input.gallery.database.write() as session:
        return tiles.take(session, same_input.jury.clock.now)


def test_a_sheet_fills_demo_by_demo_and_says_what_each_took(same_input: Sheets) -> None:
    sheet = same_input.make("juror")
    steps = same_input.running()
    for done in (1, 2, 3):
        assert steps.step()
        assert same_input.view("juror", sheet).over == done
    assert not steps.step()
    seen = same_input.view("juror", sheet)
    assert seen.is_over
    assert seen.made == 3
    assert {tile.took for tile in seen.tiles} == {"took words and picture, has no seed"}
    assert all(tile.picture and same_input.is_kept(tile.picture) for tile in seen.tiles)


def test_sheets_are_served_as_they_came_and_each_is_told_what_comes_before(
    same_input: Sheets,
) -> None:
    first, second = same_input.make("juror"), same_input.make("jo-2")
    assert same_input.view("juror", first).before == 0
    assert same_input.view("jo-2", second).before == 3
    steps = same_input.running()
    for _ in range(2):
        steps.step()
    assert same_input.view("jo-2", second).before == 1
    assert State.MADE not in same_input.states(second).values()


def test_a_demo_is_asked_one_thing_at_a_time(same_input: Sheets) -> None:
    demo = same_input.jury.demos[:1]
    same_input.make("juror", demos=demo)
    same_input.make("jo-2", demos=demo)
    assert take(same_input) is not None
    assert take(same_input) is None


def test_a_sheet_is_stopped_at_once_and_a_late_answer_is_dropped(same_input: Sheets) -> None:
    sheet = same_input.make("juror")

    def answer(gallery: object, asked: Asked) -> Made:
        same_input.jury(sheets.stop, "juror", sheet_id=sheet)
        return made(gallery, asked)

    assert same_input.running(answer).step()
    assert set(same_input.states(sheet).values()) == {State.STOPPED}
    seen = same_input.view("juror", sheet)
    assert seen.is_over
    assert "stopped before there was a picture" in seen.tiles[0].says


def test_an_answer_to_an_earlier_try_is_dropped(same_input: Sheets) -> None:
    demo = same_input.jury.demos[0]
    sheet = same_input.make("juror", demos=[demo])
    early = take(same_input)
    assert early is not None
    same_input.jury(sheets.stop, "juror", sheet_id=sheet)
    same_input.jury(sheets.run_again, "juror", sheet_id=sheet, submission_id=demo)
    late = take(same_input)
    assert late is not None
    with same_input.gallery.database.write() as session:
        now = same_input.jury.clock.now
        answered = tiles.Answered(State.DOWN, "too late")
        assert not tiles.finish(session, now, early, answered)
        assert tiles.finish(session, now, late, tiles.Answered(State.SLOW, "in time"))
    assert same_input.states(sheet) == {demo: State.SLOW}


def test_a_restart_interrupts_what_ran_and_goes_on_with_what_waited(same_input: Sheets) -> None:
    sheet = same_input.make("juror")
    ran = take(same_input)  # and then the program ends
    assert ran is not None
    with running(same_input.running()):
        while not same_input.view("juror", sheet).is_over:
            time.sleep(0.02)
    states = same_input.states(sheet)
    assert states.pop(ran.submission_id) == State.INTERRUPTED
    assert set(states.values()) == {State.MADE}
    seen = same_input.view("juror", sheet)
    said = next(tile.says for tile in seen.tiles if tile.state is State.INTERRUPTED)
    assert said == "the gallery was started anew while it ran; run it again"
    same_input.jury(sheets.run_again, "juror", sheet_id=sheet)
    assert same_input.running().step()
    assert set(same_input.states(sheet).values()) == {State.MADE}


def test_only_what_failed_is_run_again_unless_one_demo_is_named(same_input: Sheets) -> None:
    first, second, third = same_input.jury.demos
    sheet = same_input.make("juror")

    def answer(gallery: object, asked: Asked) -> Made:
        if asked.submission_id == second:
            return Made(State.DOWN, "it is down")
        return made(gallery, asked)

    steps = same_input.running(answer)
    while steps.step():
        pass
    same_input.jury(sheets.run_again, "juror", sheet_id=sheet)
    assert same_input.states(sheet) == {
        first: State.MADE,
        second: State.WAITING,
        third: State.MADE,
    }
    same_input.jury(sheets.run_again, "organiser", sheet_id=sheet, submission_id=first)
    assert same_input.states(sheet)[first] == State.WAITING


def test_a_demo_that_left_the_gallery_is_not_asked(same_input: Sheets) -> None:
    demo = same_input.jury.demos[0]
    sheet = same_input.make("juror", demos=[demo])
    with same_input.gallery.database.write() as session:
        session.get_one(Submission, demo).hidden_at = same_input.jury.clock.now
    assert not same_input.running().step()
    assert same_input.states(sheet) == {demo: State.GONE}


def test_a_mistake_of_ours_is_a_tile_too(same_input: Sheets) -> None:
    sheet = same_input.make("juror", demos=same_input.jury.demos[:1])

    def broken(*_: object) -> Made:
        raise RuntimeError("a mistake")

    assert same_input.running(broken).step()
    (tile,) = same_input.view("juror", sheet).tiles
    assert tile.state is State.INTERRUPTED
    assert tile.says == "something here broke while it ran; run it again"


def test_what_is_no_picture_is_said(same_input: Sheets) -> None:
    sheet = same_input.make("juror", demos=same_input.jury.demos[:1])
    odd = Made(State.MADE, "", 2.0, b"\x89PNG\r\n and no more", ("words",))
    assert Running(same_input.gallery, answer=lambda *_: odd).step()
    (tile,) = same_input.view("juror", sheet).tiles
    assert (tile.state, tile.picture, tile.seconds) == (State.NO_PICTURE, None, 2.0)
    assert tile.says.startswith("what it made cannot be shown: ")
    assert tile.took == "took words, has no picture or seed"
