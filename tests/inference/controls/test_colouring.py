"""What is drawn in colours is meant to be of those colours, areas and all."""

import numpy as np
from PIL import Image, ImageDraw

from inference.controls.colouring import coloured_in

RED, BLUE, INK = (217, 48, 37), (47, 111, 214), (27, 26, 25)


def drawn() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    sheet = Image.new("RGB", (512, 512), "white")
    return sheet, ImageDraw.Draw(sheet)


def at(filled: np.ndarray, x: float, y: float) -> tuple[int, ...]:
    return tuple(int(one) for one in filled[int(y * len(filled)), int(x * len(filled))])


def test_a_ring_becomes_a_disc_and_what_is_around_it_stays_paper() -> None:
    sheet, pen = drawn()
    pen.ellipse((100, 100, 400, 400), outline=RED, width=11)
    pen.line((10, 480, 500, 480), fill=BLUE, width=11)
    filled = coloured_in(np.asarray(sheet))
    assert filled is not None
    assert np.abs(np.subtract(at(filled, 0.49, 0.49), RED)).max() < 40
    assert at(filled, 0.05, 0.05) == (255, 255, 255)
    assert at(filled, 0.5, 0.85) == (255, 255, 255)


def test_a_scribble_colours_the_room_of_black_lines_that_it_is_in_and_no_other() -> None:
    sheet, pen = drawn()
    pen.rectangle((40, 100, 230, 400), outline=INK, width=11)
    pen.rectangle((280, 100, 470, 400), outline=INK, width=11)
    pen.line((80, 200, 190, 220, 90, 260), fill=BLUE, width=22)
    filled = coloured_in(np.asarray(sheet))
    assert filled is not None
    assert np.abs(np.subtract(at(filled, 0.3, 0.7), BLUE)).max() < 40
    assert at(filled, 0.73, 0.5) == (255, 255, 255)


def test_ink_alone_has_no_colours() -> None:
    sheet, pen = drawn()
    pen.ellipse((100, 100, 400, 400), outline=INK, width=11)
    assert coloured_in(np.asarray(sheet)) is None
