"""What a submission may say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gallery.errors import Invalid
from gallery.submissions.content import SubmissionContent, content_from
from gallery.submissions.revisions import differences
from tests.gallery.submissions.conftest import content

VALID = {"space_id": "ada-l/demo", "title": "A demo"}


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("title", "", "title is empty"),
        ("title", " \n ", "title is empty"),
        ("title", "x" * 121, "the title may have 120 characters, got 121; shorten it"),
        ("space_id", "demo", "the address of the Space must be owner/name"),
        ("space_id", "a/b/c", "the address of the Space must be owner/name"),
        ("models", ["ok/fine", "not a repo"], "number 2 of the models must be owner/name"),
        ("video", "javascript:alert(1)", "the video must be an address"),
        (
            "links",
            [{"label": "x", "url": "data:text/html,x"}],
            "the address of number 1 of the links",
        ),
        ("links", [{"label": "x", "url": "https://"}], "must be an address that begins"),
        ("pictures", [{"digest": "../x"}], "must be the digest of a picture that was uploaded"),
        ("tags", ["t"] * 41, "the tags may have 40 entries, got 41; leave some out"),
        ("task", "juggling", "what it does must be one of controlnet, text-to-image"),
        ("task", None, "what it does must be one of"),
        ("title", 7, "the title must be text, got 7; correct it"),
        ("nonsense", 1, "there is no field “nonsense”"),
    ],
)
def test_what_does_not_fit_is_named_in_a_sentence(field: str, value: object, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence) as caught:
        content_from(VALID | {field: value})
    assert caught.value.field == field


def test_a_missing_address_is_named() -> None:
    with pytest.raises(Invalid, match="the address of the Space is empty"):
        content_from({"title": "A demo"})


def test_characters_that_nobody_sees_are_left_out() -> None:
    given = content_from(
        VALID | {"title": "Pic\x00ture\u202e gpj.\ud800exe\n", "description": "a\r\nb\x07"}
    )
    assert given.title == "Picture gpj.exe"
    assert given.description == "a\nb"


@given(st.text(max_size=100), st.text(max_size=300))
def test_any_text_can_be_kept_as_json(title: str, description: str) -> None:
    try:
        given = content_from(VALID | {"title": title, "description": description})
    except Invalid:
        return
    dumped = given.model_dump_json()
    dumped.encode()
    assert "\\u0000" not in dumped
    assert SubmissionContent.model_validate_json(dumped) == given


def test_differences_are_told_by_field_and_word() -> None:
    old = content(description="A quick brown fox", tags=["one", "two"])
    new = content(description="A slow brown fox", tags=["one", "three"], emoji="🦊")
    changes = {change.field: change.pieces for change in differences(old, new)}
    assert list(changes) == ["emoji", "description", "tags"]
    assert [(piece.change, piece.text) for piece in changes["description"]] == [
        ("same", "A "),
        ("removed", "quick"),
        ("added", "slow"),
        ("same", " brown fox"),
    ]
    assert differences(old, old) == ()


@given(st.text("ab \n", max_size=60), st.text("ab \n", max_size=60))
def test_differences_hold_both_texts_whole(before: str, after: str) -> None:
    old, new = content(description=before), content(description=after)
    for change in differences(old, new):
        kept = {"same", "removed"}, {"same", "added"}
        texts = ["".join(p.text for p in change.pieces if p.change in one) for one in kept]
        assert texts == [old.description, new.description]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "\u200b\u2060"),
        ("title", "\u200e"),
        ("title", "\u3164\u3164"),
        ("tags", ["fine", "\u2800"]),
        ("controls", ["\u115f"]),
        ("links", [{"label": "\u2060", "url": "https://example.org"}]),
    ],
)
def test_what_must_say_something_shows_something(field: str, value: object) -> None:
    with pytest.raises(Invalid, match="characters that nobody sees; write it again") as caught:
        content_from(VALID | {field: value})
    assert caught.value.field == field
