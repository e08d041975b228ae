"""From the Hub's JSON to our facts: what people write into front matter is never trusted."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spaces.hub.parsing import dataset_facts, model_facts, space_facts, without_front_matter

SPACE = {
    "id": "ada-l/clouds",
    "sha": "c" * 40,
    "likes": 3,
    "lastModified": "2026-06-01T10:00:00.000Z",
    "sdk": "gradio",
    "subdomain": "ada-l-clouds",
    "tags": ["gradio", "summer-sprint", "region:us"],
    "runtime": {"stage": "RUNNING", "hardware": {"current": "zero-a10g"}},
    "siblings": [{"rfilename": "app.py", "size": 10, "blobId": "b1"}],
}


def test_a_space_in_the_hub_s_words_becomes_ours() -> None:
    space = space_facts({**SPACE, "cardData": {"title": "Clouds"}}, readme=None, hosts="hf.space")
    assert space.last_modified == datetime(2026, 6, 1, 10, tzinfo=UTC)
    assert (space.host, space.hardware) == ("https://ada-l-clouds.hf.space", "zero-a10g")
    assert space.app_digest == "b1"
    assert space.card is None


@pytest.mark.parametrize(
    ("card", "field", "expected"),
    [
        ({"tags": "one"}, "models", ()),
        ({"models": "ada-l/m"}, "models", ("ada-l/m",)),
        ({"models": ["ada-l/m", None, 3, {"x": 1}, "ada-l/m"]}, "models", ("ada-l/m", "3")),
        ({"title": 2023}, "title", "2023"),
        ({"title": ["a"]}, "title", None),
        ({"title": True}, "title", None),
        ({"title": "x" * 1000}, "title", "x" * 300),
        ({"license": ["mit", "apache-2.0"]}, "license", "mit, apache-2.0"),
        ({"license": "other", "license_name": "our-own"}, "license", "our-own"),
        ({"license": "other"}, "license", "other"),
        ({"app_file": None}, "app_file", "app.py"),
        ({"disable_embedding": "yes"}, "disable_embedding", False),
        (None, "title", None),
        ("words", "title", None),
    ],
)
def test_front_matter_of_any_shape_is_taken_as_far_as_it_goes(
    card: object, field: str, expected: object
) -> None:
    space = space_facts({**SPACE, "cardData": card}, readme=None, hosts=None)
    assert getattr(space, field) == expected


@pytest.mark.parametrize("host", ["javascript:alert(1)", "file:///etc/passwd", 3, ""])
def test_a_host_that_is_no_web_address_is_none(host: object) -> None:
    assert space_facts({**SPACE, "host": host}, readme=None, hosts=None).host is None


@pytest.mark.parametrize("runtime", [None, [], "RUNNING", {}, {"stage": None, "hardware": 3}])
def test_an_odd_runtime_is_an_unknown_stage(runtime: object) -> None:
    assert space_facts({**SPACE, "runtime": runtime}, readme=None, hosts=None).stage is None


@pytest.mark.parametrize(
    "answer", [{}, {"id": "a/b", "siblings": [3]}, {"id": "a/b", "lastModified": "soon"}]
)
def test_an_answer_that_is_none_raises(answer: dict) -> None:
    with pytest.raises((ValueError, KeyError, TypeError, AttributeError)):
        model_facts(answer, readme=None)


def test_large_files_are_told_by_their_content() -> None:
    large = {"rfilename": "w", "size": 9, "blobId": "pointer", "lfs": {"sha256": "f" * 64}}
    model = model_facts({"id": "a/b", "siblings": [large], "gated": "auto"}, readme="---\n---\nHi")
    assert model.files[0].digest == "f" * 64
    assert (model.gated, model.card) == (True, "Hi")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@settings(max_examples=60)
@given(
    st.dictionaries(
        st.sampled_from(["tags", "license", "license_name", "base_model", "datasets"]), VALUES
    )
)
def test_no_front_matter_breaks_it(card: dict) -> None:
    for read in (model_facts, dataset_facts):
        facts = read({"id": "a/b", "cardData": card}, readme=None)
        assert facts.model_validate_json(facts.model_dump_json()) == facts


@pytest.mark.parametrize(
    ("readme", "text"),
    [
        ("---\ntitle: x\n---\n\n# Hi\n", "# Hi"),
        ("\n---\r\ntitle: x\r\n---\r\nHi", "Hi"),
        ("---\n---\nHi", "Hi"),
        ("Hi\n---\nthere", "Hi\n---\nthere"),
        ("", ""),
    ],
)
def test_front_matter_is_cut_off(readme: str, text: str) -> None:
    assert without_front_matter(readme) == text
