"""Which language a browser gets, and that each catalogue says the same things."""

import re

import pytest

from spaces.demo.languages import ENGLISH, LANGUAGES, catalogue, preferred, script

OTHERS = [language for language in LANGUAGES if language != ENGLISH]


@pytest.mark.parametrize(
    ("wished", "got"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("nl, fr;q=0.5, es;q=0.7", "es"),
        ("zh-Hant-TW", "zh"),
        ("JA", "ja"),
        ("fr;q=0, es;q=0.1", "es"),
        ("fr;q=0", "en"),
        ("en-GB, de;q=0.9", "en"),
        ("*", "en"),
        ("de;q=x", "en"),
        ("de;q=7, fr", "de"),
        ("; ,,;;q=1, =", "en"),
        ("x," * 10_000 + "de", "en"),
    ],
)
def test_a_browser_gets_the_language_that_it_prefers(wished: str, got: str) -> None:
    assert preferred(wished) == got


def test_five_languages_stand_beside_english() -> None:
    assert OTHERS == ["de", "es", "fr", "ja", "zh"]
    assert catalogue(ENGLISH) == {}


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_says_all_that_the_others_say_with_the_same_holes(language: str) -> None:
    words = catalogue(language)
    assert list(words) == list(catalogue("de"))
    for english, own in words.items():
        assert own.strip() == own != ""
        assert sorted(re.findall(r"\{\d\}", english)) == sorted(re.findall(r"\{\d\}", own))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_cannot_end_the_script_that_it_stands_in(language: str) -> None:
    text = script(language)
    assert text.count("<") == 2
    assert text.strip().endswith("</script>")
