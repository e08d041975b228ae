"""The rubric: what jurors score by stands once demos are handed out, whatever the file says."""

import pytest

from gallery.event.rubric import Criterion, Rubric
from gallery.gallery import Gallery
from gallery.judging import attention, ballots, handing_out, results, rubrics, watching
from gallery.judging.ballots import Said
from gallery.judging.progress import progress
from tests.gallery.judging.conftest import RUBRIC, Jury

CRAFT, IDEA = RUBRIC.criteria


def changed(jury: Jury, *criteria: Criterion) -> Gallery:
    """As if the file had been changed and the gallery started again."""
    gallery, file = jury.gallery, jury.gallery.schedule.files["summer"]
    event = file.model_copy(update={"rubric": Rubric(criteria=criteria)})
    return Gallery(gallery.settings, gallery.database, {event.slug: event}, gallery.clock)


@pytest.fixture
def scored(jury: Jury) -> Jury:
    said = Said({"craft": 5, "idea": 9})
    for demo in jury.demos:
        jury(ballots.finish, "juror", submission_id=demo, number=0, said=said)
    jury.hand_in(2)
    handing_out.hand_out(
        jury.gallery, jury.person("organiser"), event=jury.gallery.current, looks=2
    )
    return jury


@pytest.mark.parametrize(
    "criteria",
    [
        (IDEA,),
        (CRAFT.model_copy(update={"highest": 3}), IDEA),
        (CRAFT, IDEA.model_copy(update={"weight": 7})),
        (CRAFT, IDEA, Criterion(key="charm", name="Charm", weight=1, lowest=1, highest=5)),
    ],
    ids=["removed", "narrowed", "weighed", "added"],
)
def test_criteria_that_are_changed_after_the_handing_out_change_nothing_and_are_told(
    scored: Jury, criteria: tuple[Criterion, ...]
) -> None:
    with scored.gallery.database.read() as session:
        before = results.evidence_of(session, scored.gallery.current)
    scored.gallery = changed(scored, *criteria)
    file = scored.gallery.schedule.files["summer"]
    with scored.gallery.database.read() as session:
        assert results.evidence_of(session, scored.gallery.current) == before
        results.result_of(session, scored.gallery.current, scored.clock.now)
        assert "write them back" in (rubrics.changed_since(session, file) or "")
    scored(watching.outlook, "organiser")
    found = scored(progress, "organiser")
    told = scored(attention.tasks, "organiser", found=found, file=file)
    assert any("The criteria must stay as they were" in one.sentence for one in told)
    said = Said({"craft": 1, "idea": 0})
    scored(ballots.finish, "juror", submission_id=scored.demos[0], number=1, said=said)


def test_other_words_for_the_same_scale_hold(scored: Jury) -> None:
    scored.gallery = changed(scored, CRAFT.model_copy(update={"name": "Handwork"}), IDEA)
    assert scored.gallery.current.rubric.criteria[0].name == "Handwork"
    with scored.gallery.database.read() as session:
        assert rubrics.changed_since(session, scored.gallery.current) is None


def test_before_demos_are_handed_out_the_file_says_what_holds(jury: Jury) -> None:
    jury.gallery = changed(jury, IDEA)
    assert [one.key for one in jury.gallery.current.rubric.criteria] == ["idea"]
