"""Drawing icon sets into an image folder with captions and canny maps.

    python -m training.embedded.icons --out icons --packages packages

fetches the packages of SETS and OTHER_SETS with npm (kept in `--packages`), draws them on white,
adds recoloured copies, and writes

    images/*.png, canny/*.png    pictures and their control maps
    large/*.png                  each drawing by its source, four times as large (`train_upscaler`)
    metadata.jsonl               image, conditioning_image, text; and set, name, style, look,
                                 colour, source, split
                                 (split: train; held_out; other, for sets never trained on;
                                 left_out, for twins of unseen drawings)
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
from dataclasses import asdict, dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import resvg_py
from jaxtyping import UInt8
from PIL import Image, ImageDraw
from tqdm import tqdm

from inference.controls.canny import canny
from training.data.colours import HUE_WORDS, name_colours, recolour
from training.data.dataset import LARGE
from training.data.held_out import digest
from training.data.names import caption, is_held_out, is_wanted, split_words, subject, vocabulary
from training.data.styles import name_look
from training.embedded.icon_sets import OTHER_SETS, SETS, IconSet
from training.errors import UnreadableIconSet, exit_code

LARGER = 4
"""How many times as high and wide as the others large drawings are."""


@dataclass(frozen=True)
class Config:
    """Draw the data of the embedded model.

    Command: python -m training.embedded.icons --out icons
    Time: about five minutes on two CPU cores.
    Result: about 5,900 icons, 128x128, with five copies of each in another colour and, of those
    that have two colours, three more in two others.
    """

    out: Path
    packages: Path = Path("runs/packages")
    size: int = 128
    copies: int = 5
    pairs: int = 3
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
    look: str
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
    drawn = Image.open(BytesIO(bytes(png)), formats=("PNG",)).convert("RGBA")
    canvas = Image.new("RGBA", (size, size), "white")
    canvas.alpha_composite(drawn, ((size - drawn.width) // 2, (size - drawn.height) // 2))
    return np.asarray(canvas.convert("RGB"))


def copies(
    picture: UInt8[np.ndarray, "H W 3"], config: Config, rng: np.random.Generator
) -> list[UInt8[np.ndarray, "H W 3"]]:
    """The picture with its dominant colour changed to others."""
    dominant = name_colours(picture).dominant
    if dominant not in HUE_WORDS:
        return []
    words = [word for word in HUE_WORDS if word != dominant]
    chosen = [str(word) for word in rng.permutation(words)[: config.copies]]
    changed = [(word, recolour(picture, word, rng)) for word in chosen]
    return [copy for word, copy in changed if name_colours(copy).dominant == word]


def copies_in_two(
    picture: UInt8[np.ndarray, "H W 3"], config: Config, rng: np.random.Generator
) -> list[UInt8[np.ndarray, "H W 3"]]:
    """The picture with both of its colours changed, where it has two and can be told to."""
    second = name_colours(picture).second
    if second is None:
        return []
    made = []
    for _ in range(config.pairs):
        one, other = (str(word) for word in rng.choice(HUE_WORDS, size=2, replace=False))
        copy = recolour(picture, other, rng, of=second)
        named = name_colours(copy)
        if named.dominant not in HUE_WORDS or named.dominant == other:
            continue
        copy = recolour(copy, one, rng)
        named = name_colours(copy)
        if {named.dominant, named.second} == {one, other}:
            made.append(copy)
    return made


def write_icon(icon: Icon, config: Config, *, trained: bool = True) -> list[Row]:
    """Draw one icon into the folder, with recoloured copies if it is of a set to train on."""
    held_out = "held_out" if is_held_out(icon.name) else "train"
    split = held_out if trained else "other"
    picture = draw(icon.svg, config.size)
    rng = np.random.default_rng([config.seed, *icon.prefix.encode(), *icon.key.encode()])
    pictures = [picture]
    if split != "other":
        pictures += [*copies(picture, config, rng), *copies_in_two(picture, config, rng)]
    rows = []
    look = name_look(picture)
    source = f"{icon.prefix}-{re.sub('[^a-z0-9-]', '', icon.key)}"
    large = Image.fromarray(draw(icon.svg, LARGER * config.size))
    large.save(config.out / LARGE / f"{source}.png")
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
                look=look,
                colour=named.dominant,
                split=split,
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
        with Image.open(folder / row.image, formats=("PNG",)) as picture:
            sheet.paste(picture.resize((72, 72)), (x + 12, y))
        for line, start in enumerate(range(0, min(len(row.text), 48), 16)):
            pen.text((x + 2, y + 74 + 10 * line), row.text[start : start + 16], fill="black")
    sheet.save(folder / "sheet.png")


def draw_all(tasks: list[tuple[Icon, Config, bool]]) -> Iterator[list[Row]]:
    """The rows of each icon, in order, drawn by as many processes as there are cores."""
    with multiprocessing.get_context("spawn").Pool() as pool:
        yield from pool.imap(_write_task, tasks, chunksize=32)


def _write_task(task: tuple[Icon, Config, bool]) -> list[Row]:
    icon, config, trained = task
    return write_icon(icon, config, trained=trained)


def write_folder(config: Config) -> None:
    """Fetch, draw, caption and write everything. Raises UnreadableIconSet."""
    paths = {icon_set: fetch(icon_set, config.packages) for icon_set in (*SETS, *OTHER_SETS)}
    packages = [list(read_package(path)["icons"]) for path in paths.values()]
    known = vocabulary(key for keys in packages if any("-" in k for k in keys) for key in keys)
    tasks = [
        (icon, config, icon_set in SETS)
        for icon_set, path in paths.items()
        for icon in read_icons(path, icon_set.style, known)
        if icon_set in SETS or is_held_out(icon.name)
    ]
    for folder in ("images", "canny", LARGE):
        (config.out / folder).mkdir(parents=True, exist_ok=True)
    drawn = draw_all(tasks)
    rows = [row for rows in tqdm(drawn, total=len(tasks)) for row in rows]
    rows = keep_apart(rows, config.out)
    # The list comes last, and at once: where it is, the pictures are all there.
    partial = config.out / "metadata.partial"
    partial.write_text("".join(json.dumps(asdict(row)) + "\n" for row in rows))
    partial.replace(config.out / "metadata.jsonl")
    write_sheet(rows, config.out)


def keep_apart(rows: list[Row], folder: Path) -> list[Row]:
    """Leaves out of training what has, under another name, the very pixels of an unseen drawing.

    With a drawing go all of its copies; nobody is measured on them either.
    """
    pixels = {row.image: digest(_pixels(folder / row.image)) for row in rows}
    unseen = {pixels[row.image] for row in rows if row.split != "train"}
    sources = {row.source for row in rows if row.split == "train" and pixels[row.image] in unseen}
    return [replace(row, split="left_out") if row.source in sources else row for row in rows]


def _pixels(path: Path) -> UInt8[np.ndarray, "H W 3"]:
    with Image.open(path, formats=("PNG",)) as picture:
        return np.asarray(picture.convert("RGB"))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training.embedded.icons",
        description=inspect.getdoc(Config),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=Path, required=True, help="the image folder to write")
    parser.add_argument("--packages", type=Path, default=Config.packages, help="npm packages")
    parser.add_argument("--size", type=int, default=Config.size, help="height and width, pixels")
    parser.add_argument("--copies", type=int, default=Config.copies, help="recoloured copies")
    parser.add_argument("--pairs", type=int, default=Config.pairs, help="copies in two colours")
    config = Config(**vars(parser.parse_args(argv)))
    return exit_code(lambda: write_folder(config))


if __name__ == "__main__":
    sys.exit(main())
