"""The small Hub's page of access tokens: a name in, a token out, with which the client writes."""

import re

import httpx
import pytest
from huggingface_hub import HfApi

from tests.gallery.hub_fixtures import ServedHub


def made(hub: ServedHub, name: str) -> httpx.Response:
    return httpx.post(
        f"{hub.address}/settings/tokens",
        data={"name": name},
        headers={"Accept": "text/html"},
        timeout=60,
    )


def token_in(page: httpx.Response) -> str:
    (found,) = re.findall(r'value="(hf_[\w-]{32})"', page.text)
    return found


def test_a_token_from_the_page_writes_in_that_name(small_hub: ServedHub) -> None:
    page = made(small_hub, " grace-h ")
    assert page.headers["cache-control"] == "no-store"
    api = HfApi(endpoint=small_hub.address, token=token_in(page))
    assert api.whoami()["name"] == "grace-h"
    api.create_repo("grace-h/lines")
    assert small_hub.hub.shelf.get("model", "grace-h/lines") is not None


def test_another_token_leaves_the_first_one_good(small_hub: ServedHub) -> None:
    tokens = [token_in(made(small_hub, "grace-h")) for _ in range(2)]
    assert tokens[0] != tokens[1]
    for token in tokens:
        assert HfApi(endpoint=small_hub.address, token=token).whoami()["name"] == "grace-h"


@pytest.mark.parametrize(
    ("name", "said"),
    [("no/name", "a name here is letters"), ("robot", "is a program&#39;s account")],
)
def test_who_cannot_have_one_is_told_so_on_the_page(
    small_hub: ServedHub, name: str, said: str
) -> None:
    small_hub.hub.add_account("robot", is_open=False)
    page = made(small_hub, name)
    assert (page.status_code, said in page.text, "hf_" in page.text) == (422, True, False)
