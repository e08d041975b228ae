"""The palette: colours of both modes, and the fonts, without Gradio."""

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Palette:
    """The colours of one mode. All text colours have 4.5:1 and more on `paper` and `surface`."""

    paper: str
    surface: str
    ink: str
    muted: str
    hairline: str
    control: str
    accent: str
    accent_text: str
    fill: str
    fill_hover: str
    on_fill: str
    success: str
    warning: str
    failure: str
    shadow: str


LIGHT = Palette(
    paper="#FAF8F5",
    surface="#FFFFFF",
    ink="#1B1A19",
    muted="#6B6762",
    hairline="#E6E1DA",
    control="#8F8982",
    accent="#D9480F",
    accent_text="#B93C0B",
    fill="#C9430E",
    fill_hover="#B0390A",
    on_fill="#FFFFFF",
    success="#2B7240",
    warning="#8A5A00",
    failure="#B42318",
    shadow="0 8px 32px rgb(27 26 25 / 0.14)",
)
DARK = Palette(
    paper="#171614",
    surface="#211F1D",
    ink="#F2EFEB",
    muted="#A8A29B",
    hairline="#36322E",
    control="#7A746D",
    accent="#FF8A4C",
    accent_text="#FF8A4C",
    fill="#FF8A4C",
    fill_hover="#FFA06E",
    on_fill="#171614",
    success="#74CB8C",
    warning="#E5B454",
    failure="#FF8F83",
    shadow="0 8px 32px rgb(0 0 0 / 0.5)",
)

SERIF = "Newsreader"
GROTESK = "Hanken Grotesk"
FONTS = {
    GROTESK: (FOLDER / "fonts" / "hanken-grotesk.woff2", "400 700"),
    SERIF: (FOLDER / "fonts" / "newsreader.woff2", "500"),
}
"""Each family's file and the weights that are in it."""
ICON = FOLDER / "icon.svg"
"""What a browser shows beside the title."""
