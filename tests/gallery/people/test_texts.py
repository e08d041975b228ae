"""What people type, made safe to keep."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gallery.errors import Invalid
from gallery.people import texts


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ada \t Lovelace ", "Ada Lovelace"),
        ("Ada\nLovelace", "Ada Lovelace"),
        ("👩‍🎨 painter", "👩‍🎨 painter"),
        ("e\u0301toile", "\u00e9toile"),
    ],
)
def test_a_line_is_one_line(typed: str, kept: str) -> None:
    assert texts.line(typed, field="name", what="the name", most=40) == kept


@pytest.mark.parametrize("typed", ["a\x00b", "a\u202eb", "a\ud800b", "a\x1b[31mb", " ", "x" * 41])
def test_what_cannot_be_kept_gets_a_sentence(typed: str) -> None:
    with pytest.raises(Invalid, match="the name"):
        texts.line(typed, field="name", what="the name", most=40)


@pytest.mark.parametrize(
    "path",
    [
        "https://elsewhere.example",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "\\\\elsewhere.example",
        "/\t/elsewhere.example",
        "javascript:alert(1)",
        "/sign-in?next=/sign-in",
        "/x\r\nSet-Cookie: a=b",
        "",
        None,
        "/" + "x" * 2000,
    ],
)
def test_nothing_but_a_path_of_ours_is_followed(path: str | None) -> None:
    assert texts.own_path(path) == "/"


@pytest.mark.slow
@given(st.text())
def test_a_followed_path_never_leaves_the_site(typed: str) -> None:
    path = texts.own_path(typed)
    assert path.startswith("/")
    assert path[1:2] not in ("/", "\\")


@given(st.text(max_size=60))
def test_a_kept_line_is_kept_the_same_again(typed: str) -> None:
    try:
        once = texts.line(typed, field="name", what="the name", most=40)
    except Invalid:
        return
    assert texts.line(once, field="name", what="the name", most=40) == once
    once.encode()


@pytest.mark.parametrize("typed", ["0", "-1", "x", "", str(2**31), "9" * 5000])
def test_a_number_that_no_row_has_is_refused(typed: str) -> None:
    with pytest.raises(Invalid, match="chosen from the list"):
        texts.row_id(typed, what="the team", field="team")
