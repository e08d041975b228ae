"""The examples' pictures: line drawings as a visitor would make them, painted objects, colours.

Coordinates run from 0 to 100, from the top left.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from PIL import Image, ImageDraw, ImageFilter

SIDE = 256
FINE = 4 * SIDE
INK = "#1b1a19"
PEN = 2.2
"""The pen's width, as on the page."""

Points = Sequence[tuple[float, float]]

LINES: dict[str, tuple[Points, ...]] = {
    "apple": (
        ((50, 32), (40, 26), (24, 29), (16, 46), (20, 68), (34, 86), (46, 85), (50, 83)),
        ((50, 83), (55, 85), (67, 86), (80, 68), (84, 46), (75, 29), (60, 26), (50, 32)),
        ((50, 32), (50, 22), (55, 12)),
        ((54, 22), (62, 11), (77, 11), (71, 22), (54, 22)),
    ),
    "teapot": (
        ((30, 38), (22, 54), (25, 74), (36, 84), (62, 84), (74, 74), (77, 54), (69, 38)),
        ((28, 38), (50, 35), (71, 38)),
        ((34, 37), (42, 27), (57, 27), (65, 37)),
        ((50, 26), (46, 20), (50, 16), (54, 20), (50, 26)),
        ((24, 62), (14, 57), (11, 45), (5, 38)),
        ((23, 51), (18, 47), (13, 37), (5, 38)),
        ((74, 45), (89, 42), (94, 54), (88, 66), (76, 68)),
    ),
    "fish": (
        ((8, 52), (22, 36), (42, 30), (60, 38), (74, 50)),
        ((8, 52), (22, 68), (42, 73), (60, 65), (74, 50)),
        ((74, 50), (84, 38), (93, 33)),
        ((93, 33), (88, 50), (93, 69)),
        ((93, 69), (84, 63), (74, 50)),
        ((36, 31), (46, 20), (56, 36)),
        ((22, 46), (24, 44), (26, 46), (24, 48), (22, 46)),
        ((35, 40), (40, 51), (35, 63)),
    ),
    "cactus": (
        ((42, 72), (42, 22), (50, 13), (58, 22), (58, 72)),
        ((42, 54), (26, 54), (21, 47), (21, 36), (26, 31), (31, 36), (31, 44), (42, 45)),
        ((58, 46), (72, 46), (77, 40), (77, 28), (72, 23), (67, 28), (67, 37), (58, 37)),
        ((28, 72), (50, 72), (72, 72)),
        ((28, 72), (36, 92)),
        ((36, 92), (50, 92), (64, 92)),
        ((64, 92), (72, 72)),
    ),
    "boat": (
        ((12, 68), (50, 70), (88, 68)),
        ((12, 68), (22, 84), (36, 88), (62, 88), (78, 84), (88, 68)),
        ((48, 69), (48, 12)),
        ((52, 16), (66, 34), (78, 60)),
        ((78, 60), (65, 60), (52, 60)),
        ((52, 60), (52, 38), (52, 16)),
        ((44, 26), (34, 42), (22, 60)),
        ((22, 60), (33, 60), (44, 60)),
        ((44, 60), (44, 43), (44, 26)),
    ),
    "mushroom": (
        ((12, 54), (18, 30), (36, 17), (50, 14), (64, 17), (82, 30), (88, 54)),
        ((12, 54), (30, 60), (50, 61), (70, 60), (88, 54)),
        ((40, 61), (41, 74), (37, 87)),
        ((60, 61), (59, 74), (63, 87)),
        ((37, 87), (50, 90), (63, 87)),
        ((36, 32), (42, 36), (40, 43), (32, 43), (30, 36), (36, 32)),
        ((62, 30), (69, 34), (68, 42), (60, 43), (57, 36), (62, 30)),
    ),
    "lamp": (
        ((36, 14), (50, 12), (64, 14)),
        ((36, 14), (29, 32), (20, 50)),
        ((64, 14), (71, 32), (80, 50)),
        ((20, 50), (50, 53), (80, 50)),
        ((46, 53), (46, 66), (46, 80)),
        ((54, 53), (54, 66), (54, 80)),
        ((28, 88), (34, 81), (50, 79), (66, 81), (72, 88)),
        ((28, 88), (50, 90), (72, 88)),
    ),
    "key": (
        ((34, 34), (24, 24), (12, 30), (10, 44), (20, 54), (34, 50), (38, 40), (34, 34)),
        ((24, 34), (19, 37), (20, 43), (27, 43), (28, 37), (24, 34)),
        ((37, 44), (60, 63), (84, 84)),
        ((32, 51), (54, 70), (78, 91)),
        ((84, 84), (84, 90), (78, 91)),
        ((56, 72), (50, 80), (56, 86), (62, 78)),
    ),
}
BLOBS: dict[str, tuple[tuple[str, tuple[float, float, float, float]], ...]] = {
    "blob-tree": (
        ("#8a5a34", (42, 54, 58, 90)),
        ("#3f9b4b", (16, 10, 84, 62)),
    ),
    "blob-flower": (
        ("#3f9b4b", (45, 50, 55, 92)),
        ("#e2559b", (20, 8, 80, 62)),
        ("#f7c531", (39, 25, 61, 46)),
    ),
}
"""Ellipses of colour on white, each in a box: left, top, right, bottom."""


