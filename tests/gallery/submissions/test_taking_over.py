"""Whose a Space is: handed in once, taken over from what was collected, or handed over."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from gallery.actor import COMMAND_LINE, Actor
from gallery.database.tables import Like, Submission
from gallery.errors import NotAllowed
from gallery.gallery import Gallery
from gallery.submissions import likes, submissions
from tests.gallery.submissions.conftest import Desk, MakeTeam, content

Person = Callable[[str], Actor]


def test_a_space_is_handed_in_once_but_drafts_keep_nobody_out(desk: Desk, person: Person) -> None:
    ada, eve = person("ada-l"), person("eve-x")
    squatting = desk.draft(eve)
    desk.submit(ada, desk.draft(ada))
    with pytest.raises(NotAllowed, match="the team ada-l has handed this Space in already"):
        desk.submit(eve, squatting)


def _collected(gallery: Gallery, team_id: int, *liked_by: Actor) -> int:
    """Of the Space that `content()` names; gives its id."""
    now = gallery.clock()
    with gallery.database.write() as session:
        submission = Submission(
            event=gallery.current.slug,
            team_id=team_id,
            space_id=content().space_id,
            source="collected",
            state="submitted",
            created_at=now,
            submitted_at=now,
            number=1,
            title="Collected",
            emoji="",
            summary="",
            likes=len(liked_by),
        )
        session.add(submission)
        session.flush()
        for one in liked_by:
            assert one.account_id is not None
            session.add(Like(submission_id=submission.id, account_id=one.account_id, at=now))
        return submission.id


def test_a_team_takes_over_what_was_collected_of_its_space_with_its_likes(
    desk: Desk, person: Person, make_team: MakeTeam, gallery: Gallery
) -> None:
    ada = person("ada-l")
    collected = _collected(gallery, make_team("ada-l on the Hub").id, ada)
    mine = desk.submit(ada, desk.draft(ada))
    assert mine.likes == 1
    with gallery.database.read() as session:
        assert session.get_one(Submission, collected).state == "withdrawn"
        found = submissions.of_space(session, event=gallery.current, space_id=mine.space_id)
        assert found is not None
        assert found.id == mine.id


def test_what_moves_to_a_collected_space_takes_it_over_and_who_liked_both_counts_once(
    desk: Desk, person: Person, make_team: MakeTeam, gallery: Gallery
) -> None:
    ada, bob, eve = person("ada-l"), person("bob-k"), person("eve-x")
    collected = _collected(gallery, make_team("ada-l on the Hub").id, bob, eve)
    mine = desk.submit(ada, desk.draft(ada, space_id="ada-l/first-try"))
    for fan in (ada, bob):
        desk(likes.like, fan, submission_id=mine.id)
    moved = desk.save(ada, mine, mine.number, space_id=content().space_id)
    assert (moved.space_id, moved.likes) == (content().space_id, 3)
    with gallery.database.read() as session:
        before = session.get_one(Submission, collected)
        assert (before.state, before.likes) == ("withdrawn", 0)
        fans = session.scalars(select(Like.account_id).where(Like.submission_id == mine.id)).all()
    assert set(fans) == {ada.account_id, bob.account_id, eve.account_id}
    assert desk.log()[-2:] == ["submission.taken_over", "submission.saved"]


def test_a_team_hands_a_space_in_once_too(desk: Desk, person: Person) -> None:
    ada = person("ada-l")
    desk.submit(ada, desk.draft(ada))
    second = desk.submit(ada, desk.draft(ada, space_id="ada-l/other", title="Other"))
    with pytest.raises(NotAllowed, match=r"your team has .* “Sketch to photo”"):
        desk.save(ada, second, second.number)


def test_organisers_hand_a_submission_to_another_team(
    desk: Desk, person: Person, make_team: MakeTeam
) -> None:
    draft = desk.draft(person("eve-x"))
    team = make_team("Rightful", person("ada-l"))
    handed = {"submission_id": draft.id, "team_id": team.id, "reason": "the Space is theirs"}
    with pytest.raises(NotAllowed):
        desk(submissions.hand_over, person("eve-x"), **handed)
    assert desk(submissions.hand_over, COMMAND_LINE, **handed).team_id == team.id
    assert desk(submissions.hand_over, COMMAND_LINE, **handed).team.name == "Rightful"
