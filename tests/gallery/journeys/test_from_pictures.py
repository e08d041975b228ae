"""From a folder of pictures to a submission in the practice sprint, by the lines of training.md."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from PIL import Image, ImageDraw

from gallery.act import Act
from gallery.database.connection import Database
from gallery.event.load import SHIPPED, load_event
from gallery.gallery import Gallery, utc_now
from gallery.people import accounts, sessions
from gallery.people.openid import HubPerson
from gallery.practice.event import practice_event
from gallery.practice.parts import Addresses, build_parts
from gallery.practice.ports import OWN_DEMOS, is_free
from gallery.practice.process import answers
from gallery.settings import Settings
from gallery.teams import sign_ups, teams, tokens
from inference.checkpoints import save_bundle
from tests.browser import free_port
from tests.gallery.hub_fixtures import ServedHub, served_hub, small_hub
from tests.gallery.practice.small_hub.test_access_tokens import made, token_in
from tests.gallery.serving import served
from tests.tiny import tiny_bundle

__all__ = ["served_hub", "small_hub"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

ROOT = Path(__file__).parents[3]
SECTION = "From a folder of pictures to a demo that is handed in"
NAME, BASE, EVENT = "ada-l", "house/tiny", "practice"
IN_A_HURRY = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
"""Every program here is compiled for a few steps."""
LEFT_OUT = {"HF_ENDPOINT", "HF_TOKEN", "SPRINT_TOKEN"}
COLOURS = ("red", "blue", "green", "orange", "purple", "teal")


def toy(gallery: str, hub: str, port: int) -> dict[str, str]:
    """What stands in the document, and what stands there at toy size, on this machine."""
    return {
        "7863": str(port),  # first: other numbers here may have it in them
        ".venv/bin/pip install -r requirements.txt\n": "",
        ".venv/bin/python": sys.executable,
        "http://127.0.0.1:7861": gallery,
        "http://127.0.0.1:7862": hub,
        "--size 128": "--size 64 --held-out 0.2",
        'base = "embedded"': f'base = "{BASE}"',
        "steps = 3_000": "steps = 2\nevaluate_count = 1\nevaluate_steps = 2",
        "batch_size = 8": "batch_size = 4",
        "warmup = 100": "warmup = 1",
    }


def scripts(changed: dict[str, str]) -> list[str]:
    """The section's blocks for a shell, changed; each change must find its place."""
    document = (ROOT / "docs" / "training.md").read_text("utf-8")
    (section,) = re.findall(rf"(?ms)^## {SECTION}$(.*?)^## ", document)
    whole = "\f".join(re.findall(r"(?ms)^```sh$(.*?)^```$", section))
    for there, instead in changed.items():
        assert there in whole, f"{there!r} is not in the document"
        whole = whole.replace(there, instead)
    return whole.split("\f")


def draw(folder: Path) -> None:
    """A dozen pictures of 64×64 with their captions beside them."""
    folder.mkdir()
    for number in range(12):
        colour, is_round = COLOURS[number % 6], number < 6
        picture = Image.new("RGB", (64, 64), "white")
        pen = ImageDraw.Draw(picture)
        shape = pen.ellipse if is_round else pen.rectangle
        shape((6 + number, 8, 40 + number, 44), fill=colour, outline="black", width=2)
        picture.save(folder / f"{number:02}.png")
        kind = "ball" if is_round else "box"
        (folder / f"{number:02}.txt").write_text(f"a {colour} {kind}, no. {number}")


@pytest.fixture
def hub(small_hub: ServedHub, tmp_path: Path) -> ServedHub:
    """The small Hub, with a base of random weights that is compiled in seconds."""
    save_bundle(tmp_path / "tiny", tiny_bundle(tmp_path / "tiny"))
    found = (path for path in (tmp_path / "tiny").rglob("*") if path.is_file())
    files = {path.relative_to(tmp_path / "tiny").as_posix(): path.read_bytes() for path in found}
    card = (ROOT / "inference" / "embedded" / "README.md").read_bytes()
    small_hub.hub.add_model(BASE, files={**files, "README.md": card})
    return small_hub