def draw(name: str) -> Image.Image:
    """The picture of that name, SIDE x SIDE."""
    if name in LINES:
        return _line_drawing(LINES[name])
    if name in BLOBS:
        return _blobs(BLOBS[name])
    return {"mug": _mug, "balloon": _balloon}[name]()


def _line_drawing(strokes: Sequence[Points]) -> Image.Image:
    image = Image.new("RGB", (FINE, FINE), "white")
    pen = ImageDraw.Draw(image)
    radius = PEN / 100 * FINE / 2
    for stroke in strokes:
        path = smooth(stroke) * (FINE / 100)
        pen.line([tuple(point) for point in path], fill=INK, width=round(2 * radius))
        for x, y in path:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=INK)
    return _small(image)


def _blobs(shapes: Sequence[tuple[str, tuple[float, float, float, float]]]) -> Image.Image:
    image = Image.new("RGB", (FINE, FINE), "white")
    pen = ImageDraw.Draw(image)
    for colour, box in shapes:
        pen.ellipse(_box(*box), fill=colour)
    return _small(image)


def smooth(points: Points, *, per_piece: int = 24) -> Float[np.ndarray, "N 2"]:
    """A curve through the points (Catmull and Rom 1974, uniform)."""
    knots = np.asarray([points[0], *points, points[-1]], np.float64)
    t = np.linspace(0, 1, per_piece, endpoint=False)[:, None]
    pieces = [
        0.5
        * (
            2 * b
            + (c - a) * t
            + (2 * a - 5 * b + 4 * c - d) * t**2
            + (3 * b - a - 3 * c + d) * t**3
        )
        for a, b, c, d in zip(knots, knots[1:], knots[2:], knots[3:], strict=False)
    ]
    return np.concatenate([*pieces, knots[-1:]])


def _mug() -> Image.Image:
    image, light = _table()
    handle = Image.new("L", image.size)
    pen = ImageDraw.Draw(handle)
    pen.ellipse(_box(62, 40, 88, 68), fill=255)
    pen.ellipse(_box(68, 46, 82, 62), fill=0)
    body = Image.new("L", image.size)
    pen = ImageDraw.Draw(body)
    pen.rounded_rectangle(_box(24, 28, 70, 80), radius=FINE // 12, fill=255)
    image.paste(_shaded(light, (232, 178, 32)), mask=handle)
    image.paste(_shaded(light, (244, 196, 48)), mask=body)
    ImageDraw.Draw(image).ellipse(_box(24, 22, 70, 36), fill=(150, 104, 20))
    return _small(image)


def _balloon() -> Image.Image:
    image, light = _table(sky=True)
    pen = ImageDraw.Draw(image)
    string = smooth(((50, 70), (47, 80), (53, 88), (49, 98))) * (FINE / 100)
    pen.line([tuple(point) for point in string], fill=(90, 90, 96), width=FINE // 120)
    body = Image.new("L", image.size)
    shape = ImageDraw.Draw(body)
    shape.ellipse(_box(26, 8, 74, 66), fill=255)
    shape.polygon([(_at(50)), (_at(62)), (_at(45)), (_at(72)), (_at(55)), (_at(72))], fill=255)
    image.paste(_shaded(light, (134, 76, 190)), mask=body)
    return _small(image)


def _table(*, sky: bool = False) -> tuple[Image.Image, Float[np.ndarray, "F F"]]:
    """A plain background, and how much light falls where: from the upper left."""
    rows, columns = np.mgrid[0:FINE, 0:FINE] / FINE
    light = 1.12 - 0.55 * np.hypot(columns - 0.38, rows - 0.3)
    ground = (206, 224, 238) if sky else (238, 232, 224)
    return _shaded(0.4 * light + 0.6, ground), light


def _shaded(light: Float[np.ndarray, "F F"], colour: tuple[int, int, int]) -> Image.Image:
    return Image.fromarray(np.clip(light[:, :, None] * np.asarray(colour), 0, 255).astype(np.uint8))


def _at(percent: float) -> float:
    return percent / 100 * FINE


def _box(left: float, top: float, right: float, bottom: float) -> tuple[float, ...]:
    return tuple(_at(edge) for edge in (left, top, right, bottom))


def _small(image: Image.Image) -> Image.Image:
    soft = image.filter(ImageFilter.GaussianBlur(FINE / 1000))
    return soft.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
