"""The process that is attacked: `python -m tests.attack.serving WAY FOLDER`.

It prints one line of JSON when it serves: its address, where Gradio's page is, a visitor's cookies.
"""

import argparse
import json
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx

from tests.browser import free_port


def main(way: str, home: Path) -> None:
    """Serves until it is killed."""
    {"launched": launched, "host": host, "gallery": gallery}[way](home)


def launched(home: Path) -> None:
    """As a Space is: `launch(build_demo(…))`."""
    from spaces.demo.page import launch

    demo = _demo()
    _, address, _ = launch(demo, server_port=free_port(), prevent_thread_lock=True, quiet=True)
    _tell(address.rstrip("/"))
    demo.block_thread()


def host(home: Path) -> None:
    """As `python -m spaces host` does: two teams' demos on one engine."""
    from spaces.demo.examples import SCENES
    from spaces.host.app import build_host
    from spaces.host.listing import read_listing
    from spaces.host.serving import listening, serve
    from tests.fake_engine import FakeEngine
    from tests.spaces.host.listed import demo, written

    entry = demo(words_alone=True, live=True, examples=[SCENES[0]])
    listing = read_listing(written(home, {"first": entry, "second": entry}))
    engine = FakeEngine(seconds_per_step=0.005)
    with listening("127.0.0.1", free_port()) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        _tell_when_it_answers(address, below="/first")
        serve(build_host(listing, engine, refused={}), listener)


def gallery(home: Path) -> None:
    """As `python -m gallery serve` does, with somebody signed in."""
    from gallery.database.connection import Database
    from gallery.database.tables import Account, SignUp
    from gallery.gallery import Gallery
    from gallery.people import sessions
    from gallery.serving import serve
    from gallery.settings import Settings
    from tests.gallery.summer import summer

    port = free_port()
    address = f"http://127.0.0.1:{port}"
    settings = Settings.model_validate(
        {"base_url": address, "data_dir": home / "data", "poll_minutes": 0, "hf_endpoint": address}
    )
    database = Database(settings.database, journal=settings.sqlite_journal)
    database.migrate()
    now = datetime.now(UTC)
    event = summer(now)
    made = Gallery(settings, database, {event.slug: event})
    with database.write() as session:
        account = Account(name="ada-l", display_name="Ada", hub_name="ada-l", created_at=now)
        session.add(account)
        session.flush()
        session.add(
            SignUp(
                event=event.slug,
                account_id=account.id,
                about="",
                state="accepted",
                created_at=now,
            )
        )
        cookie = sessions.begin(session, account, now, key=made.key)
    _tell_when_it_answers(address, below="/submit", cookies={sessions.COOKIE: cookie})
    serve(argparse.Namespace(host="127.0.0.1", port=port), made)


def _demo():
    from spaces.demo.config import DemoConfig
    from spaces.demo.examples import examples
    from spaces.demo.page import build_demo
    from tests.fake_engine import FakeEngine

    config = DemoConfig(
        title="A demo",
        description="It paints.",
        control="canny",
        words_alone=True,
        live=True,
        examples=examples()[:1],
    )
    return build_demo(config, FakeEngine(seconds_per_step=0.005))


def _tell(address: str, *, below: str = "", cookies: dict[str, str] | None = None) -> None:
    told = {"address": address, "below": below, "cookies": cookies or {}}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def _tell_when_it_answers(
    address: str, *, below: str = "", cookies: dict[str, str] | None = None
) -> None:
    def wait() -> None:
        while True:
            try:
                httpx.get(f"{address}/", timeout=120, trust_env=False)
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                break
        _tell(address, below=below, cookies=cookies)

    threading.Thread(target=wait, daemon=True).start()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
