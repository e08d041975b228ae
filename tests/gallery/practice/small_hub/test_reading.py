"""The real client reads from the small Hub."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from huggingface_hub import HfApi, SpaceCard
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from tests.gallery.hub_fixtures import ServedHub

TAG = "summer-sprint"


def test_a_space_is_told_as_the_hub_tells_it(small_hub: ServedHub, visitor: HfApi) -> None:
    card = {"tags": [TAG], "models": ["ada-l/m"], "license": "mit"}
    made = small_hub.hub.add_space("ada-l/my-clouds", card=card, likes=4, hardware="zero-a10g")
    told = visitor.space_info("ada-l/my-clouds", files_metadata=True)
    assert (told.id, told.author, told.sha, told.likes) == (
        "ada-l/my-clouds",
        "ada-l",
        made.head.id,
        4,
    )
    assert (told.sdk, told.subdomain, told.models) == ("gradio", "ada-l-my-clouds", ["ada-l/m"])
    assert told.runtime is not None
    assert (told.runtime.stage, told.runtime.hardware) == ("RUNNING", "zero-a10g")
    assert told.card_data is not None
    assert told.card_data.license == "mit"
    assert told.siblings is not None
    assert {s.rfilename: s.size for s in told.siblings}["app.py"] == len(
        small_hub.hub.store.read(made.head.files["app.py"].digest)
    )
    assert told.host is not None
    assert httpx.get(told.host, timeout=60).status_code == 200
    card_read = SpaceCard.load(
        visitor.hf_hub_download("ada-l/my-clouds", "README.md", repo_type="space")
    )
    assert card_read.data.tags == [TAG]


def test_models_and_datasets_carry_the_tags_that_cards_imply(
    small_hub: ServedHub, visitor: HfApi
) -> None:
    card = {"license": "openrail", "base_model": "sd/v1-5", "datasets": ["ada-l/d"]}
    small_hub.hub.add_model("ada-l/m", card=card, gated=True)
    small_hub.hub.add_dataset("ada-l/d", card={"license": ["mit"]})
    model = visitor.model_info("ada-l/m")
    assert model.tags is not None
    assert {"license:openrail", "base_model:sd/v1-5", "dataset:ada-l/d"} <= set(model.tags)
    assert model.gated == "auto"
    assert visitor.dataset_info("ada-l/d").tags == ["license:mit", "region:us"]
    assert [m.id for m in visitor.list_models(trained_dataset="ada-l/d")] == ["ada-l/m"]
    assert [d.id for d in visitor.list_datasets(search="ada-l/D")] == ["ada-l/d"]


def test_lists_come_in_pages_that_the_client_follows(small_hub: ServedHub, visitor: HfApi) -> None:
    for number in range(25):
        small_hub.hub.add_space(f"team/demo-{number:02}", card={"tags": [TAG]}, likes=number)
    small_hub.hub.add_space("team/private", card={"tags": [TAG]}, private=True)
    small_hub.hub.add_space("team/other")
    small_hub.hub.page_size = 10
    small_hub.hub.requests.clear()
    listed = list(visitor.list_spaces(filter=TAG, sort="likes", full=True))
    few = list(visitor.list_spaces(filter=[TAG, "gradio"], limit=12, expand=["likes", "sha"]))
    assert [space.likes for space in listed] == list(range(24, -1, -1))
    assert listed[0].card_data is not None
    assert (len(few), few[0].sdk, few[0].likes) == (12, None, 24)
    assert len(small_hub.hub.requests) == 3 + 2


@pytest.mark.parametrize(
    ("sort", "first"),
    [("created_at", "team/new"), ("last_modified", "team/old"), ("likes", "team/old")],
)
def test_lists_are_sorted_as_asked(
    small_hub: ServedHub, visitor: HfApi, sort: str, first: str
) -> None:
    begin = datetime(2026, 5, 1, tzinfo=UTC)
    times = iter(begin + timedelta(minutes=minute) for minute in range(100))
    small_hub.hub.clock = lambda: next(times)
    small_hub.hub.add_space("team/old", likes=5)
    small_hub.hub.add_space("team/new")
    small_hub.hub.change("space", "team/old", {"app.py": b"changed"})
    listed = list(visitor.list_spaces(sort=sort))  # pyright: ignore[reportArgumentType]
    assert listed[0].id == first


def test_files_trees_and_history_are_told(small_hub: ServedHub, visitor: HfApi) -> None:
    made = small_hub.hub.add_model("ada-l/m", files={"a/b/c.txt": b"1", "a/d.txt": b"22"})
    first = made.head.id
    small_hub.hub.change("model", "ada-l/m", {"a/d.txt": b"333"})
    assert visitor.list_repo_files("ada-l/m") == [".gitattributes", "a/b/c.txt", "a/d.txt"]
    names = [entry.path for entry in visitor.list_repo_tree("ada-l/m", "a")]
    assert names == ["a/b", "a/d.txt"]
    whole = [entry.path for entry in visitor.list_repo_tree("ada-l/m", recursive=True)]
    assert whole == ["a", "a/b", ".gitattributes", "a/b/c.txt", "a/d.txt"]
    commits = visitor.list_repo_commits("ada-l/m")
    assert [commit.title for commit in commits] == [
        "Update files",
        "Upload files",
        "initial commit",
    ]
    assert [info.path for info in visitor.get_paths_info("ada-l/m", ["a", "a/d.txt", "no"])] == [
        "a",
        "a/d.txt",
    ]
    assert visitor.model_info("ada-l/m", revision=first).sha == first
    assert list(visitor.list_repo_likers("ada-l/m")) == []


def test_downloads_are_cached_by_commit_and_content(
    small_hub: ServedHub, visitor: HfApi, tmp_path: Path
) -> None:
    made = small_hub.hub.add_model("ada-l/m", files={"w.bin": b"weights" * 1000})
    path = Path(visitor.hf_hub_download("ada-l/m", "w.bin", cache_dir=tmp_path))
    assert path.read_bytes() == b"weights" * 1000
    assert made.head.id in path.parts
    folder = visitor.snapshot_download("ada-l/m", revision=made.head.id, cache_dir=tmp_path)
    assert sorted(one.name for one in Path(folder).iterdir()) == [".gitattributes", "w.bin"]
    assert visitor.file_exists("ada-l/m", "w.bin")
    assert not visitor.file_exists("ada-l/m", "nothing")


@pytest.mark.parametrize(
    ("header", "status", "content"),
    [
        ("bytes=0-3", 206, b"0123"),
        ("bytes=7-", 206, b"789"),
        ("bytes=-2", 206, b"89"),
        ("bytes=0-999", 206, b"0123456789"),
        ("bytes=20-", 416, b""),
        ("lines=1-2", 200, b"0123456789"),
        ("bytes=-", 200, b"0123456789"),
    ],
)
def test_ranges_of_files_are_served(
    small_hub: ServedHub, header: str, status: int, content: bytes
) -> None:
    small_hub.hub.add_model("ada-l/m", files={"w.bin": b"0123456789"})
    address = f"{small_hub.address}/ada-l/m/resolve/main/w.bin"
    answer = httpx.get(address, headers={"Range": header}, timeout=60)
    assert (answer.status_code, answer.content) == (status, content)
    etag = httpx.head(address, timeout=60).headers["etag"]
    assert httpx.get(address, headers={"If-None-Match": etag}, timeout=60).status_code == 304


def test_each_refusal_is_the_client_s_own_error(
    small_hub: ServedHub, visitor: HfApi, api: HfApi
) -> None:
    small_hub.hub.add_model("grace-h/secret", private=True)
    small_hub.hub.add_model("grace-h/gated", files={"w.bin": b"1"}, gated=True)
    for client in (visitor, api):
        for repo_id in ("grace-h/secret", "grace-h/nowhere"):
            with pytest.raises(RepositoryNotFoundError):
                client.model_info(repo_id)
    with pytest.raises(RevisionNotFoundError):
        visitor.model_info("grace-h/gated", revision="nowhere")
    with pytest.raises(GatedRepoError):
        visitor.hf_hub_download("grace-h/gated", "w.bin")
    small_hub.hub.add_model("grace-h/open")
    with pytest.raises(EntryNotFoundError):
        visitor.hf_hub_download("grace-h/open", "nothing.txt")
    with pytest.raises(EntryNotFoundError):
        list(visitor.list_repo_tree("grace-h/open", "no/folder"))
    with pytest.raises(HfHubHTTPError, match="Invalid user token"):
        HfApi(endpoint=small_hub.address, token="hf_wrong").whoami()


def test_whoami_tells_name_and_organisations(api: HfApi) -> None:
    me = api.whoami()
    assert (me["name"], me["fullname"]) == ("ada-l", "Ada L")
    assert [organisation["name"] for organisation in me["orgs"]] == ["sky"]


def test_runtime_and_restart_and_pause(small_hub: ServedHub, api: HfApi, visitor: HfApi) -> None:
    small_hub.hub.add_space("ada-l/clouds", runtime="SLEEPING")
    assert visitor.get_space_runtime("ada-l/clouds").stage == "SLEEPING"
    assert api.pause_space("ada-l/clouds").stage == "PAUSED"
    assert api.restart_space("ada-l/clouds").stage == "RUNNING"
    with pytest.raises(HfHubHTTPError):
        visitor.restart_space("ada-l/clouds")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/spaces?cursor=nonsense", 400),
        ("/api/spaces?sort=beauty", 400),
        ("/api/spaces?limit=many", 422),
        ("/api/kernels", 422),
        ("/api/models/a/b/tree/main?recursive=perhaps", 422),
        ("/api/models/a/b/nothing", 404),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(
    small_hub: ServedHub, path: str, status: int
) -> None:
    small_hub.hub.add_model("a/b")
    assert httpx.get(f"{small_hub.address}{path}", timeout=60).status_code == status
