"""Letters that wait are sent: each once, over kills, refusals and servers that are away."""

import email
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from email.message import Message
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from gallery.database.tables import Letter
from gallery.people import notifications, outbox
from gallery.people.notifications import Kind
from gallery.settings import Settings
from tests.gallery.people.conftest import Sprint
from tests.gallery.people.post_office import post_office

__all__ = ["post_office"]

ROOT = Path(__file__).parents[3]
Office = tuple[Settings, list[str]]


@pytest.fixture
def tell(sprint: Sprint) -> Callable[..., None]:
    def tell(*names: str, kind: Kind = Kind.COMMENT, **options: Any) -> None:
        for name in names:
            sprint.give_address(name, f"{name}@example.org")
        to = [sprint.id_of(name) for name in names]
        with sprint.gallery.database.write() as session:
            notifications.tell(
                session,
                sprint.gallery.clock(),
                event=sprint.event,
                kind=kind,
                to=to,
                about=("idea", 7),
                title="Größe says something",
                text="It is this.",
                path="/ideas/7",
                **options,
            )

    return tell


@pytest.fixture
def deliver(sprint: Sprint, post_office: Office) -> Callable[..., int]:
    def deliver(**changed: Any) -> int:
        gallery = sprint.gallery
        settings = gallery.settings.model_copy(
            update={"smtp_url": post_office[0].smtp_url, **changed}
        )
        return outbox.deliver(gallery.database, settings, key=gallery.key, clock=gallery.clock)

    return deliver


def read(raw: str) -> Message:
    return email.message_from_string(raw, policy=default)  # type: ignore[arg-type]


def states(sprint: Sprint) -> list[str]:
    with sprint.gallery.database.read() as session:
        return list(session.scalars(select(Letter.state).order_by(Letter.notification_id)))


