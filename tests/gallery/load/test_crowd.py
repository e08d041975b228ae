"""A small crowd on a real server: everybody is answered, and every save is there."""

import pytest

from tests.bench import gallery


@pytest.mark.slow
def test_people_are_answered_while_teams_save_and_no_save_is_lost() -> None:
    report = gallery.bench(people=12, savers=4, submissions=200, seconds=6)
    saves, *_ = report.notes
    assert saves.endswith(" 0 of them lost; 0 answers that were none.")
    assert not saves.startswith("0 saves")
    kinds = {row[0] for row in report.rows}
    assert {"home", "search", "submission", "picture", "save"} <= kinds
