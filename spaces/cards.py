"""What a complete model card and a complete dataset card say, and what one of them leaves out."""

import re
from dataclasses import dataclass

from spaces.facts import DatasetFacts, ModelFacts

LEAST_LETTERS = 120
"""So long is a description that describes, about two sentences; a section has a quarter of it."""
_FENCE = re.compile(r"^(```|~~~).*?^\1[^\n]*$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)
_PLACEHOLDER = re.compile(
    r"\[\s*(?:more information needed|needs more information|optional)\s*\]|<!--.*?-->",
    re.IGNORECASE | re.DOTALL,
)
_TRAINING = re.compile(r"train|fine-?tun|dataset|\bdata\b", re.IGNORECASE)
_USE = re.compile(
    r"\bus(?:e|age|ing)\b|inference|example|get(?:ting)? started|how to", re.IGNORECASE
)
_LIMITS = re.compile(
    r"limit|bias|risk|ethic|caveat|out[- ]of[- ]scope|consideration|known issue|safety",
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
        ("the base model", bool(model.base_model) or text.mentions("stable diffusion")),
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


class _Card:
    """A card's Markdown as sections; the placeholders of templates do not count as text."""

    def __init__(self, markdown: str) -> None:
        self.has_code = _FENCE.search(markdown) is not None
        pieces = _HEADING.split(_hidden_headings(_PLACEHOLDER.sub("", markdown)))
        self._texts = pieces[::2]
        self._sections = list(zip(pieces[1::2], pieces[2::2], strict=True))

    @property
    def describes(self) -> bool:
        """Whether there is prose anywhere; code is none."""
        return any(_letters(_FENCE.sub("", text)) >= LEAST_LETTERS for text in self._texts)

    def has_section(self, wanted: re.Pattern[str]) -> bool:
        """Whether a heading is about it and something, be it code, is written below."""
        return any(
            wanted.search(heading) and _letters(text) >= LEAST_LETTERS // 4
            for heading, text in self._sections
        )

    def mentions(self, words: str) -> bool:
        return any(words in text.casefold() for text in self._texts)


def _hidden_headings(markdown: str) -> str:
    """Comments in code begin with `#` too; they are moved in by a space."""
    return _FENCE.sub(lambda fence: fence[0].replace("\n#", "\n #"), markdown)


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def _report(*parts: tuple[str, bool]) -> CardReport:
    return CardReport(
        present=tuple(name for name, there in parts if there),
        missing=tuple(name for name, there in parts if not there),
    )
