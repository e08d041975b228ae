"""The Hub as it will be once a team's folder is published: what the gallery's rules then look at.

The Space is told from its folder; the team's own model from its card and checkpoint, where that is
on this machine; a dataset that is not on the Hub yet from its card. All else is asked of the Hub.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spaces.commands.front_matter import README, read_readme
from spaces.commands.packing import own_files, weights_of
from spaces.commands.project import Project
from spaces.hub import parsing, weights
from spaces.hub.client import FIRST_BYTES, Hub
from spaces.hub.facts import DatasetFacts, ModelFacts, SpaceFacts, WeightHeader

CARD_OF_MODEL, CARD_OF_DATASET = "model", "dataset"
"""Folders with what goes to the other two repositories."""


class FolderHub(Hub):
    """`address` is where the Space's app answers now, None while it does not."""

    def __init__(self, project: Project, address: str | None, endpoint: str, **more: Any) -> None:
        super().__init__(endpoint, **more)
        self._project = project
        self._address = address

    def space(self, repo_id: str, *, commit: str | None = None) -> SpaceFacts | None:
        if repo_id != self._project.answers.space_id:
            return super().space(repo_id, commit=commit)
        values, _ = read_readme(self._project.folder)
        stage = "RUNNING" if self._address else "RUNTIME_ERROR"
        answer = {
            **_described(repo_id, values, own_files(self._project)),
            "sdk": values.get("sdk"),
            "host": self._address,
            "runtime": {"stage": stage},
        }
        if self._address and values.get("sdk") == "static":
            answer["cardData"] = {**values, "demo": self._address}
        return parsing.space_facts(answer, readme=_readme(self._project.folder), hosts=None)

    def model(self, repo_id: str, *, commit: str | None = None) -> ModelFacts | None:
        checkpoint = self._own_checkpoint(repo_id)
        if checkpoint is None:
            return super().model(repo_id, commit=commit)
        folder = self._project.folder / CARD_OF_MODEL
        values, _ = read_readme(folder)
        files = {**weights_of(checkpoint), README: folder / README}
        answer = _described(repo_id, values, files)
        return parsing.model_facts(answer, readme=_readme(folder))

    def dataset(self, repo_id: str, *, commit: str | None = None) -> DatasetFacts | None:
        found = super().dataset(repo_id, commit=commit)
        folder = self._project.folder / CARD_OF_DATASET
        if found is None and repo_id == self._project.answers.dataset and folder.is_dir():
            values, _ = read_readme(folder)
            answer = _described(repo_id, values, {README: folder / README})
            return parsing.dataset_facts(answer, readme=_readme(folder))
        return found

    def weight_header(self, repo_id: str, path: str) -> WeightHeader | None:
        checkpoint = self._own_checkpoint(repo_id)
        if checkpoint is None:
            return super().weight_header(repo_id, path)
        file = checkpoint / path
        with file.open("rb") as opened:
            first = opened.read(FIRST_BYTES)
            rest = max(0, min(weights.header_size(first), weights.MOST_HEADER) - len(first))
            return weights.read_header(path, first + opened.read(rest), size=file.stat().st_size)

    def _own_checkpoint(self, repo_id: str) -> Path | None:
        answers, checkpoint = self._project.answers, self._project.record.checkpoint
        return checkpoint if repo_id == answers.own_model and checkpoint else None


def _described(
    repo_id: str, values: Mapping[str, Any], files: Mapping[str, Path]
) -> dict[str, Any]:
    """A repository as the Hub's API describes one."""
    return {
        "id": repo_id,
        "cardData": values,
        "tags": values.get("tags"),
        "siblings": [
            {"rfilename": path, "size": file.stat().st_size, "blobId": _blob_id(path, file)}
            for path, file in files.items()
        ],
    }


def _blob_id(path: str, file: Path) -> str | None:
    """What git calls a content, for the files by which Spaces are told apart."""
    if not path.endswith(".py"):
        return None
    content = file.read_bytes()
    whole = b"blob %d\0" % len(content) + content
    return hashlib.sha1(whole, usedforsecurity=False).hexdigest()


def _readme(folder: Path) -> str:
    return (folder / README).read_text("utf-8")
