"""Scores as they come in: how sure the podium is, who is strict, where jurors lie apart."""

import pytest

from gallery.errors import NotAllowed
from gallery.judging import ballots, disagreements, results, severities, watching
from gallery.judging.ballots import Said
from gallery.people import roles
from tests.gallery.judging.conftest import Jury


@pytest.fixture
def scored(jury: Jury) -> Jury:
    """Five demos; two jurors who agree on their order, and differ in how much they give."""
    jury.hand_in(2)
    jury.assign_all("jo-3", "jo-4")
    for name, less in (("jo-3", 0), ("jo-4", 2)):
        for place, demo in enumerate(jury.demos):
            said = Said({"craft": max(5 - place - less, 1), "idea": max(9 - 2 * place - less, 0)})
            jury(ballots.finish, name, submission_id=demo, number=0, said=said)
    return jury


def test_the_podium_is_told_with_how_sure_it_is_and_where_to_look(scored: Jury) -> None:
    found = scored(watching.outlook, "organiser")
    assert found is not None
    assert [one.id for one in found.podium] == scored.demos[:3]
    assert 0 < found.certainty < 1
    assert 0 <= found.change < 1
    assert "are the best three with a probability of" in found.sentence
    if not found.is_enough:
        assert "more looks at each demo would change that" in found.sentence
    assert all(0 < one.podium < 1 and one.looks == 2 for one in found.next)


def test_with_three_demos_or_no_score_there_is_nothing_to_watch(jury: Jury) -> None:
    assert jury(watching.outlook, "organiser") is None
    jury.hand_in(2)
    assert jury(watching.outlook, "organiser") is None


@pytest.mark.slow
def test_who_gives_less_is_stricter_by_name(scored: Jury) -> None:
    found = scored(severities.severities, "organiser")
    assert [one.name for one in found] == ["jo-4", "jo-3"]
    assert all(one.lower < one.value < one.upper and one.looks == 5 for one in found)


def test_where_jurors_lie_apart_is_told_with_who_gave_what(jury: Jury) -> None:
    demo = jury.demos[0]
    jury(ballots.finish, "juror", submission_id=demo, number=0, said=Said({"craft": 1, "idea": 5}))
    assert jury(disagreements.disagreements, "organiser") == ()
    jury(ballots.finish, "jo-2", submission_id=demo, number=0, said=Said({"craft": 4, "idea": 6}))
    (found,) = jury(disagreements.disagreements, "organiser")
    assert (found.submission.id, found.criterion) == (demo, "Craft")
    assert found.given == (("juror", 1), ("jo-2", 4))
    assert jury(disagreements.counts, "organiser") == {
        "craft": {1: 1, 2: 0, 3: 0, 4: 1, 5: 0},
        "idea": {score: int(score in (5, 6)) for score in range(10)},
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    "asked",
    [
        watching.outlook,
        severities.severities,
        disagreements.disagreements,
        disagreements.counts,
    ],
)
def test_scores_are_for_organisers_and_for_judging_ones_when_their_own_are_in(
    scored: Jury, asked
) -> None:
    for name in ("jo-3", "ada-l"):
        with pytest.raises(NotAllowed):
            scored(asked, name)
    scored(roles.give, "organiser", name="organiser", role="juror")
    scored.assign_all("organiser")
    with pytest.raises(NotAllowed, match="5 of yours are left"):
        scored(asked, "organiser")
    for demo in scored.demos:
        said = Said({"craft": 3, "idea": 3})
        scored(ballots.finish, "organiser", submission_id=demo, number=0, said=said)
    scored(asked, "organiser")


def test_pseudonyms_lead_back_to_accounts_for_organisers(scored: Jury) -> None:
    names = scored(severities.names_of, "organiser")
    assert sorted(names.values()) == ["jo-3", "jo-4"]
    with scored.gallery.database.read() as session:
        evidence = results.evidence_of(session, scored.gallery.current)
    assert {look.juror for look in evidence.looks} == set(names)
