"""Pictures that follow a pen: people in Chromium who draw on the embedded model's demo at once.

Each draws strokes of some seconds, sixty movements a second. Counted is what is shown: the pictures
that come while the pen moves, and the time from the pen's end to the picture of the whole drawing.
The engine's own time for a picture, measured in the same run, says what the rest takes.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.bench.environments import ROOT
from tests.bench.report import Report
from tests.browser import CHROMIUM, FLAGS, free_port

TAKES = "half a minute, and the demo's start"
STROKES, SECONDS = 4, 4
"""Of each person; the first stroke counts for nothing, since something is always loaded late."""
BARS = {1: 8.0, 4: 2.0}
"""Pictures a second of each, by how many people draw, on two quiet cores."""
UP_BAR = 0.2
"""Seconds from the pen's end to the whole drawing's picture, of one person."""

DRAW = """([strokes, seconds]) => {
    const canvas = document.querySelector("#picture canvas");
    canvas.setPointerCapture = () => {};
    const seen = [];
    document.addEventListener("sprint:painted", ({ detail: { stage } }) => {
        const { phase, previews } = stage;
        if (previews?.length || phase !== "following") seen.push({ phase, at: performance.now() });
    });
    const pause = (milliseconds) => new Promise((over) => setTimeout(over, milliseconds));
    const point = (kind, turn, part) => {
        const box = canvas.getBoundingClientRect();
        const angle = 6 * part, reach = 0.1 + 0.08 * turn;
        canvas.dispatchEvent(new PointerEvent(kind, {
            pointerId: 1, bubbles: true,
            clientX: box.left + box.width * (0.5 + reach * Math.cos(angle)),
            clientY: box.top + box.height * (0.5 + reach * Math.sin(angle)),
        }));
    };
    window.measured = (async () => {
        const told = [];
        for (let turn = 1; turn <= strokes; turn++) {
            seen.length = 0;
            const begun = performance.now();
            point("pointerdown", turn, 0);
            while (performance.now() < begun + 1000 * seconds) {
                await pause(1000 / 60);
                point("pointermove", turn, (performance.now() - begun) / 1000 / seconds);
            }
            const up = performance.now();
            point("pointerup", turn, 1);
            while (!seen.some(({ phase }) => phase !== "following")) await pause(5);
            const last = seen.findLast(({ phase }) => phase === "following");
            const during = seen.filter(({ at }) => at <= up).length;
            told.push({ rate: during / ((up - begun) / 1000), up: (last.at - up) / 1000 });
            await pause(300);
        }
        return told;
    })();
}"""


@dataclass
class Engine:
    """Seconds of each picture by its steps, as the demo's process tells them."""

    seconds: dict[int, list[float]] = field(default_factory=dict)

    def read(self, lines: Iterator[str]) -> None:
        for line in lines:
            told = json.loads(line)
            self.seconds.setdefault(told["steps"], []).append(told["seconds"])

    def told(self) -> str:
        return ", ".join(
            f"{1000 * median(seconds):.0f} ms for {steps} steps ({len(seconds)} pictures)"
            for steps, seconds in sorted(self.seconds.items())
        )


def bench(*, people: int) -> Report:
    with serving() as (address, engine), sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        pages = [_opened(chromium.new_context().new_page(), address) for _ in range(people)]
        engine.seconds.clear()
        for page in pages:
            page.evaluate(DRAW, [STROKES, SECONDS])
        told: list[list[dict[str, Any]]] = [page.evaluate("window.measured") for page in pages]
        chromium.close()
    rows = []
    for number, strokes in enumerate(told, 1):
        counted = strokes[1:]
        rate = median(stroke["rate"] for stroke in counted)
        up = median(stroke["up"] for stroke in counted)
        rows.append((f"person {number}", f"{rate:.1f}", f"{1000 * up:.0f}"))
    bar = f"{BARS[people]:g}" if people in BARS else "–"
    rows.append(("the bar", bar, f"{1000 * UP_BAR:.0f}" if people == 1 else "–"))
    return Report(
        f"{people} drawing at once, {STROKES - 1} strokes of {SECONDS} s each",
        ("", "pictures a second", "ms from pen-up to the whole picture"),
        rows,
        (f"The engine's own time for a picture, waiting included: {engine.told()}.",),
    )


def _opened(page: Page, address: str) -> Page:
    page.goto(address)
    page.wait_for_selector("#picture canvas")
    page.fill("#prompt textarea", "a red apple")
    return page


@contextmanager
def serving() -> Iterator[tuple[str, Engine]]:
    """The demo in a process of its own, and what its engine tells."""
    command = [sys.executable, "-m", "tests.bench.live_demo", str(free_port())]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None, "a pipe was asked for"
        try:
            address = server.stdout.readline().strip()
            assert address, "the demo did not start"
            engine = Engine()
            threading.Thread(target=engine.read, args=(server.stdout,), daemon=True).start()
            yield address, engine
        finally:
            server.terminate()
