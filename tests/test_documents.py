"""What the documents name is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
PATH = re.compile(r"`((?:docs|gallery|inference|spaces|tests|training)/[\w./-]*)`")
LINK = re.compile(r"\]\(((?!https?:)[^)#]+)\)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_a_document_names_is_there(document: Path) -> None:
    text = document.read_text("utf-8")
    named = {ROOT / path for path in PATH.findall(text)}
    linked = {document.parent / path for path in LINK.findall(text)}
    assert [str(path) for path in sorted(named | linked) if not path.exists()] == []
