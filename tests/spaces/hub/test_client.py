"""Asking a Hub: the real client's session against a small Hub that is really served."""

import json
import socket
import struct
import time
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from gallery.practice.small_hub import Trouble
from spaces.errors import HubRefused, HubUnavailable, NotASpace
from spaces.hub.client import Hub
from tests.gallery.hub_fixtures import ServedHub, served_hub, small_hub

__all__ = ["served_hub", "small_hub"]

CARD = {
    "title": "Clouds",
    "license": "mit",
    "tags": ["summer-sprint", "jax"],
    "models": ["ada-l/clouds-controlnet"],
    "datasets": ["ada-l/skies"],
    "short_description": "Skies from scribbles",
}


@pytest.fixture
def waits() -> list[float]:
    """Seconds that would have been waited."""
    return []


@pytest.fixture
def hub(small_hub: ServedHub, waits: list[float]) -> Hub:
    return Hub(small_hub.address, timeout=5, sleep=waits.append)


def test_a_space_is_told_whole(small_hub: ServedHub, hub: Hub) -> None:
    made = small_hub.hub.add_space("ada-l/clouds", card=CARD, files={"app.py": b"demo"}, likes=7)
    space = hub.space("ada-l/clouds")
    assert space is not None
    assert space.model_dump(include={"title", "license", "likes", "sdk", "stage", "app_file"}) == {
        "title": "Clouds",
        "license": "mit",
        "likes": 7,
        "sdk": "gradio",
        "stage": "RUNNING",
        "app_file": "app.py",
    }
    assert space.commit == made.head.id
    assert (space.models, space.datasets) == (("ada-l/clouds-controlnet",), ("ada-l/skies",))
    assert "summer-sprint" in space.tags
    assert space.card == "# Clouds"
    assert space.app_digest == made.head.files["app.py"].git_id
    assert space.host == f"{small_hub.address}/demo/ada-l/clouds"


def test_models_and_datasets_are_told_with_card_licence_and_files(
    small_hub: ServedHub, hub: Hub
) -> None:
    card = {"license": "openrail", "base_model": "runwayml/stable-diffusion-v1-5"}
    small_hub.hub.add_model("ada-l/m", card=card, files={"w.safetensors": b"12345"})
    small_hub.hub.add_dataset("ada-l/d", readme="Just text.")
    model, dataset = hub.model("ada-l/m"), hub.dataset("ada-l/d")
    assert model is not None
    assert dataset is not None
    assert (model.license, model.base_model) == ("openrail", ("runwayml/stable-diffusion-v1-5",))
    assert {file.path: file.size for file in model.files}["w.safetensors"] == 5
    assert (dataset.license, dataset.card) == (None, "Just text.")


def test_missing_and_private_repositories_are_none(small_hub: ServedHub, hub: Hub) -> None:
    small_hub.hub.add_space("ada-l/secret", private=True)
    assert hub.space("ada-l/secret") is None
    assert hub.space("ada-l/nowhere") is None
    assert hub.model("ada-l/nowhere") is None
    assert hub.dataset("ada-l/nowhere") is None


def test_tagged_spaces_come_in_pages_most_liked_first(small_hub: ServedHub, hub: Hub) -> None:
    small_hub.hub.page_size = 10
    for number in range(25):
        card = {"tags": ["summer-sprint"]}
        small_hub.hub.add_space(f"team/demo-{number}", card=card, likes=number)
    small_hub.hub.add_space("team/other")
    small_hub.hub.requests.clear()
    first = list(islice(hub.tagged_spaces("summer-sprint"), 3))
    assert [space.likes for space in first] == [24, 23, 22]
    assert len(small_hub.hub.requests) == 1
    assert len(list(hub.tagged_spaces("summer-sprint"))) == 25
    assert len(small_hub.hub.requests) == 4


def test_a_page_that_cannot_be_had_keeps_what_came_before(small_hub: ServedHub, hub: Hub) -> None:
    small_hub.hub.page_size = 2
    for number in range(5):
        small_hub.hub.add_space(f"team/demo-{number}", card={"tags": ["t"]})
    small_hub.hub.trouble = Trouble.down(after=1)
    spaces = hub.tagged_spaces("t")
    assert len(list(islice(spaces, 2))) == 2
    with pytest.raises(HubUnavailable):
        next(spaces)


