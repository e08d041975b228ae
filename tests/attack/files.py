"""Files of the server's: read through a page, or made to hang it."""

import io
import os
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from urllib.parse import quote

from PIL import Image, ImageDraw

from tests.attack import calls
from tests.attack.calls import file
from tests.attack.registry import DEMOS, attack, hold
from tests.attack.targets import SECRET, Target


@cache
def picture() -> bytes:
    """A black square, small."""
    square = Image.new("RGB", (64, 64), "white")
    ImageDraw.Draw(square).rectangle((16, 16, 48, 48), fill="black")
    stream = io.BytesIO()
    square.save(stream, "PNG")
    return stream.getvalue()


def paths(target: Target) -> Iterator[str]:
    """Ways to name the secret, and files that it is never wise to read."""
    secret = str(target.secret)
    link, pipe = target.home / "link.png", target.home / "pipe.png"
    if not link.is_symlink():
        link.symlink_to(target.secret)
        os.mkfifo(pipe)
    yield secret
    yield os.path.relpath(secret)
    yield f"{target.kept}/../secret.txt"
    yield f"{target.kept}/./../{target.secret.name}"
    yield f"/{secret}"
    yield f"{secret}/"
    yield f"{secret}\0.png"
    yield f"file://{secret}"
    yield quote(secret, safe="")
    yield secret.replace("/", "\\")
    yield str(link)
    yield "/proc/self/environ"
    yield "/proc/self/root" + secret
    yield "/dev/fd/0"
    yield "/dev/zero"
    yield str(pipe)
    yield str(target.home)
    yield str(Path("pyproject.toml").resolve())
    yield "pyproject.toml"
    yield ".."
    yield ""
    yield "\\\\localhost\\share\\a.png"
    yield "C:\\Windows\\win.ini"
    yield "a" * 5000
    yield "/" + "a/" * 3000
    yield "\ud800.png"


def require_nothing_told(target: Target, answer: str, sent: str, what: str) -> None:
    """No secret, no traceback, and no path of the server's but the one that was sent."""
    if str(target.secret) in sent:
        answer = answer.replace(str(target.secret), "")
    hold(SECRET not in answer, f"{what} was answered with the secret")
    hold(str(target.home) not in answer, f"{what} was answered with a path of the server's")
    hold("Traceback" not in answer, f"{what} was answered with a traceback")


@attack("a file of the server's as the value of every input of every event")
def values_of_events(target: Target) -> None:
    with target.client() as client:
        for event in list(calls.events(client, target)):
            for place in range(len(event.inputs)):
                for path in (str(target.secret), "/dev/zero"):
                    for value in (file(path), {"file": file(path), "origin": "upload"}, path):
                        data: list[object] = [None] * len(event.inputs)
                        data[place] = value
                        answer = calls.join(client, target, event.number, data)
                        what = f"{path} for input {place} of {event.name}"
                        require_nothing_told(target, answer, path, what)
        hold(not target.shown_secret(), "the secret was copied to where files are served from")


@attack("every way to name a file of the server's, to the page's own reader", ways=DEMOS)
def names_of_files(target: Target) -> None:
    with target.client() as client:
        reader = next(one for one in calls.events(client, target) if one.name == "read_picture")
        for path in paths(target):
            for value in (
                {"file": file(path), "origin": "draw"},
                {"file": {"path": path}, "origin": "draw"},
                {"file": file(path, url=f"/gradio_api/file={path}", is_stream=True)},
            ):
                answer = calls.join(client, target, reader.number, [value, "automatic"])
                require_nothing_told(target, answer, path, f"{path[:60]!r} to the reader")
                hold('"image":"data' not in answer.replace(" ", ""), f"{path[:60]!r} was read")
        hold(target.answers(), "it does not answer any more")
        hold(not target.shown_secret(), "the secret was copied to where files are served from")


@attack("every way to name a file of the server's, to the endpoints", ways=DEMOS)
def names_for_endpoints(target: Target) -> None:
    with target.client() as client:
        for path in paths(target):
            for value in (file(path), {"path": path}, path, [file(path)]):
                answer = calls.control_map(client, target, value)
                require_nothing_told(target, answer, path, f"{path[:60]!r} to /control_map")
                hold("event: complete" not in answer, f"{path[:60]!r} was read")
        hold(target.answers(), "it does not answer any more")
        hold(not target.shown_secret(), "the secret was copied to where files are served from")


