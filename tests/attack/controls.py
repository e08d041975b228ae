"""Further controls and what maps are read with: odd ones, many, others' files, huge ones."""

from typing import Any

from inference.request import MAX_CONTROLS
from tests.attack import calls
from tests.attack.malformed import ODD
from tests.attack.pictures import KEPT, PEAK, huge_webp
from tests.attack.registry import DEMOS, attack, hold
from tests.attack.targets import Target
from tests.inference.strange_files import png

MANY = 2000


@attack("controls that are none, and settings that are no numbers", ways=DEMOS)
def strange_controls(target: Target) -> None:
    before = len(target.log())
    with target.client() as client:
        picture = calls.file(calls.upload(client, target, png(64, 64)))
        one = {"annotator": "palette"}
        strange: list[dict[str, Any]] = [
            *({"more_controls": value} for value in ODD if value not in (None, [])),
            *({"more_controls": [value]} for value in ODD),
            *({"more_controls": [{**one, "scale": value}]} for value in ODD),
            *({"more_controls": [{**one, "end": value}]} for value in ODD),
            *({"more_controls": [{**one, "settings": {"low": value}}]} for value in ODD),
            {"more_controls": [{**one, "settings": {f"n{at}": at for at in range(MANY)}}]},
            {"more_controls": [one] * MANY},
            *({"low_threshold": value} for value in ODD if value is not None),
        ]
        for given in strange:
            data = calls.fields(client, target, picture=picture, steps=1, **given)
            answer = calls.call(client, target, "generate", data)
            what = f"{str(given)[:80]} was answered {answer[:200]}"
            hold("error" in answer, what)
            hold("null" not in answer.partition("event: error")[2][:40], what)
            hold("Traceback" not in answer, what)
    hold("Traceback" not in target.log()[before:], "the log has a traceback")


@attack("a file of the server's as the picture of a further control", ways=DEMOS)
def others_files(target: Target) -> None:
    with target.client() as client:
        picture = calls.file(calls.upload(client, target, png(64, 64)))
        for path in (str(target.secret), "../secret.txt", f"file://{target.secret}"):
            more = [{"picture": calls.file(path), "annotator": "none", "control": "canny"}]
            data = calls.fields(client, target, picture=picture, steps=1, more_controls=more)
            answer = calls.call(client, target, "generate", data)
            hold("uploaded here" in answer, f"{path} was answered {answer[:200]}")
    hold(not target.shown_secret(), "the secret lies where files are served from")


@attack("a request of as many huge pictures as it takes", ways=DEMOS)
def huge_pictures(target: Target) -> None:
    with target.client(seconds=120) as client:
        rest = target.memory()
        pictures = [calls.upload(client, target, huge_webp()) for _ in range(MAX_CONTROLS)]
        lead, *others = map(calls.file, pictures)
        more = [{"picture": one, "annotator": "none", "control": "canny"} for one in others]
        data = calls.fields(client, target, picture=lead, steps=1, more_controls=more)
        answer = calls.call(client, target, "generate", data, seconds=120)
        hold("event: " in answer, f"it was answered {answer[:200]}")
        hold(target.memory() - rest < PEAK, "it holds more than it may while they are read")
    hold(target.memory() - rest < PEAK + KEPT, "it keeps what it read")