def test_a_letter_says_what_happened_where_to_look_and_how_to_hear_no_more(
    tell: Callable[..., None], deliver: Callable[..., int], post_office: Office
) -> None:
    tell("ada")
    assert deliver() == 1
    letter = read(post_office[1][0])
    assert letter["Subject"] == "Größe says something"
    text = letter.get_content()  # type: ignore[attr-defined]
    assert "http://127.0.0.1:7861/summer/ideas/7" in text
    off = letter["List-Unsubscribe"].strip("<>")
    assert off in text
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.slow
def test_each_is_sent_once_also_by_several_at_once(
    sprint: Sprint,
    tell: Callable[..., None],
    deliver: Callable[..., int],
    post_office: Office,
) -> None:
    tell(*(f"person-{number}" for number in range(25)))
    threads = [threading.Thread(target=deliver) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert deliver() == 0
    assert len(post_office[1]) == 25
    assert set(states(sprint)) == {"sent"}


def test_who_reads_in_the_log_was_not_told_by_letter(
    sprint: Sprint, tell: Callable[..., None], deliver: Callable[..., int]
) -> None:
    tell("ada")
    deliver(smtp_url=None)
    assert states(sprint) == ["logged"]
    since = sprint.gallery.clock()
    with sprint.gallery.database.read() as session:
        found = notifications.reached(session, Kind.COMMENT, ("idea", 7), since)
    assert (found.sent, found.waiting) == (0, 0)


@pytest.mark.slow
def test_a_server_that_is_away_is_tried_again_and_not_for_ever(
    sprint: Sprint, tell: Callable[..., None], deliver: Callable[..., int], clock: Any
) -> None:
    tell("ada")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = f"smtp://127.0.0.1:{closed.getsockname()[1]}"
    settings = Settings.model_validate({"smtp_url": nobody})
    for tries in range(1, outbox.TRIES + 1):
        assert states(sprint) == ["waiting"], tries
        assert deliver(smtp_url=settings.smtp_url) == 0
        clock.now += outbox.pause(tries)
    assert states(sprint) == ["failed"]


def test_it_goes_when_the_server_is_back(
    sprint: Sprint,
    tell: Callable[..., None],
    deliver: Callable[..., int],
    post_office: Office,
    clock: Any,
) -> None:
    tell("ada", "ben")
    settings = Settings.model_validate({"smtp_url": "smtp://127.0.0.1:1"})
    assert deliver(smtp_url=settings.smtp_url) == 0
    assert deliver() == 0, "not at once: a server that is away is left alone for a minute"
    clock.now += outbox.pause(1)
    assert deliver() == 2
    assert len(post_office[1]) == 2


def test_one_address_that_is_refused_keeps_no_other(
    sprint: Sprint, tell: Callable[..., None], deliver: Callable[..., int]
) -> None:
    tell("nobody", "ada")
    assert deliver() == 1
    assert states(sprint) == ["failed", "sent"]


def test_what_is_news_no_more_is_not_sent(
    sprint: Sprint, tell: Callable[..., None], deliver: Callable[..., int], clock: Any
) -> None:
    tell("ada", until=clock.now + timedelta(hours=3))
    tell("ben")
    clock.now += timedelta(hours=3)
    assert deliver() == 1
    assert states(sprint) == ["dropped", "sent"]
    tell("cleo")
    clock.now += outbox.STALE
    assert deliver() == 0
    assert states(sprint)[-1] == "dropped"


def test_without_a_mail_server_on_a_public_gallery_letters_wait(
    sprint: Sprint, tell: Callable[..., None], deliver: Callable[..., int]
) -> None:
    tell("ada")
    assert deliver(smtp_url=None, base_url="https://gallery.example") == 0
    assert states(sprint) == ["waiting"]


def test_the_link_in_a_letter_switches_that_kind_off_without_signing_in(
    client: TestClient,
    sprint: Sprint,
    tell: Callable[..., None],
    deliver: Callable[..., int],
    post_office: Office,
) -> None:
    tell("ada")
    deliver()
    path = read(post_office[1][0])["List-Unsubscribe"].strip("<>").partition(":7861")[2]
    assert "Switch them off" in client.get(path).text
    tell("ada")
    assert deliver() == 1, "looking switches nothing off"
    # A mail program's own button sends neither cookies nor an origin (RFC 8058).
    client.headers.pop("Origin")
    answer = client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    tell("ada")
    tell("ada", kind=Kind.RECEIPT)
    assert deliver() == 1
    assert "Größe" in read(post_office[1][2])["Subject"]


def test_what_was_switched_off_while_a_letter_waited_is_not_sent(
    client: TestClient,
    sprint: Sprint,
    tell: Callable[..., None],
    deliver: Callable[..., int],
    post_office: Office,
) -> None:
    tell("ada")
    deliver()
    path = read(post_office[1][0])["List-Unsubscribe"].strip("<>").partition(":7861")[2]
    tell("ada")
    client.post(path)
    assert deliver() == 0
    assert states(sprint) == ["sent", "dropped"]


def test_a_forged_link_switches_nothing_off(client: TestClient, sprint: Sprint) -> None:
    account_id = sprint.id_of("ada")
    for token in ("x", f"{account_id}.comment.0000", f"{account_id}.comment", "a.b.c"):
        assert client.post(f"/news/off/{token}").status_code == 404


@pytest.mark.slow
@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_a_kill_while_a_letter_is_handed_over_loses_it_not_and_the_next_is_known_for_the_same(
    sprint: Sprint,
    tell: Callable[..., None],
    deliver: Callable[..., int],
    post_office: Office,
    clock: Any,
) -> None:
    """The server has the letter and never says so: nobody can know, so it is sent again."""
    tell("ada")
    program = (
        "import sys; from datetime import datetime; from gallery.cli import open_gallery; "
        "from gallery.settings import Settings; from gallery.people import outbox; "
        "gallery = open_gallery(Settings.read()); now = datetime.fromisoformat(sys.argv[1]); "
        "outbox.deliver(gallery.database, gallery.settings, key=gallery.key, clock=lambda: now)"
    )
    taken: list[bytes] = []
    has_it, is_over = threading.Event(), threading.Event()

    def hang(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rwb") as stream:
            stream.write(b"220 here\r\n")
            stream.flush()
            for line in iter(stream.readline, b""):
                if line.upper().startswith(b"DATA"):
                    stream.write(b"354 go on\r\n")
                    stream.flush()
                    taken.extend(iter(stream.readline, b".\r\n"))
                    has_it.set()
                    is_over.wait()  # nor does it hang up: the sender waits for its word
                    return
                stream.write(b"250 fine\r\n")
                stream.flush()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=hang, args=(listener,), daemon=True)
        server.start()
        process = subprocess.Popen(
            [sys.executable, "-c", program, clock.now.isoformat()],
            cwd=ROOT,
            env={
                "DATABASE_URL": str(sprint.gallery.database.url),
                "DATA_DIR": str(sprint.gallery.settings.data_dir),
                "SECRET_KEY": "for tests alone",
                "SMTP_URL": f"smtp://127.0.0.1:{listener.getsockname()[1]}",
            },
        )
        assert has_it.wait(120)
        process.kill()
        process.wait()
        is_over.set()
        server.join()
    assert states(sprint) == ["waiting"]
    assert deliver() == 0, "the claim of who died holds for a while"
    clock.now += outbox.CLAIM
    assert deliver() == 1
    first = email.message_from_bytes(b"".join(taken))
    assert read(post_office[1][0])["Message-ID"] == first["Message-ID"]
    assert states(sprint) == ["sent"]