def test_it_waits_as_long_as_the_hub_says(
    small_hub: ServedHub, hub: Hub, waits: list[float]
) -> None:
    small_hub.hub.add_space("ada-l/clouds")
    small_hub.hub.trouble = Trouble.too_many(7, times=1)
    assert hub.space("ada-l/clouds") is not None
    assert waits == [7]


def test_it_does_not_wait_longer_than_it_may(
    small_hub: ServedHub, hub: Hub, waits: list[float]
) -> None:
    small_hub.hub.trouble = Trouble.too_many(3600)
    with pytest.raises(HubUnavailable, match="got 429") as told:
        hub.space("ada-l/clouds")
    assert (waits, told.value.retry_after) == ([], 3600)


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble.down(),
        Trouble.nonsense(),
        Trouble.nonsense(b"[1]"),
        Trouble.nonsense(b'{"id": 3, "siblings": 4}'),
        Trouble.nonsense(b'{"error": "moved"}'),
        Trouble(drops=True),
        Trouble(status=404, body=b"<html>some proxy</html>"),
    ],
)
def test_whatever_goes_wrong_is_one_error(small_hub: ServedHub, hub: Hub, trouble: Trouble) -> None:
    small_hub.hub.trouble = trouble
    with pytest.raises(HubUnavailable, match="the Hub"):
        hub.space("ada-l/clouds")
    with pytest.raises(HubUnavailable, match="the Hub"):
        list(hub.tagged_spaces("t"))


def test_a_slow_hub_is_given_up_in_time(small_hub: ServedHub) -> None:
    small_hub.hub.trouble = Trouble(delay=3)
    began = time.monotonic()
    with pytest.raises(HubUnavailable, match=r"within 0\.2 seconds"):
        Hub(small_hub.address, timeout=0.2, retries=0).space("ada-l/clouds")
    assert time.monotonic() - began < 2


def test_a_hub_that_is_not_there_is_unavailable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(HubUnavailable, match="ConnectError"):
        Hub(address, retries=0).space("ada-l/clouds")


def test_a_token_that_the_hub_does_not_take_is_said(small_hub: ServedHub) -> None:
    small_hub.hub.add_space("ada-l/clouds")
    with pytest.raises(HubRefused, match="HF_TOKEN") as told:
        Hub(small_hub.address, "hf_wrong").space("ada-l/clouds")
    assert "hf_wrong" not in str(told.value)


def test_a_header_is_read_and_not_the_gigabytes(small_hub: ServedHub, hub: Hub) -> None:
    many = {
        f"layer_{n}": {"dtype": "F32", "shape": [1], "data_offsets": [4 * n, 4 * n + 4]}
        for n in range(2000)
    }
    header = json.dumps(many).encode()
    content = struct.pack("<Q", len(header)) + header + bytes(8000)
    small_hub.hub.add_model("ada-l/m", files={"unet/w.safetensors": content})
    read = hub.weight_header("ada-l/m", "unet/w.safetensors")
    assert read is not None
    assert (read.format, read.tensors, read.problem) == ("safetensors", 2000, None)
    assert hub.weight_header("ada-l/m", "nothing.safetensors") is None


def test_a_gated_repository_refuses_its_weights(small_hub: ServedHub, hub: Hub) -> None:
    small_hub.hub.add_model("ada-l/m", files={"w.safetensors": b"x"}, gated=True)
    assert hub.model("ada-l/m").gated  # pyright: ignore[reportOptionalMemberAccess]
    with pytest.raises(HubRefused):
        hub.weight_header("ada-l/m", "w.safetensors")


def test_the_commit_at_a_time_is_found_in_the_history(small_hub: ServedHub, hub: Hub) -> None:
    begin = datetime(2026, 6, 1, tzinfo=UTC)
    times = iter(begin + timedelta(hours=hour) for hour in range(100))
    small_hub.hub.clock = lambda: next(times)
    small_hub.hub.page_size = 2
    made = small_hub.hub.add_model("ada-l/m", files={"w": b"0"})
    for number in range(1, 6):
        small_hub.hub.change("model", "ada-l/m", {"w": b"%d" % number})
    history = made.history(made.head)[::-1]
    for commit in history:
        later = commit.date + timedelta(minutes=1)
        assert hub.commit_before("model", "ada-l/m", later) == commit.id
    assert hub.commit_before("model", "ada-l/m", history[0].date) is None
    assert hub.commit_before("model", "ada-l/nowhere", begin) is None


