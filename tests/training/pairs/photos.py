"""Small pictures with many edges, and folders, Parquet and tars of them."""

import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image, ImageDraw


def photo(number: int, *, size: tuple[int, int] = (120, 96)) -> Image.Image:
    """A few shapes on a shaded ground, different for each number."""
    rng = np.random.default_rng(number)
    ground = np.linspace(rng.uniform(0, 120, 3), rng.uniform(120, 255, 3), size[1])
    image = Image.fromarray(np.repeat(ground[:, None], size[0], axis=1).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for _ in range(4):
        x, y = int(rng.integers(0, size[0])), int(rng.integers(0, size[1]))
        radius = int(rng.integers(6, min(size) // 2))
        colour = tuple(int(value) for value in rng.integers(0, 255, 3))
        shape = draw.ellipse if rng.random() < 0.5 else draw.rectangle
        shape((x - radius, y - radius, x + radius, y + radius), fill=colour)
    return image


def encoded(image: Image.Image, kind: str = "JPEG") -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind)
    return stream.getvalue()


def photo_folder(folder: Path, count: int, **columns: Sequence[Any]) -> Path:
    """JPEG files with captions and these columns in a table."""
    folder.mkdir(parents=True)
    rows = []
    for number in range(count):
        photo(number).save(folder / f"{number:03d}.jpg", quality=92)
        more = {name: values[number] for name, values in columns.items()}
        rows.append({"file_name": f"{number:03d}.jpg", "text": f"picture {number}", **more})
    (folder / "metadata.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def photo_parquet(path: Path, count: int, *, group: int = 4, **columns: Sequence[Any]) -> Path:
    pictures = [{"bytes": encoded(photo(n)), "path": f"{n}.jpg"} for n in range(count)]
    texts = [f"picture {n}" for n in range(count)]
    table = pa.table({"image": pictures, "caption": texts, **columns})
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, row_group_size=group)
    return path


def photo_tar(path: Path, count: int, **columns: Sequence[Any]) -> Path:
    """As img2dataset writes it: picture, caption, and JSON with the rest."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as tar:
        for number in range(count):
            said = {name: values[number] for name, values in columns.items()}
            for suffix, content in (
                ("jpg", encoded(photo(number))),
                ("txt", f"picture {number}".encode()),
                ("json", json.dumps(said).encode()),
            ):
                member = tarfile.TarInfo(f"{number:05d}.{suffix}")
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
    return path
