from pathlib import Path

import pytest

from inference.checkpoints import source
from inference.checkpoints.source import LocalFolder, open_source
from inference.errors import CheckpointNotFound


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no-such-model",
        "/no/such/folder",
        "./here",
        "~nobody/model",
        "a/b/c",
        "x" * 5000,
        "a\0b",
    ],
)
def test_what_is_no_source_is_answered_with_the_forms(text):
    with pytest.raises(CheckpointNotFound, match="owner/name@revision:subfolder") as error:
        open_source(text)
    assert len(str(error.value)) < 500


def test_a_folder_lists_its_files_two_levels_deep(tmp_path):
    (tmp_path / "unet" / "deep").mkdir(parents=True)
    (tmp_path / "model_index.json").touch()
    (tmp_path / "unet" / "config.json").touch()
    (tmp_path / "unet" / "deep" / "x").touch()
    folder = open_source(str(tmp_path))
    assert folder.names() == {"model_index.json", "unet/config.json"}
    assert folder.path("unet/config.json", "model_index.json") == tmp_path / "unet" / "config.json"
    assert folder.name == tmp_path.name


def test_a_local_folder_wins_over_a_repository_of_its_name(tmp_path, monkeypatch):
    (tmp_path / "owner" / "name").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert isinstance(open_source("owner/name"), LocalFolder)


def test_a_revision_is_for_repositories_alone(tmp_path):
    for text in (str(tmp_path), "embedded"):
        with pytest.raises(CheckpointNotFound, match="revision"):
            open_source(text, revision="main")
    with pytest.raises(CheckpointNotFound, match="given once"):
        open_source("owner/name@one", revision="two")


def test_embedded_is_the_package_s_own_model(tmp_path, monkeypatch):
    monkeypatch.setattr(source, "EMBEDDED", tmp_path)
    (tmp_path / "controlnet-canny").mkdir()
    assert open_source("embedded").name == "embedded"
    assert open_source("embedded:controlnet-canny").name == "embedded:controlnet-canny"
    with pytest.raises(CheckpointNotFound, match="controlnet-depth"):
        open_source("embedded:controlnet-depth")
    assert Path(source.__file__).parent.parent.name == "inference"
