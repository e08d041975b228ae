"""The real client writes to the small Hub."""

from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationCopy, CommitOperationDelete, HfApi
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

from tests.gallery.hub_fixtures import ServedHub


def test_a_repository_is_made_filled_and_deleted(api: HfApi, visitor: HfApi) -> None:
    made = api.create_repo("ada-l/backups", repo_type="dataset", private=True)
    assert made.repo_id == "ada-l/backups"
    assert api.create_repo("ada-l/backups", repo_type="dataset", exist_ok=True) == made
    with pytest.raises(HfHubHTTPError, match="409"):
        api.create_repo("ada-l/backups", repo_type="dataset")
    with pytest.raises(RepositoryNotFoundError):
        visitor.dataset_info("ada-l/backups")
    api.update_repo_settings("ada-l/backups", repo_type="dataset", private=False)
    assert visitor.dataset_info("ada-l/backups").private is False
    api.delete_repo("ada-l/backups", repo_type="dataset")
    assert not api.repo_exists("ada-l/backups", repo_type="dataset")
    api.delete_repo("ada-l/backups", repo_type="dataset", missing_ok=True)


def test_a_folder_is_uploaded_and_comes_back(api: HfApi, visitor: HfApi, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "README.md").write_text("---\nlicense: mit\n---\n# Hi", "utf-8")
    (tmp_path / "sub" / "data.bin").write_bytes(bytes(range(256)) * 5000)
    api.create_repo("ada-l/m")
    done = api.upload_folder(repo_id="ada-l/m", folder_path=tmp_path, commit_message="All of it")
    again = api.upload_folder(repo_id="ada-l/m", folder_path=tmp_path)
    assert again.oid == done.oid
    assert visitor.model_info("ada-l/m").sha == done.oid
    back = Path(visitor.snapshot_download("ada-l/m", local_dir=tmp_path / "back"))
    assert (back / "sub" / "data.bin").read_bytes() == bytes(range(256)) * 5000
    assert visitor.list_repo_commits("ada-l/m")[0].title == "All of it"


def test_a_commit_adds_deletes_and_copies_at_once(api: HfApi) -> None:
    api.create_repo("ada-l/m")
    adds = [CommitOperationAdd(name, name.encode()) for name in ("a.txt", "b/c.txt", "b/d.txt")]
    first = api.create_commit("ada-l/m", adds, commit_message="first")
    second = api.create_commit(
        "ada-l/m",
        [
            CommitOperationDelete("b/", is_folder=True),
            CommitOperationCopy("a.txt", "e.txt"),
            CommitOperationAdd("f.txt", b"f"),
        ],
        commit_message="second",
        parent_commit=first.oid,
    )
    assert api.list_repo_files("ada-l/m") == [".gitattributes", "a.txt", "e.txt", "f.txt"]
    assert api.list_repo_files("ada-l/m", revision=first.oid)[-1] == "b/d.txt"
    with pytest.raises(HfHubHTTPError, match="A commit has happened since"):
        api.create_commit(
            "ada-l/m",
            [CommitOperationAdd("g.txt", b"g")],
            commit_message="late",
            parent_commit=first.oid,
        )
    assert api.model_info("ada-l/m").sha == second.oid


def test_a_space_is_made_and_duplicated(small_hub: ServedHub, api: HfApi) -> None:
    api.create_repo("ada-l/demo", repo_type="space", space_sdk="gradio")
    assert api.get_space_runtime("ada-l/demo").stage == "NO_APP_FILE"
    small_hub.hub.add_space("grace-h/first", card={"models": ["grace-h/m"]})
    api.duplicate_repo("grace-h/first", "sky/copy", repo_type="space")
    copy = api.space_info("sky/copy")
    assert copy.card_data is not None
    assert (copy.card_data.duplicated_from, copy.models) == ("grace-h/first", ["grace-h/m"])


@pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # the client's own call
def test_large_files_go_by_lfs_when_the_hub_wants_it(
    small_hub: ServedHub, api: HfApi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    small_hub.hub.lfs_from = 1000
    api.create_repo("ada-l/m")
    (tmp_path / "w.bin").write_bytes(b"large" * 1000)
    (tmp_path / "same.bin").write_bytes(b"large" * 1000)
    (tmp_path / "small.txt").write_bytes(b"small")
    api.upload_folder(repo_id="ada-l/m", folder_path=tmp_path)
    tree = {entry.path: entry for entry in api.list_repo_tree("ada-l/m")}
    assert tree["w.bin"].lfs is not None  # pyright: ignore[reportAttributeAccessIssue]
    assert tree["small.txt"].lfs is None  # pyright: ignore[reportAttributeAccessIssue]
    path = api.hf_hub_download("ada-l/m", "w.bin", cache_dir=tmp_path / "cache")
    assert Path(path).read_bytes() == b"large" * 1000


def test_only_owners_write(small_hub: ServedHub, api: HfApi, visitor: HfApi) -> None:
    small_hub.hub.add_model("grace-h/m")
    for client in (api, visitor):
        with pytest.raises(HfHubHTTPError):
            client.upload_file(path_or_fileobj=b"1", path_in_repo="v", repo_id="grace-h/m")
        with pytest.raises(HfHubHTTPError):
            client.create_repo("grace-h/new")
        with pytest.raises(HfHubHTTPError):
            client.delete_repo("grace-h/m")
    assert api.create_repo("sky/new").repo_id == "sky/new"


def test_front_matter_that_is_no_yaml_is_refused(api: HfApi) -> None:
    api.create_repo("ada-l/m")
    with pytest.raises(ValueError, match="Invalid metadata"):
        api.upload_file(
            path_or_fileobj=b"---\ntags: [a\n---\n", path_in_repo="README.md", repo_id="ada-l/m"
        )


def test_a_renamed_repository_is_led_on_to_until_something_else_is_called_so(
    small_hub: ServedHub, api: HfApi, visitor: HfApi
) -> None:
    small_hub.hub.add_space("ada-l/clouds")
    before = visitor.space_info("ada-l/clouds")
    api.move_repo("ada-l/clouds", "Sky/Clouds", repo_type="space")
    found = visitor.space_info("ADA-L/clouds")
    assert (found.id, found.sha) == ("Sky/Clouds", before.sha)
    assert visitor.file_exists("ada-l/clouds", "app.py", repo_type="space")
    small_hub.hub.add_space("ada-l/clouds")
    assert visitor.space_info("ada-l/clouds").id == "ada-l/clouds"
    with pytest.raises(HfHubHTTPError, match="409"):
        api.move_repo("ada-l/clouds", "sky/clouds", repo_type="space")
