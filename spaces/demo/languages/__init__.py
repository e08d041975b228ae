"""The page in the visitor's language: catalogues by English words, and which one a browser gets.

`LANGUAGE.json` has for each sentence of the page, or pattern with `{0}`, `{1}`, …, what is said in
that language. What it does not have, such as a team's own words, stays as it is.
"""

import json
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
ENGLISH = "en"
LANGUAGES = (ENGLISH, *sorted(file.stem for file in FOLDER.glob("*.json")))
GRADIOS = {"zh": "zh-CN"}
"""What Gradio calls a language, where that is not its code: its own few words follow, too."""
LONGEST = 500
"""Of an Accept-Language header; more of it is not read."""


def preferred(accept_language: str) -> str:
    """The language of ours that a browser prefers (RFC 9110, 12.5.4), English if there is none."""
    wishes: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept_language[:LONGEST].split(",")):
        tag, _, weight = part.partition(";")
        language = tag.strip().partition("-")[0].casefold()
        if language in LANGUAGES and (quality := _quality(weight)) > 0:
            wishes.append((-quality, place, language))
    return min(wishes)[2] if wishes else ENGLISH


def _quality(weight: str) -> float:
    name, _, value = weight.strip().partition("=")
    try:
        return min(max(float(value), 0.0), 1.0) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0


@cache
def catalogue(language: str) -> dict[str, str]:
    """English to `language`; nothing for English."""
    if language == ENGLISH:
        return {}
    return json.loads((FOLDER / f"{language}.json").read_text("utf-8"))


@cache
def script(language: str) -> str:
    """The script that goes first in the page's head."""
    told = {
        "language": language,
        "called": GRADIOS.get(language, language),
        "words": catalogue(language),
    }
    # A catalogue cannot end the script that it stands in.
    text = json.dumps(told, ensure_ascii=False).replace("<", "\\u003c")
    code = (FOLDER / "speaking.js").read_text("utf-8")
    return f"\n\t\t<script>\n(() => {{\n{code}\nspeak({text});\n}})();\n\t\t</script>"
