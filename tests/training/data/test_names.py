"""Names of icons, and their captions."""

import pytest

from training.data.colours import ColourNames
from training.data.names import caption, is_held_out, is_wanted, split_words, subject, vocabulary

PLAIN = ColourNames(dominant="red", second=None, disputed=False)


def test_flags_and_skin_tone_copies_are_not_drawn() -> None:
    names = frozenset(
        {"waving-hand", "waving-hand-medium-dark", "traffic-light", "flag-peru", "boy-skin-tone-2"}
    )

    assert {n for n in names if is_wanted(n, names)} == {"waving-hand", "traffic-light"}


def test_names_without_hyphens_are_taken_apart_by_known_words() -> None:
    known = vocabulary(["slice-of-pizza", "red-apple", "hour"])

    assert split_words("sliceofpizza", known) == ["slice", "of", "pizza"]
    assert split_words("redapple", known) == ["red", "apple"]
    assert split_words("zzyx", known) == ["zzyx"]


def test_the_subject_leaves_colours_to_the_pixels() -> None:
    assert subject(["red", "apple"]) == "apple"
    assert subject(["orange"]) == "orange"


@pytest.mark.parametrize(
    ("name", "colours", "sentence"),
    [
        ("apple", PLAIN, "a red apple, flat icon"),
        ("scissors", PLAIN, "red scissors, flat icon"),
        ("bus", PLAIN, "a red bus, flat icon"),
        ("book", ColourNames("orange", "blue", False), "an orange and blue book, flat icon"),
        ("avocado", ColourNames("green", None, True), "an avocado, flat icon"),
    ],
)
def test_a_caption_is_a_phrase(name: str, colours: ColourNames, sentence: str) -> None:
    assert caption(name, "flat", colours) == sentence


def test_an_object_is_held_out_of_every_set() -> None:
    names = [f"thing-{i}" for i in range(500)]

    assert all(is_held_out(n) == is_held_out(n.replace("-", " ")) for n in names)
    assert all(is_held_out(n) == is_held_out(n.replace("-", "").upper()) for n in names)
    assert 30 <= sum(map(is_held_out, names)) <= 70
