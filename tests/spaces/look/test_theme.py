import re
from itertools import product

import pytest

from spaces.look.palette import DARK, FONTS, LIGHT, Palette
from spaces.look.theme import build_theme

TEXTS = ("ink", "muted", "accent_text", "success", "warning", "failure")


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("palette", "text", "ground"), list(product((LIGHT, DARK), TEXTS, ("paper", "surface")))
)
def test_text_stands_out_from_its_ground(palette: Palette, text: str, ground: str) -> None:
    assert contrast(getattr(palette, text), getattr(palette, ground)) >= 4.5


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_a_button_can_be_read_and_a_control_seen(palette: Palette) -> None:
    assert contrast(palette.on_fill, palette.fill) >= 4.5
    assert contrast(palette.on_fill, palette.fill_hover) >= 4.5
    assert contrast(palette.control, palette.surface) >= 3
    assert contrast(palette.accent, palette.paper) >= 3


def test_the_theme_loads_nothing_from_elsewhere() -> None:
    theme = build_theme("demo")
    style = theme._get_theme_css()
    assert not re.findall(r"url\((?![\"']?data:)", style)
    assert "@import" not in style
    assert theme._stylesheets == []


def test_the_fonts_are_small_and_carry_their_licence() -> None:
    assert sum(path.stat().st_size for path, _ in FONTS.values()) < 150_000
    for path, _ in FONTS.values():
        licence = path.with_name(path.stem + ".LICENSE.txt").read_text()
        assert "SIL Open Font License, Version 1.1" in licence
