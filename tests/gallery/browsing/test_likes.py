"""Likes: one per account, by people, of what everybody can see."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from gallery.act import Act
from gallery.actor import VISITOR, Actor
from gallery.database.tables import Like, LogEntry, Submission
from gallery.errors import NotAllowed, NotFound, NotSignedIn
from gallery.gallery import Gallery
from gallery.submissions import likes
from tests.gallery.browsing.conftest import HandedIn

People = Callable[[str], Actor]


def act(gallery: Gallery, verb: Callable[..., Submission], actor: Actor, submission_id: int) -> int:
    with gallery.database.write() as session:
        event, now = gallery.current, gallery.clock()
        return verb(Act(session, actor, now, event), submission_id=submission_id).likes


def test_liking_twice_is_liking_once_and_it_can_be_taken_back(
    gallery: Gallery, handed_in: HandedIn, person: People
) -> None:
    demo, actor = handed_in(1), person("ada-l")
    assert act(gallery, likes.like, actor, demo) == 1
    assert act(gallery, likes.like, actor, demo) == 1
    assert act(gallery, likes.like, person("team-lead"), demo) == 2
    assert act(gallery, likes.unlike, actor, demo) == 1
    assert act(gallery, likes.unlike, actor, demo) == 1
    with gallery.database.read() as session:
        actions = session.scalars(select(LogEntry.action).order_by(LogEntry.id)).all()
        assert not likes.is_liked(session, actor, demo)
        assert not likes.is_liked(session, VISITOR, demo)
    assert [a for a in actions if "like" in a] == [
        "submission.liked",
        "submission.liked",
        "submission.unliked",
    ]


def test_visitors_and_tokens_cannot_like_and_drafts_cannot_be_liked(
    gallery: Gallery, handed_in: HandedIn, person: People
) -> None:
    demo, actor = handed_in(1), person("ada-l")
    draft = handed_in(2, state="draft", members=(actor.account_id,))
    with pytest.raises(NotSignedIn, match="sign in to like a demo"):
        act(gallery, likes.like, VISITOR, demo)
    with pytest.raises(NotAllowed):
        act(gallery, likes.like, replace(actor, token_team_id=1), demo)
    with pytest.raises(NotFound):
        act(gallery, likes.like, actor, draft)
    with pytest.raises(NotFound):
        act(gallery, likes.like, person("team-lead"), draft)
    with pytest.raises(NotFound):
        act(gallery, likes.like, actor, 2**40)


def test_many_likes_at_once_are_all_counted(
    gallery: Gallery, handed_in: HandedIn, person: People
) -> None:
    demo = handed_in(1)
    actors = [person(f"fan-{number}") for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda actor: act(gallery, likes.like, actor, demo), actors * 2))
    with gallery.database.read() as session:
        rows = session.scalar(select(func.count()).select_from(Like))
        assert (rows, session.get_one(Submission, demo).likes) == (8, 8)
