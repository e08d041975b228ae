"""Which names are the same, and which texts show nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gallery.names import is_visible, isolated, name_key

SAME = (
    ("École", "ÉCOLE", "école", "ecole", "E\u0301cole", "Ｅｃｏｌｅ", " École ", "É\u200bcole"),
    ("Deep sea", "deep\u00a0sea", "Deep  Sea", "Deep \u2060sea", "DEEP\u2003SEA", "Deep\u3000sea"),
    ("Straße", "STRASSE", "strasse"),
    ("İstanbul", "istanbul"),
    ("ﬁsh", "fish"),
    ("Σίσυφος", "ΣΊΣΥΦΟΣ", "σισυφοσ"),
    ("مُحَمَّد", "محمد"),
    ("שָׁלוֹם", "שלום"),
    ("한글", "\u1112\u1161\u11ab\u1100\u1173\u11af"),
    ("Draw \u2764\ufe0f", "Draw \u2764"),
)
OTHER = (("Deep sea", "Deepsea"), ("か", "が"), ("ปา", "ป่า"), ("कि", "की"), ("Team 1", "Team 2"))
INVISIBLE = (
    "",
    " ",
    "\u200b\u2060",
    "\u200e",
    "\u00ad",
    "\u202f\u00a0\u3000",
    "\u115f",
    "\u1160",
    "\u3164",
    "\uffa0",
    "\u2800\u2800",
    "\u034f",
    "\ufe0f",
    "\u180e",
    "\U000e0041\U000e007f",
    "\U0001d159",
    "\u0301",
    "\ufeff",
)


@pytest.mark.parametrize("names", SAME)
def test_spellings_of_one_name_have_one_key(names: tuple[str, ...]) -> None:
    assert len({name_key(name) for name in names}) == 1


@pytest.mark.parametrize("names", OTHER)
def test_other_words_have_other_keys(names: tuple[str, str]) -> None:
    assert name_key(names[0]) != name_key(names[1])


@given(st.text())
def test_a_key_is_its_own_key(name: str) -> None:
    assert name_key(name_key(name)) == name_key(name)


@pytest.mark.parametrize("text", INVISIBLE)
def test_what_shows_nothing_is_invisible(text: str) -> None:
    assert not is_visible(text)
    assert is_visible(f"{text}a{text}")


@pytest.mark.parametrize("text", ["مدينة", "字", "👩‍🎨", "!", "٣", "½", "か", "\u0e01"])
def test_what_shows_something_is_visible(text: str) -> None:
    assert is_visible(text)


def test_only_what_runs_to_the_left_is_isolated() -> None:
    for name in ("Deep sea", "École 9", "日本", "🐟", "", 7):
        assert isolated(name) == str(name)
    for name in ("مدينة", "רישום", "Team مدينة 7", "٧"):
        assert isolated(name) == f"\u2068{name}\u2069"
