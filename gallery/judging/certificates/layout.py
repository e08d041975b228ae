"""The certificate as a page, in one layout: PDF, and the picture of it. Same in, same bytes out."""

import io
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, cast

from gallery.judging.certificates import fonts
from gallery.judging.certificates.content import Certificate
from gallery.judging.certificates.fonts import Font
from spaces.look.palette import GROTESK, LIGHT, SERIF

if TYPE_CHECKING:
    from fpdf import FPDF

WIDTH, HEIGHT = 297.0, 210.0
"""A4, lying; millimetres."""
MARGIN = 32.0
PIXELS = 2000
"""The picture's width."""
LINES = 6
"""So many members have a line each."""
KEPT = 64
_one_at_a_time = Lock()
"""Drawing takes a tenth of a second of a core, and PDFium is not to be called from two threads."""


@lru_cache(maxsize=KEPT)
def as_pdf(certificate: Certificate, folder: Path | None) -> bytes:
    """`folder` has the fonts for other scripts. Raises `Invalid` for letters that no font has."""
    with _one_at_a_time:
        found = fonts.chosen((*certificate.texts, certificate.headline), folder)
        return _drawn(certificate, found)


@lru_cache(maxsize=KEPT)
def as_png(certificate: Certificate, folder: Path | None) -> bytes:
    """As `as_pdf`."""
    page = as_pdf(certificate, folder)
    with _one_at_a_time:
        import pypdfium2

        document = pypdfium2.PdfDocument(page)
        try:
            scale = PIXELS / document[0].get_width()
            image = document[0].render(scale=scale).to_pil()
        finally:
            document.close()
    made = io.BytesIO()
    image.save(made, "PNG", optimize=True)
    return made.getvalue()


def _drawn(told: Certificate, found: tuple[Font, ...]) -> bytes:
    from fpdf import FPDF

    pdf = FPDF("landscape", "mm", "A4")
    pdf.set_creation_date(told.at)
    pdf.set_title(fonts.drawable(f"{told.headline}: {told.title}", found))
    pdf.set_lang("en")
    pdf.set_auto_page_break(False)
    for font in found:
        pdf.add_font(font.family, fname=font.path)
    pdf.set_fallback_fonts([font.family for font in found], exact_match=False)
    pdf.set_text_shaping(use_shaping_engine=True)
    pdf.add_page()
    _ground(pdf, has_won=told.has_won)

    def line(text: str, family: str, size: float, colour: str, top: float, most: int = 1) -> float:
        return _text(pdf, fonts.drawable(text, found), family, size, colour, top, most)

    line(told.event, GROTESK, 16, LIGHT.muted, 40)
    line(told.headline, SERIF, 42, LIGHT.accent_text if told.has_won else LIGHT.ink, 51)
    at = line(told.prize, GROTESK, 14, LIGHT.muted, 71) if told.prize else 69
    at = line(told.title, SERIF, 30, LIGHT.ink, at + 10, most=2)
    at = line(told.team, GROTESK, 18, LIGHT.ink, at + 5) + 3
    # Each on a line of its own, where there is room: scripts of both directions would mix in one.
    several = len(told.members) <= LINES
    for member in told.members if several else (", ".join(told.members),):
        at = line(member, GROTESK, 12, LIGHT.muted, at, most=1 if several else 3) + 0.6
    line(told.at.strftime("%-d %B %Y"), GROTESK, 12, LIGHT.muted, HEIGHT - 32)
    return bytes(pdf.output())


def _ground(pdf: "FPDF", *, has_won: bool) -> None:
    pdf.set_fill_color(LIGHT.paper)
    pdf.rect(0, 0, WIDTH, HEIGHT, style="F")
    pdf.set_draw_color(LIGHT.hairline)
    pdf.set_line_width(0.4)
    pdf.rect(12, 12, WIDTH - 24, HEIGHT - 24, style="D", round_corners=True, corner_radius=4)
    if has_won:
        pdf.set_draw_color(LIGHT.accent)
        pdf.set_line_width(1.2)
        pdf.line(WIDTH / 2 - 20, HEIGHT - 36, WIDTH / 2 + 20, HEIGHT - 36)


def _text(
    pdf: "FPDF", text: str, family: str, size: float, colour: str, top: float, most: int
) -> float:
    """Centred, in at most so many lines, smaller where it is long; gives where it ends."""
    pdf.set_text_color(colour)
    room = WIDTH - 2 * MARGIN
    while True:
        pdf.set_font(family, size=size)
        height = size * 0.43
        pdf.set_xy(MARGIN, top)
        lines = cast(
            "list[str]",
            pdf.multi_cell(room, height, text, align="C", dry_run=True, output="LINES"),
        )
        widest = max((pdf.get_string_width(one) for one in lines), default=0)
        if (len(lines) <= most and widest <= room) or size <= 6:
            break
        size *= 0.92
    pdf.set_xy(MARGIN, top)
    pdf.multi_cell(room, height, text, align="C")
    return pdf.get_y()