@pytest.fixture
def gallery(hub: ServedHub, tmp_path: Path) -> Iterator[Gallery]:
    """The practice's, with its settings, beside the small Hub."""
    archive = load_event(SHIPPED)
    event = practice_event(archive, day=utc_now().date())
    addresses = Addresses(f"http://127.0.0.1:{free_port()}", hub.address, "http://127.0.0.1:9")
    set_up = build_parts(event, tmp_path / "practice", addresses)["gallery"].environment or {}
    given = {name.lower(): value for name, value in set_up.items() if name != "EVENTS"}
    settings = Settings.model_validate(
        {name: value for name, value in given.items() if name in Settings.model_fields}
    )
    settings.data_dir.mkdir()
    database = Database(settings.database)
    database.migrate()
    yield Gallery(settings, database, {each.slug: each for each in (event, archive)})
    database.close()


def a_team_of_one(gallery: Gallery) -> str:
    """As `NAME` signs up, forms it and makes a token on its page: the token."""
    event, now = gallery.current, gallery.clock()
    with gallery.database.write() as session:
        account = accounts.of_hub(session, HubPerson("0" * 24, NAME, "Ada"), now)
        act = Act(session, sessions.actor_for(session, account, [event]), now, event)
        sign_ups.sign_up(act, about="Cats.")
        team = teams.form(act, name="Cats", about="Cats.")
        return tokens.make_token(act, team_id=team.id, label="a terminal")


class Terminal:
    """A shell in a folder; what one block exports, the next one has."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept = folder / ".environment"
        self._kept.write_text("")
        self._environment = {
            **{name: value for name, value in os.environ.items() if name not in LEFT_OUT},
            "PYTHONPATH": str(ROOT),
            "HF_HOME": str(folder / "hub"),
            "XDG_CACHE_HOME": str(ROOT / ".cache"),
            "XLA_FLAGS": IN_A_HURRY,
        }

    def run(self, block: str, *, pasted: str) -> str:
        """What a block of lines says, of which none may fail; `pasted` answers its `read`."""
        done = subprocess.run(
            ["bash", "-c", f". {self._kept}\nset -e\n{block}\nexport -p > {self._kept}"],
            cwd=self._folder,
            env=self._environment,
            input=f"{pasted}\n",
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def running(self, block: str, address: str) -> Iterator[None]:
        """While a block runs that shows a page there, and ends with Ctrl-C."""
        with subprocess.Popen(
            ["bash", "-c", f"exec {block.strip()}"], cwd=self._folder, env=self._environment
        ) as process:
            try:
                until = time.monotonic() + 300
                while not answers(address):
                    assert process.poll() is None, "it ended"
                    assert time.monotonic() < until
                    time.sleep(0.2)
                yield
            finally:
                process.send_signal(signal.SIGINT)
                assert process.wait(120) == 130


def checked(api: str) -> dict[str, str]:
    """Outcomes of the one submission's checks, which run by themselves: the last asks the demo."""
    (entry,) = httpx.get(api, timeout=60).json()
    assert entry["space_id"] == f"{NAME}/cats"
    outcomes: dict[str, str] = {}
    until = time.monotonic() + 300
    while "demo_answers" not in outcomes:
        assert time.monotonic() < until, outcomes
        time.sleep(0.2)
        ran = httpx.get(f"{api}/{entry['id']}/checks", timeout=60).json()
        outcomes = {check["name"]: check["outcome"] for check in ran["results"]}
    return outcomes


def test_a_folder_of_pictures_becomes_a_checked_submission(
    hub: ServedHub, gallery: Gallery, tmp_path: Path
) -> None:
    port = next(port for port in OWN_DEMOS if is_free(port))
    here = tmp_path / "desk"
    here.mkdir()
    draw(here / "my-photos")
    with served(gallery, int(gallery.settings.base_url.rpartition(":")[2])) as site:
        train, show, submit = scripts(toy(site, hub.address, port))
        first, second = Terminal(here), Terminal(here)
        said = first.run(train, pasted=token_in(made(hub, NAME)))
        assert "a demo of it:  python -m spaces new cats --checkpoint runs/cats/model" in said
        with second.running(show, f"http://127.0.0.1:{port}"):
            said = first.run(submit, pasted=a_team_of_one(gallery))
            assert "It can be handed in; 1 to look at." in said, "the story is not written"
            assert "In the gallery it is submitted" in said
            outcomes = checked(f"{site}/api/v1/events/{EVENT}/submissions")
    assert outcomes.pop("team_size") == "warning", "a team of one"
    assert set(outcomes.values()) == {"pass"}, outcomes
    assert {"weights", "model_card", "dataset_card", "demo_answers"} <= outcomes.keys()
