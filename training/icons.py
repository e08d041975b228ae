"""Drawing icon sets into an image folder with captions and canny maps.

    python -m training.icons --out icons --packages packages

fetches the four packages of SETS with npm (kept in `--packages`), draws them on white, adds
recoloured copies, and writes

    images/*.png, canny/*.png    pictures and their control maps
    metadata.jsonl               image, conditioning_image, text; and set, name, split, colour
    sheet.png                    a few hundred of them, to look at
"""

import argparse
import inspect
import json
import multiprocessing
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import resvg_py
from jaxtyping import UInt8
from PIL import Image, ImageDraw
from tqdm import tqdm

from inference.canny import canny
from training.colours import HUE_WORDS, name_colours, recolour
from training.errors import UnreadableIconSet, exit_code
from training.names import caption, is_held_out, is_wanted, split_words, subject, vocabulary


@dataclass(frozen=True)
class IconSet:
    """An npm package of icons: the word for its style, and whose work it is."""

    package: str
    version: str
    style: str
    title: str
    author: str
    licence: str
    url: str


SETS = (
    IconSet(
        package="@iconify-json/fluent-emoji",
        version="1.2.7",
        style="shaded",
        title="Fluent Emoji",
        author="Microsoft Corporation",
        licence="MIT",
        url="https://github.com/microsoft/fluentui-emoji",
    ),
    IconSet(
        package="@iconify-json/fluent-emoji-flat",
        version="1.2.6",
        style="flat",
        title="Fluent Emoji Flat",
        author="Microsoft Corporation",
        licence="MIT",
        url="https://github.com/microsoft/fluentui-emoji",
    ),
    IconSet(
        package="@iconify-json/noto",
        version="1.2.9",
        style="soft",
        title="Noto Emoji",
        author="Google Inc",
        licence="Apache-2.0",
        url="https://github.com/googlefonts/noto-emoji",
    ),
    IconSet(
        package="@iconify-json/fxemoji",
        version="1.2.2",
        style="bold",
        title="Firefox OS Emoji",
        author="Mozilla",
        licence="Apache-2.0",
        url="https://github.com/mozilla/fxemoji",
    ),
)


@dataclass(frozen=True)
class Config:
    """Draw the data of the embedded model.

    Command: python -m training.icons --out icons
    Time: about a minute on two CPU cores.
    Result: about 5,900 icons and five recoloured copies of each, 64x64.
    """

    out: Path
    packages: Path = Path("runs/packages")
    size: int = 64
    copies: int = 5
    seed: int = 0


@dataclass(frozen=True)
class Icon:
    """One icon to draw: its SVG, its name in the set, and the name in words."""

    prefix: str
    key: str
    name: str
    style: str
    svg: str


@dataclass(frozen=True)
class Row:
    """A line of metadata.jsonl. `source` is the same for an icon and its recoloured copies."""

    image: str
    conditioning_image: str
    text: str
    set: str
    name: str
    style: str
    colour: str
    split: str
    source: str


