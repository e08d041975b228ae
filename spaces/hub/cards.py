"""What a complete model card and a complete dataset card say, and what one of them leaves out."""

import re
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt

from spaces.hub.facts import DatasetFacts, ModelFacts

LEAST_LETTERS = 120
"""So long is a description that describes, about two sentences; a section has a quarter of it."""
_PLACEHOLDER = re.compile(
    r"\[\s*(?:more information needed|needs more information|optional)\s*\]", re.IGNORECASE
)
_TRAINING = re.compile(r"train|fine-?tun|dataset|\bdata\b", re.IGNORECASE)
_BASE = re.compile(r"stable[- ]diffusion|base model|from scratch", re.IGNORECASE)
_USE = re.compile(
    r"\bus(?:e|age|ing)\b|inference|example|get(?:ting)? started|how to", re.IGNORECASE
)
_LIMITS = re.compile(
    r"limit|bias|risk|ethic|caveat|out[- ]of[- ]scope|consideration|known (?:issue|failure|problem)"
    r"|weakness|safety",
    re.IGNORECASE,
)
_CONTENTS = re.compile(
    r"structure|field|feature|column|content|format|instance|example|split|composition",
    re.IGNORECASE,
)
_ORIGIN = re.compile(
    r"source|origin|creat|collect|curat|process|prepar|made|annotat|generat", re.IGNORECASE
)


@dataclass(frozen=True)
class CardReport:
    """The parts of a card that are there, and those that are missing, in words for people."""

    present: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return len(self.present) / (len(self.present) + len(self.missing))


def model_card(model: ModelFacts) -> CardReport:
    """Licence, description, training data, how to use it, limitations, and the base model."""
    text = _Card(model.card or "")
    trained_on = bool(model.datasets) or text.has_section(_TRAINING)
    return _report(
        ("the licence", model.license is not None),
        ("a description", text.describes),
        ("the base model", bool(model.base_model) or text.mentions(_BASE)),
        ("what it was trained on", trained_on),
        ("how to use it", text.has_section(_USE) or text.has_code),
        ("its limitations", text.has_section(_LIMITS)),
    )


def dataset_card(dataset: DatasetFacts) -> CardReport:
    """Licence, description, what is in it, where it came from, limitations."""
    text = _Card(dataset.card or "")
    return _report(
        ("the licence", dataset.license is not None),
        ("a description", text.describes),
        ("what is in it", text.has_section(_CONTENTS)),
        ("where it came from", text.has_section(_ORIGIN)),
        ("its limitations", text.has_section(_LIMITS)),
    )


@dataclass
class _Section:
    """A heading and what is below it, up to the next; the first one has no heading."""

    heading: str
    prose: str = ""
    code: str = ""


class _Card:
    """A card's Markdown in sections; comments and the placeholders of templates are no text."""

    def __init__(self, markdown: str) -> None:
        self._sections = [_Section("")]
        is_heading = False
        for token in _markdown().parse(_PLACEHOLDER.sub("", markdown)):
            if token.type == "heading_open":
                is_heading = True
            elif token.type == "inline" and is_heading:
                self._sections.append(_Section(token.content))
                is_heading = False
            elif token.type == "inline":
                self._sections[-1].prose += f"{token.content}\n"
            elif token.type in ("fence", "code_block"):
                self._sections[-1].code += token.content

    @property
    def has_code(self) -> bool:
        return any(section.code for section in self._sections)

    @property
    def describes(self) -> bool:
        """Whether there is prose anywhere; code is none."""
        return any(_letters(section.prose) >= LEAST_LETTERS for section in self._sections)

    def has_section(self, wanted: re.Pattern[str]) -> bool:
        """Whether a heading is about it and something, be it code, is written below."""
        return any(
            wanted.search(section.heading)
            and _letters(section.prose + section.code) >= LEAST_LETTERS // 4
            for section in self._sections
        )

    def mentions(self, wanted: re.Pattern[str]) -> bool:
        return any(wanted.search(section.prose) for section in self._sections)


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table")


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def _report(*parts: tuple[str, bool]) -> CardReport:
    return CardReport(
        present=tuple(name for name, there in parts if there),
        missing=tuple(name for name, there in parts if not there),
    )
