"""Design tokens as CSS: the fonts, and the palettes as variables, without Gradio."""

import base64
from collections.abc import Callable
from pathlib import Path

from spaces.look.palette import DARK, FONTS, LIGHT, Palette


def tokens(address: Callable[[Path], str]) -> str:
    """Fonts and palettes for a page that is light or dark as the system is."""
    dark = f"@media (prefers-color-scheme:dark){{{variables(':root', DARK)}}}"
    light = variables(":root", LIGHT)
    return f"{font_faces(address)}:root{{color-scheme:light dark}}{light}{dark}\n"


def font_faces(address: Callable[[Path], str], *, display: str = "swap") -> str:
    """`address` says where a page finds a font's file."""
    return "".join(
        f"@font-face{{font-family:'{family}';font-weight:{weights};font-style:normal;"
        f"font-display:{display};src:url({address(file)}) format('woff2')}}"
        for family, (file, weights) in FONTS.items()
    )


def inline(font: Path) -> str:
    """The font in the style sheet itself: no request of its own, and no flash of another one."""
    return f"data:font/woff2;base64,{base64.b64encode(font.read_bytes()).decode()}"


def variables(selector: str, palette: Palette) -> str:
    """`--paper`, `--ink`, `--accent-text`, … for whatever the selector chooses."""
    told = "".join(f"--{name.replace('_', '-')}:{value};" for name, value in vars(palette).items())
    return f"{selector}{{{told}}}"
