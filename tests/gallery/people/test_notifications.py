"""What people are told: whom it reaches, how, and what they switched off."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from gallery.database.tables import Account, Letter, Notification, NotificationSwitch
from gallery.people import notifications, roles
from gallery.people.notifications import Channel, Kind
from gallery.teams import personal_data
from tests.gallery.people.conftest import Sprint

ABOUT = ("idea", 7)


@pytest.fixture
def tell(sprint: Sprint) -> Callable[..., None]:
    def tell(*names: str, kind: Kind = Kind.COMMENT, **options: Any) -> None:
        to = [sprint.id_of(name) for name in names]
        with sprint.gallery.database.write() as session:
            notifications.tell(
                session,
                sprint.gallery.clock(),
                event=sprint.event,
                kind=kind,
                to=to,
                about=ABOUT,
                title="Ada says something",
                path="/ideas/7",
                **options,
            )

    return tell


def told(sprint: Sprint) -> list[tuple[str, bool, str | None]]:
    """Who was told, whether it is unread, and where the letter is."""
    with sprint.gallery.database.read() as session:
        rows = session.execute(
            select(Account.name, Notification.read_at, Letter.state)
            .join(Notification, Notification.account_id == Account.id)
            .outerjoin(Letter, Letter.notification_id == Notification.id)
            .order_by(Notification.id)
        )
        return [(name, read_at is None, state) for name, read_at, state in rows]


def test_who_gave_an_address_gets_a_letter_and_everybody_a_badge(
    sprint: Sprint, tell: Callable[..., None]
) -> None:
    sprint.give_address("ada", "ada@example.org")
    tell("ada", "ben")
    assert told(sprint) == [("ada", True, "waiting"), ("ben", True, None)]


def test_what_is_switched_off_stays_off_on_its_channel_alone(
    sprint: Sprint, tell: Callable[..., None]
) -> None:
    sprint.give_address("ada", "ada@example.org")
    sprint.give_address("ben", "ben@example.org")
    now = sprint.gallery.clock()
    for name, channel in (("ada", Channel.LETTER), ("ben", Channel.BADGE)):
        account_id = sprint.id_of(name)
        with sprint.gallery.database.write() as session:
            session.add(
                NotificationSwitch(account_id=account_id, kind="comment", channel=channel, at=now)
            )
    tell("ada", "ben")
    tell("ada", "ben", kind=Kind.RECEIPT)
    assert told(sprint) == [
        ("ada", True, None),
        ("ben", False, "waiting"),
        ("ada", True, "waiting"),
        ("ben", True, "waiting"),
    ]


def test_what_has_a_key_is_told_once(sprint: Sprint, tell: Callable[..., None]) -> None:
    tell("ada", key="near")
    tell("ada", "ben", key="near")
    tell("ada", key="nearer")
    assert [name for name, _, _ in told(sprint)] == ["ada", "ben", "ada"]


def test_nobody_is_told_who_left(sprint: Sprint, tell: Callable[..., None]) -> None:
    sprint.give_address("ada", "ada@example.org")
    tell("ada", "ben")
    ada = sprint.person("ada")
    with sprint.gallery.database.write() as session:
        personal_data.forget(
            session, ada, sprint.gallery.clock(), events=[sprint.event], typed_name="ada"
        )
    assert told(sprint) == [("ben", True, None)]
    with sprint.gallery.database.write() as session:
        notifications.tell(
            session,
            sprint.gallery.clock(),
            event=sprint.event,
            kind=Kind.COMMENT,
            to=[ada.account_id, None],
            about=ABOUT,
            title="x",
        )
    assert told(sprint) == [("ben", True, None)]


def test_organisers_are_those_of_the_file_and_those_made_so(sprint: Sprint) -> None:

    sprint.do(roles.give, "organiser", name=sprint.person("ada").name, role="organiser")
    sprint.person("ben")
    with sprint.gallery.database.read() as session:
        found = notifications.organisers(session, sprint.event)
    assert set(found) == {sprint.id_of("organiser"), sprint.id_of("ada")}
