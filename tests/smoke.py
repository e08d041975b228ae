"""What `make run` installs, tried on an interpreter: modules, the practice's pages, a picture.

    python -m tests.smoke

It needs no more than serving does: the first part of requirements.txt, and neither pytest nor a
browser. It prints what it tried and ends with 1 where something failed.
"""

import importlib
import importlib.util
import os
import pkgutil
import platform
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import httpx
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image, ImageDraw

SERVING = ("gallery", "inference", "spaces")
RUN_BY_OTHERS = ("gallery.database.migrations.env", "inference.serving.replicas.router")
"""Not to be imported: the gallery's start runs it, and Ray, which serving does without."""
START_SECONDS = 300
DEMO = "drawing-to-picture"
"""Of the practice's, the one that is asked."""
PAGES = 60
"""How many pages of the gallery are opened, at most."""
LINK = re.compile(r'<a [^>]*href="([^"]+)"')


@dataclass(frozen=True)
class Practice:
    gallery: str
    demo: str


def main() -> int:
    """0 when everything worked."""
    print(f"Python {platform.python_version()}", flush=True)
    print(f"{imported(SERVING)} modules of {', '.join(SERVING)} imported", flush=True)
    count, apart = importable("training")
    also = f", without {', '.join(sorted(apart))}" if apart else ""
    print(f"{count} modules of training imported{also}", flush=True)
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as practice:
        with httpx.Client(follow_redirects=True, timeout=START_SECONDS) as visitor:
            wait_until_it_answers(visitor, practice.gallery)
            sign_in(visitor, practice.gallery)
            print(f"{len(opened(visitor, practice.gallery))} pages of the gallery opened")
            wait_until_it_answers(visitor, f"{practice.demo}/{DEMO}/")
        client = Client(
            f"{practice.demo}/{DEMO}/", verbose=False, httpx_kwargs={"timeout": START_SECONDS}
        )
        print(f"a picture of {painted(client, Path(folder))} painted")
        print(f"a learned annotator: {learned(client, Path(folder))}", flush=True)
        client.close()
    return 0


def imported(packages: Sequence[str]) -> int:
    """How many modules there are in these packages, every one imported."""
    names = [name for package in packages for name in modules(package)]
    for name in names:
        importlib.import_module(name)
    return len(names)


def importable(package: str) -> tuple[int, set[str]]:
    """How many modules of a package can be imported, and which packages the others lack."""
    count, apart = 0, set()
    for name in modules(package):
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            lacking = (error.name or "").partition(".")[0]
            if lacking in (*SERVING, package):
                raise
            apart.add(lacking)
        else:
            count += 1
    return count, apart


def modules(package: str) -> Iterator[str]:
    yield package
    folder = importlib.import_module(package).__path__
    for found in pkgutil.walk_packages(folder, f"{package}."):
        if found.name not in RUN_BY_OTHERS:
            yield found.name


@contextmanager
def running(folder: Path) -> Iterator[Practice]:
    """The practice event, as `make run` starts it, and stopped as Ctrl-C does."""
    ports = free_ports(3)
    options = zip(("--port", "--demo-port", "--hub-port"), map(str, ports), strict=True)
    log = folder / "log.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gallery", "practice"),
                *(each for two in options for each in two),
            ],
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "DATA_DIR": str(folder / "data")},
        )
    try:
        yield Practice(*(f"http://127.0.0.1:{port}" for port in ports[:2]))
        process.send_signal(signal.SIGINT)
        assert process.wait(START_SECONDS) == 0
        assert "Traceback" not in log.read_text("utf-8")
    except BaseException:
        print(log.read_text("utf-8"), file=sys.stderr)
        raise
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(START_SECONDS)


def free_ports(count: int) -> list[int]:
    """Held together, so that they differ."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def wait_until_it_answers(visitor: httpx.Client, address: str) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            visitor.get(address).raise_for_status()
            return
        except httpx.HTTPError:
            if time.monotonic() > until:
                raise
            time.sleep(0.3)


def sign_in(visitor: httpx.Client, gallery: str) -> None:
    """As the organiser, who sees most."""
    asked = visitor.get(f"{gallery}/sign-in/hub?next=/").raise_for_status()
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', asked.text))
    answer = {**fields, "name": "organiser", "answer": "allow"}
    signed_in = visitor.post(asked.url, data=answer).raise_for_status()
    assert "organiser" in signed_in.text


def opened(visitor: httpx.Client, gallery: str) -> list[str]:
    """The gallery's pages that links lead to from the first, each of which must be there."""
    seen, waiting = [], [gallery + "/"]
    while waiting and len(seen) < PAGES:
        address = waiting.pop(0)
        answer = visitor.get(address).raise_for_status()
        seen.append(address)
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        for link in LINK.findall(answer.text):
            found = urldefrag(urljoin(address, link.replace("&amp;", "&"))).url
            if found.startswith(f"{gallery}/") and found not in (*seen, *waiting):
                waiting.append(found)
    return seen


def painted(client: Client, folder: Path) -> str:
    """The size of a picture that the demo made of a drawing."""
    paths, _ = client.predict(
        prompt="a blue teapot, flat icon", picture=drawing(folder), api_name="/generate"
    )
    with Image.open(paths[0]) as picture:
        assert len(picture.convert("RGB").getcolors(maxcolors=2**24)) > 100
        return f"{picture.width}×{picture.height}"


def learned(client: Client, folder: Path) -> str:
    """What the demo says to who asks for an annotator that needs more than serving does."""
    if importlib.util.find_spec("torch") is not None:
        return "not asked, since PyTorch is here"
    said = "nothing"
    try:
        client.predict(picture=drawing(folder), annotator="depth", api_name="/control_map")
    except AppError as error:
        said = str(error)
    assert "install" in said, said
    return said


def drawing(folder: Path) -> dict:
    image = Image.new("RGB", (256, 256), "white")
    ImageDraw.Draw(image).ellipse((48, 80, 208, 220), outline="black", width=8)
    image.save(folder / "drawing.png")
    return handle_file(folder / "drawing.png")


if __name__ == "__main__":
    sys.exit(main())
