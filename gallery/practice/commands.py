"""`python -m gallery practice`: the practice event with its Hub and its demos, on this machine.

Three processes, each with its lines under its name: the small Hub, the gallery, the demos of a
dozen teams on one engine. Laid into the judging phase it is a rehearsal: programs judge some. When
the gallery ends, all of them do; without one of the others it goes on, and a sentence says what is
missing. Only this machine is served, since the practice Hub takes anybody's word for who they are.
"""

import argparse
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import tomlkit

from gallery.event.event import Event
from gallery.event.load import SHIPPED, load_event
from gallery.event.phase import PhaseKey
from gallery.practice.anchor import anchored
from gallery.practice.event import is_rehearsal
from gallery.practice.parts import Addresses, build_parts
from gallery.practice.ports import choose
from gallery.practice.process import Part, Process
from gallery.settings import Settings

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
START_SECONDS = 300
"""The first start also compiles all that it imports; what ends before is noticed at once."""
LOOK_EVERY = 0.5
WITHOUT = {
    "Hub": "nobody can sign in, and nothing new is known of a Space",
    "demo": "Spaces show as down, and the stored pictures are shown instead",
    "entry": "the running demos are not handed in",
    "jury": "no juror scores by itself",
}
PASSING = ("entry", "jury")
"""These end when they have done what they are for."""


def add_commands(commands: Any) -> None:
    """`commands` is what argparse's `add_subparsers` gives."""
    parser = commands.add_parser(
        "practice", help="a practice event around today, with a dozen demos", description=__doc__
    )
    parser.add_argument("--port", type=int, metavar="N", help="the gallery's, 7861 or a free one")
    parser.add_argument("--demo-port", type=int, metavar="N", help="the demo's, 7860 or a free one")
    parser.add_argument("--hub-port", type=int, metavar="N", help="the Hub's, 7862 or a free one")
    parser.add_argument(
        "--today",
        type=PhaseKey,
        choices=list(PhaseKey),
        metavar="PHASE",
        help=f"lay the event anew, so that today lies in PHASE ({', '.join(PhaseKey)})",
    )
    parser.add_argument("--without-demo", action="store_true", help="the gallery and its Hub alone")
    parser.set_defaults(alone=practise)


def practise(options: argparse.Namespace) -> int:
    """0 when it was stopped by Ctrl-C or SIGTERM; 1 when the gallery ended by itself."""
    folder = Settings.read().data_dir.resolve() / "practice"
    event = anchored(
        load_event(SHIPPED), folder / "anchor.json", datetime.now(UTC), phase=options.today
    )
    _write(event, folder / "practice.toml")
    taken: set[int] = set()
    ports = (
        choose(options.port, 7861, option="--port", taken=taken),
        choose(options.hub_port, 7862, option="--hub-port", taken=taken),
        choose(options.demo_port, 7860, option="--demo-port", taken=taken),
    )
    addresses = Addresses(*(f"http://127.0.0.1:{port}" for port in ports))
    parts = build_parts(event, folder, addresses)
    for number in SIGNALS:
        signal.signal(number, _interrupt)
    try:
        with ExitStack() as stack:
            return _look_after(parts, stack, event, addresses, with_demo=not options.without_demo)
    except KeyboardInterrupt:
        print("Stopped", flush=True)
        return 0


def _look_after(
    parts: Mapping[str, Part],
    stack: ExitStack,
    event: Event,
    addresses: Addresses,
    *,
    with_demo: bool,
) -> int:
    """Starts everything, and returns when the gallery has ended."""
    lock = threading.Lock()
    running: list[Process] = []
    stack.callback(_stop, running)

    def tell(name: str, line: str) -> None:
        with lock:
            print(f"{name:>7} | {line}", flush=True)

    def start(name: str) -> Process:
        running.append(Process(parts[name], tell))
        return running[-1]

    hub, gallery = start("Hub"), start("gallery")
    gallery.wait_until_it_answers(START_SECONDS)
    hub.wait_until_it_answers(START_SECONDS)
    for line in _welcome(event, addresses):
        print(line, flush=True)
    others = [hub, *(start(name) for name in PASSING if name in parts)]
    if with_demo:
        others.append(start("demo"))
    while gallery.exit_code is None:
        for process in [other for other in others if other.exit_code is not None]:
            others.remove(process)
            if process.exit_code or process.part.name not in PASSING:
                print(_missing(process), flush=True)
        time.sleep(LOOK_EVERY)
    print(f"The gallery ended (exit code {gallery.exit_code}); its last lines say why", flush=True)
    return 1


def _stop(running: Sequence[Process]) -> None:
    """All are asked before one is waited for."""
    for process in running:
        process.ask_to_end()
    for process in running:
        process.stop()


def _welcome(event: Event, addresses: Addresses) -> list[str]:
    deadline = event.deadline.astimezone().strftime("%-d %B, %H:%M")
    now = datetime.now(UTC)
    hand_in = (
        f"hand in until {deadline}"
        if event.is_open(PhaseKey.SUBMISSION, now)
        else "submission is closed; python -m gallery practice --today submission opens it again"
    )
    return [
        "",
        f"The gallery is at {addresses.gallery} with a practice event: {hand_in}",
        "Sign in by any name; as organiser to see that side. Ctrl-C stops everything.",
        *(
            [
                "A jury is at work: sign in as juror to be one of it, and as organiser to watch it "
                f"at {addresses.gallery}/{event.slug}/organise/jury"
            ]
            if is_rehearsal(event)
            else []
        ),
        f"The demos are starting at {addresses.demo}, the practice Hub is at {addresses.hub}",
        "",
    ]


def _missing(process: Process) -> str:
    name = process.part.name
    return (
        f"The {name} ended (exit code {process.exit_code}): {process.last_words}; "
        f"the gallery goes on, but {WITHOUT[name]}"
    )


def _write(event: Event, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    head = f"# A practice copy of {SHIPPED.name}, written anew at each start.\n\n"
    file.write_text(head + tomlkit.dumps(event.model_dump(exclude_defaults=True)), "utf-8")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """Once: whoever is impatient does not interrupt the stopping, which is bounded."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
