"""What the tests of the small Hub share: the Hub itself, and real clients of it."""

import pytest
from huggingface_hub import HfApi

from tests.gallery.hub_fixtures import ServedHub, served_hub, small_hub

__all__ = ["served_hub", "small_hub"]

TOKEN = "hf_of_ada"


@pytest.fixture
def api(small_hub: ServedHub) -> HfApi:
    """The real client, signed in as ada-l."""
    small_hub.hub.add_account("ada-l", token=TOKEN, fullname="Ada L", organisations=("sky",))
    return HfApi(endpoint=small_hub.address, token=TOKEN)


@pytest.fixture
def visitor(small_hub: ServedHub) -> HfApi:
    """The real client, without a token."""
    return HfApi(endpoint=small_hub.address, token=False)
