"""Addresses as people paste them, as a table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaces.errors import NotASpace
from spaces.hub.addresses import hosted_subdomain, is_repo_id, parse_space


@pytest.mark.parametrize(
    "pasted",
    [
        "ada-l/clouds",
        "  ada-l/clouds\n",
        "spaces/ada-l/clouds",
        "/spaces/ada-l/clouds",
        "huggingface.co/spaces/ada-l/clouds",
        "https://huggingface.co/spaces/ada-l/clouds",
        "https://huggingface.co/spaces/ada-l/clouds/",
        "https://huggingface.co/spaces/ada-l/clouds/tree/main/app.py",
        "https://huggingface.co/spaces/ada-l/clouds?logs=build#top",
        "http://www.huggingface.co/spaces/ada-l/clouds",
        "https://hf.co/spaces/ada-l/clouds",
        "http://127.0.0.1:8110/spaces/ada-l/clouds",
    ],
)
def test_a_space_s_address_is_taken(pasted: str) -> None:
    assert parse_space(pasted, endpoint="http://127.0.0.1:8110") == "ada-l/clouds"


@pytest.mark.parametrize(
    ("pasted", "sentence"),
    [
        ("", "got nothing"),
        ("clouds", "got 'clouds'"),
        ("https://huggingface.co/ada-l/clouds", "got a model; paste the address of the demo"),
        ("https://huggingface.co/datasets/ada-l/skies", "got a dataset"),
        ("https://huggingface.co/spaces/ada-l", "got 'https://huggingface.co/spaces/ada-l'"),
        ("https://example.org/spaces/ada-l/clouds", "got 'https://example.org"),
        ("https://huggingface.co.example.org/spaces/a/b", "got 'https://huggingface.co.example"),
        ("https://huggingface.co@example.org/spaces/a/b", "must be a Space's address"),
        ("http://127.0.0.1:9999/spaces/ada-l/clouds", "must be a Space's address"),
        ("https://huggingface.co/spaces/../../etc/passwd", "must be a Space's address"),
        ("https://huggingface.co/spaces/ada-l/%2e%2e", "must be a Space's address"),
        ("javascript:alert(1)", "must be a Space's address"),
        ("https://[::1", "must be a Space's address"),
        ("https://ada-l-clouds.hf.space", "must be a Space's address"),
        ("a" * 5000, "got 5000 characters"),
    ],
)
def test_what_leads_to_no_space_gets_a_sentence(pasted: str, sentence: str) -> None:
    with pytest.raises(NotASpace) as told:
        parse_space(pasted, endpoint="http://127.0.0.1:8110")
    assert sentence in str(told.value)
    assert len(str(told.value)) < 300


@given(st.text(max_size=60) | st.from_regex(r"https?://(hf|huggingface)\.co/[\w/.%-]{0,40}"))
def test_whatever_is_pasted_is_an_id_or_a_sentence(pasted: str) -> None:
    try:
        found = parse_space(pasted)
    except NotASpace:
        return
    assert is_repo_id(found)
    assert parse_space(found) == found


@pytest.mark.parametrize(
    ("pasted", "subdomain"),
    [
        ("https://Ada-L-clouds.hf.space/?__theme=dark", "ada-l-clouds"),
        ("ada-l-clouds.static.hf.space", "ada-l-clouds"),
        ("https://hf.space", None),
        ("https://ada.hf.space.example.org", None),
        ("ada-l/clouds", None),
        ("https://[::1", None),
    ],
)
def test_a_demo_s_own_host_is_told_apart(pasted: str, subdomain: str | None) -> None:
    assert hosted_subdomain(pasted) == subdomain
