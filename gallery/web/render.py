"""Templates to pages: what every template can use, and the header that all pages share."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path

import nh3
from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markupsafe import Markup
from starlette.responses import HTMLResponse

from gallery.actor import VISITOR, Actor
from gallery.event.event import Event
from gallery.event.phase import told
from gallery.event.zones import in_words
from gallery.gallery import Gallery
from gallery.names import isolated
from gallery.people.texts import count_of
from gallery.web import assets, notices

TEMPLATES = Path(__file__).parents[1] / "pages" / "templates"


def page(
    request: Request,
    template: str,
    *,
    viewer: Actor = VISITOR,
    event: Event | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: object,
) -> HTMLResponse:
    """A whole page. `event` gives the header its name, phase and days left."""
    gallery: Gallery = request.app.state.gallery
    notice = None if values.get("problem") else notices.sentence(request)
    html = (
        _environment()
        .get_template(template)
        .render(
            request=request,
            gallery=gallery,
            viewer=viewer,
            event=event,
            now=gallery.clock(),
            notice=notice,
            **values,
        )
    )
    answer = HTMLResponse(html, status, headers)
    notices.forget(request, answer)
    return answer


def fragment(template: str, **values: object) -> str:
    """A part of a page, for those that are fetched as one types, and for feeds."""
    return _environment().get_template(template).render(**values)


def read_templates() -> None:
    """Every template, before anybody asks: the first pages would wait for it, all at once."""
    environment = _environment()
    for name in environment.list_templates():
        environment.get_template(name)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["asset"] = assets.address
    environment.filters.update(
        count_of=count_of,
        isolated=isolated,
        markdown=markdown,
        sentence=sentence,
        time=time_tag,
        zoned=zoned,
    )
    return environment


@cache
def _markdown() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")
    parser.core.ruler.push("below_the_title", _below_the_title)
    return parser


def _below_the_title(state: StateCore) -> None:
    """The page has its title: the largest heading of a text is the next one, however it began."""
    for token in state.tokens:
        if token.nesting == 1 and token.level == 0:  # each part, by its own first letters
            token.attrSet("dir", "auto")
    headings = [token for token in state.tokens if token.type.startswith("heading_")]
    largest = min((int(token.tag[1]) for token in headings), default=2)
    for token in headings:
        token.tag = f"h{min(int(token.tag[1]) - largest + 2, 4)}"


SCHEMES = {"https", "http", "mailto"}
ATTRIBUTES = {**nh3.ALLOWED_ATTRIBUTES, "*": {"dir"}}


@lru_cache(maxsize=128)
def markdown(text: str) -> Markup:
    """Markdown as safe HTML: no scripts, styles, pictures from elsewhere or odd addresses.

    Remembered, since a story of 20,000 characters can be written so that it takes two seconds.
    """
    html = _markdown().render(text)
    tags = {"p", "br", "em", "strong", "a", "ul", "ol", "li", "code", "pre", "blockquote", "hr"}
    tags |= {"h2", "h3", "h4", "table", "thead", "tbody", "tr", "th", "td"}
    clean = nh3.clean(html, tags=tags, attributes=ATTRIBUTES, url_schemes=SCHEMES)
    return Markup(clean)  # noqa: S704  nh3 has just made it safe


def sentence(words: object) -> str:
    """An error's words as a page begins them: with a capital."""
    text = str(words)
    return text[:1].upper() + text[1:]


def time_tag(when: datetime, form: str = "day") -> Markup:
    """A `<time>` that a script turns into the visitor's zone; UTC for who has none.

    `form` is `day` (8 May), `minute` (8 May, 18:00) or `ago` (3 hours ago).
    """
    shown = when.strftime("%-d %B %Y") if form == "day" else told(when)
    return Markup('<time datetime="{}" data-form="{}">{}</time>').format(
        when.isoformat(), form, shown
    )


def zoned(when: datetime, event: Event) -> Markup:
    """A `<time>` in the event's own zone, which is named: for what nobody may take for another."""
    return Markup('<time datetime="{}">{}</time>').format(
        when.isoformat(), in_words(when, event.zone)
    )