def test_who_has_commits_is_told_in_small_letters(small_hub: ServedHub, hub: Hub) -> None:
    small_hub.hub.add_model("ada-l/canny", files={"a.txt": b"one"})
    for number, author in enumerate(("Grace-H", "ada-l", "Grace-H")):
        small_hub.hub.change("model", "ada-l/canny", {"a.txt": b"%d" % number}, author=author)
    assert hub.commit_authors("model", "ada-l/canny") == {"ada-l", "grace-h"}
    assert hub.commit_authors("model", "ada-l/none") == frozenset()
    assert hub.commit_authors("model", "no id") == frozenset()
    small_hub.hub.trouble = Trouble.nonsense(b'[{"id": "1", "authors": [3]}]')
    with pytest.raises(HubUnavailable, match="got something else"):
        hub.commit_authors("model", "ada-l/canny")


@pytest.mark.parametrize("broken", ["", "---\nlicense: [\n---\n", "---\n- a list\n---\n"])
def test_a_repository_is_told_as_it_was_at_a_commit(
    small_hub: ServedHub, hub: Hub, broken: str
) -> None:
    first = small_hub.hub.add_model("ada-l/m", readme="---\nlicense: mit\n---\nAs it was.").head
    second = small_hub.hub.change("model", "ada-l/m", {"README.md": b"Later.", "w": b"0"})
    small_hub.hub.change("model", "ada-l/m", {"README.md": broken.encode()})
    then, later = hub.model("ada-l/m", commit=first.id), hub.model("ada-l/m", commit=second.id)
    assert then is not None
    assert later is not None
    assert (then.commit, then.card, then.license) == (first.id, "As it was.", "mit")
    assert (later.card, later.license) == ("Later.", None)
    assert "w" not in {file.path for file in then.files}
    newest = small_hub.hub.shelf.get("model", "ada-l/m").head  # type: ignore[union-attr]
    assert hub.model("ada-l/m", commit=newest.id).license is None  # type: ignore[union-attr]


def test_a_list_without_an_end_is_given_up(
    small_hub: ServedHub, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spaces.hub.client.MOST_PAGES", 3)
    for number in range(5):
        small_hub.hub.add_space(f"team/demo-{number}", card={"tags": ["t"]})
    small_hub.hub.page_size = 1
    with pytest.raises(HubUnavailable, match="at most 3 pages"):
        list(hub.tagged_spaces("t"))


@pytest.mark.parametrize("repo_id", ["../../etc", "a/b/c", "", "a b/c", "a/..", "a/b?x"])
def test_what_is_no_id_is_not_asked_for(small_hub: ServedHub, hub: Hub, repo_id: str) -> None:
    small_hub.hub.requests.clear()
    assert hub.space(repo_id) is None
    assert hub.weight_header(repo_id, "w") is None
    assert hub.commit_before("model", repo_id, datetime.now(UTC)) is None
    hub.wake(repo_id)
    assert not small_hub.hub.requests


def test_a_sleeping_demo_wakes_by_a_visit(small_hub: ServedHub, hub: Hub) -> None:
    small_hub.hub.add_space("ada-l/clouds", runtime="SLEEPING")
    hub.wake("ada-l/clouds")
    assert hub.space("ada-l/clouds").stage == "RUNNING"  # pyright: ignore[reportOptionalMemberAccess]


def test_its_owner_restarts_a_paused_demo(small_hub: ServedHub) -> None:
    small_hub.hub.add_account("ada-l", token="hf_ada")
    small_hub.hub.add_space("ada-l/clouds", runtime="PAUSED")
    hub = Hub(small_hub.address, "hf_ada")
    hub.wake("ada-l/clouds")
    assert hub.space("ada-l/clouds").stage == "RUNNING"  # pyright: ignore[reportOptionalMemberAccess]


def test_a_hosted_address_is_looked_up(small_hub: ServedHub, hub: Hub) -> None:
    small_hub.hub.add_space("ada-l/my-clouds")
    assert hub.find_space("https://ada-l-my-clouds.hf.space/?x#y") == "ada-l/my-clouds"
    assert hub.find_space(f"{small_hub.address}/spaces/ada-l/my-clouds") == "ada-l/my-clouds"
    with pytest.raises(NotASpace, match="no public Space behind"):
        hub.find_space("https://no-body.hf.space")