@attack("a file of the server's at the address that serves files")
def served_files(target: Target) -> None:
    with target.client() as client:
        for path in paths(target):
            for address in (quote(path.encode("utf-8", "replace"), safe="/"), None):
                if address is None:
                    address = quote(path.encode("utf-8", "replace"), safe="").replace(".", "%2e")
                for route in ("file=", "file/", "stream/", "proxy="):
                    answer = client.get(f"{target.api}/{route}{address}"[:60_000])
                    require_nothing_told(target, answer.text, path, f"{route}{address[:60]}")
                    hold("[project]" not in answer.text, f"{route}{address[:60]} was served")
                    hold(answer.status_code >= 400, f"{route}{address[:60]} was served")


@attack("a neighbour's upload, by all that can be known of it", ways=DEMOS)
def neighbours_file(target: Target) -> None:
    with target.client() as owner, target.client() as stranger:
        name = calls.upload(owner, target, picture(), "holiday.png")
        again = calls.upload(stranger, target, picture(), "holiday.png")
        hold(name != again, "the same picture has the same name for everybody")
        hold(str(target.home) not in name, "an upload is answered with the server's path")
        lies = next((one for one in target.kept.rglob("holiday.png")), None)
        guesses = {name.upper(), name + "/", "./" + name, name[1:], f"{name}/../{name}"}
        if lies is not None:
            guesses |= {str(lies), str(lies.relative_to(target.kept)), lies.name}
        for guess in guesses - {name}:
            answer = calls.control_map(stranger, target, file(guess))
            hold("event: complete" not in answer, f"{guess} was read")
            served = stranger.get(f"{target.api}/file={quote(guess)}")
            hold(served.content != picture(), f"{guess} was served")
        mine = calls.control_map(owner, target, file(name))
        hold("event: complete" in mine, f"one's own file is refused: {mine[:200]}")
        hold(str(target.home) not in mine, "an answer carries a path of the server's")


@attack("an upload to one team's demo, at another team's", ways=("host",))
def neighbour_teams_file(target: Target) -> None:
    other = replace(target, below="/second")
    with target.client() as client:
        name = calls.upload(client, target, picture(), "holiday.png")
        hold(client.get(f"{target.api}/file={quote(name)}").content == picture(), "its own is lost")
        for below in ("/second", "", "/_", "/second/../first/.."):
            api = f"{target.address}{below}/gradio_api"
            answer = client.get(f"{api}/file={quote(name)}")
            hold(answer.content != picture(), f"it was served below {below or '/'}")
        told = calls.control_map(client, other, file(name))
        hold("event: complete" not in told, "it was read by another team's demo")


@attack("paths of the server's in what the page begins with, and in results", ways=DEMOS)
def paths_in_answers(target: Target) -> None:
    with target.client() as client:
        name = calls.upload(client, target, picture(), "a.png")
        texts = [
            client.get(f"{target.address}/").text,
            client.get(f"{target.address}/config").text,
            client.get(f"{target.api}/info").text,
            calls.call(
                client, target, "generate", calls.fields(client, target, picture=file(name))
            ),
        ]
        for event in calls.events(client, target):
            if event.name in ("read_picture", "pick"):
                value = {
                    "file": file(calls.upload(client, target, b"no picture")),
                    "origin": "draw",
                }
                data = [value, "automatic"][: len(event.inputs)]
                texts.append(calls.join(client, target, event.number, data))
        for text in texts:
            hold(str(target.home) not in text, "an answer carries a path of the server's")
            hold(str(Path.cwd()) not in text, "an answer carries a path of the program's")


@attack("what an upload says of itself, served as a page", ways=DEMOS)
def active_files(target: Target) -> None:
    script = b"<html><script>alert(1)</script></html>"
    with target.client() as client:
        for name in ("a.html", "a.svg", "a.xhtml", "a.png.html", "a.js", "a.xml", "a.pdf", "a"):
            kept = calls.upload(client, target, script, name)
            answer = client.get(f"{target.api}/file={quote(kept)}")
            kind = answer.headers["content-type"]
            hold(kind == "application/octet-stream", f"{name} is served as {kind}")
            disposition = answer.headers.get("content-disposition", "")
            hold(disposition.startswith("attachment"), f"{name} is shown in place")
            hold(answer.headers.get("x-content-type-options") == "nosniff", "no nosniff")