def fetch(icon_set: IconSet, packages: Path) -> Path:
    """The set's icons.json, fetched with npm unless it is there already."""
    folder = packages / f"{icon_set.package.rsplit('/', 1)[1]}-{icon_set.version}"
    icons = folder / "package" / "icons.json"
    if not icons.exists():
        folder.mkdir(parents=True, exist_ok=True)
        packed = subprocess.run(  # noqa: S603
            ["npm", "pack", "--silent", f"{icon_set.package}@{icon_set.version}"],  # noqa: S607
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if packed.returncode != 0:
            raise UnreadableIconSet(
                f"{icon_set.package}@{icon_set.version} must come from the npm registry, got "
                f"{packed.stderr.strip().splitlines()[-1:]}; connect to the network, or unpack "
                f"the package into {folder}"
            )
        with tarfile.open(folder / packed.stdout.strip().splitlines()[-1]) as archive:
            archive.extractall(folder, filter="data")
    return icons


def read_icons(path: Path, style: str, known: frozenset[str]) -> list[Icon]:
    """The icons of one icons.json that are worth drawing, in the order of their names."""
    content = read_package(path)
    shown = {key: icon for key, icon in content["icons"].items() if not icon.get("hidden")}
    names = frozenset(shown)
    width, height = content.get("width", 16), content.get("height", 16)
    icons = []
    for key in sorted(names):
        if not is_wanted(key, names):
            continue
        icon = shown[key]
        box = (
            f"{icon.get('left', 0)} {icon.get('top', 0)} "
            f"{icon.get('width', width)} {icon.get('height', height)}"
        )
        svg = (
            '<svg xmlns="http://www.w3.org/2000/svg" '
            f'xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="{box}">{icon["body"]}</svg>'
        )
        icons.append(Icon(content["prefix"], key, subject(split_words(key, known)), style, svg))
    return icons


def read_package(path: Path) -> dict[str, Any]:
    """An icons.json; its `prefix` and `icons` are known to be there."""
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise UnreadableIconSet(
            f"{path} must be the icons.json of an icon package, got {error}; fetch it again"
        ) from error
    if not isinstance(content, dict) or not {"prefix", "icons"} <= content.keys():
        raise UnreadableIconSet(
            f"{path} must have the fields prefix and icons, got "
            f"{sorted(content) if isinstance(content, dict) else type(content).__name__}; "
            "fetch an @iconify-json package"
        )
    return content


def draw(svg: str, size: int) -> UInt8[np.ndarray, "H W 3"]:
    """The SVG on white, `size` pixels high and wide, in the middle if it is not square."""
    png = resvg_py.svg_to_bytes(svg_string=svg, width=size, height=size, skip_system_fonts=True)
    drawn = Image.open(BytesIO(bytes(png))).convert("RGBA")
    canvas = Image.new("RGBA", (size, size), "white")
    canvas.alpha_composite(drawn, ((size - drawn.width) // 2, (size - drawn.height) // 2))
    return np.asarray(canvas.convert("RGB"))


def write_icon(icon: Icon, config: Config) -> list[Row]:
    """Draw one icon and its recoloured copies into the folder."""
    picture = draw(icon.svg, config.size)
    rng = np.random.default_rng([config.seed, *icon.prefix.encode(), *icon.key.encode()])
    colours = name_colours(picture)
    pictures = [picture]
    if colours.dominant in HUE_WORDS:
        others = [word for word in HUE_WORDS if word != colours.dominant]
        for word in rng.permutation(others)[: config.copies]:
            copy = recolour(picture, str(word), rng)
            if name_colours(copy).dominant == word:
                pictures.append(copy)
    rows = []
    source = f"{icon.prefix}-{re.sub('[^a-z0-9-]', '', icon.key)}"
    for i, pixels in enumerate(pictures):
        file = f"{source}-{i}.png"
        named = name_colours(pixels)
        Image.fromarray(pixels).save(config.out / "images" / file)
        Image.fromarray(canny(pixels)[:, :, 0]).save(config.out / "canny" / file)
        rows.append(
            Row(
                image=f"images/{file}",
                conditioning_image=f"canny/{file}",
                text=caption(icon.name, icon.style, named),
                set=icon.prefix,
                name=icon.name,
                style=icon.style,
                colour=named.dominant,
                split="held_out" if is_held_out(icon.name) else "train",
                source=source,
            )
        )
    return rows


def write_sheet(rows: list[Row], folder: Path, *, count: int = 240, columns: int = 24) -> None:
    """A contact sheet of rows spread over the whole set, with their captions."""
    chosen = [rows[i] for i in np.linspace(0, len(rows) - 1, count).astype(int)]
    cell_width, cell_height = 96, 108
    sheet = Image.new("RGB", (columns * cell_width, -(-count // columns) * cell_height), "white")
    pen = ImageDraw.Draw(sheet)
    for i, row in enumerate(chosen):
        x, y = i % columns * cell_width, i // columns * cell_height
        with Image.open(folder / row.image) as picture:
            sheet.paste(picture.resize((72, 72)), (x + 12, y))
        for line, start in enumerate(range(0, min(len(row.text), 48), 16)):
            pen.text((x + 2, y + 74 + 10 * line), row.text[start : start + 16], fill="black")
    sheet.save(folder / "sheet.png")


def draw_all(icons: list[Icon], config: Config) -> Iterator[list[Row]]:
    """The rows of each icon, in order, drawn by as many processes as there are cores."""
    tasks = [(icon, config) for icon in icons]
    with multiprocessing.get_context("spawn").Pool() as pool:
        yield from pool.imap(_write_task, tasks, chunksize=32)


def _write_task(task: tuple[Icon, Config]) -> list[Row]:
    return write_icon(*task)


def write_folder(config: Config) -> None:
    """Fetch, draw, caption and write everything. Raises UnreadableIconSet."""
    paths = {icon_set: fetch(icon_set, config.packages) for icon_set in SETS}
    packages = [list(read_package(path)["icons"]) for path in paths.values()]
    known = vocabulary(key for keys in packages if any("-" in k for k in keys) for key in keys)
    icons = [i for s, path in paths.items() for i in read_icons(path, s.style, known)]
    for folder in ("images", "canny"):
        (config.out / folder).mkdir(parents=True, exist_ok=True)
    rows = [row for rows in tqdm(draw_all(icons, config), total=len(icons)) for row in rows]
    with (config.out / "metadata.jsonl").open("w") as file:
        file.writelines(json.dumps(asdict(row)) + "\n" for row in rows)
    write_sheet(rows, config.out)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training.icons",
        description=inspect.getdoc(Config),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=Path, required=True, help="the image folder to write")
    parser.add_argument("--packages", type=Path, default=Config.packages, help="npm packages")
    parser.add_argument("--size", type=int, default=Config.size, help="height and width, pixels")
    parser.add_argument("--copies", type=int, default=Config.copies, help="recoloured copies")
    config = Config(**vars(parser.parse_args(argv)))
    return exit_code(lambda: write_folder(config))


if __name__ == "__main__":
    sys.exit(main())
