"""A repository as the Hub keeps one: files named by their content, commits and their branch."""

import hashlib
import re
from datetime import datetime
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

RepoType = Literal["model", "dataset", "space"]
MAIN = "main"
FRONT_MATTER = re.compile(r"\A\s*---[ \t]*\r?\n(.*?)(?:\r?\n)?---[ \t]*(?:\r?\n|\Z)", re.DOTALL)


class Blob(BaseModel):
    """A file's content. `digest` is its SHA-256, `git_id` what git calls it; `size` in bytes."""

    model_config = ConfigDict(frozen=True)

    digest: str
    git_id: str
    size: int
    is_lfs: bool = False

    @classmethod
    def of(cls, content: bytes, *, is_lfs: bool = False) -> "Blob":
        git = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False)
        return cls(
            digest=hashlib.sha256(content).hexdigest(),
            git_id=git.hexdigest(),
            size=len(content),
            is_lfs=is_lfs,
        )

    @property
    def etag(self) -> str:
        """What the Hub gives as ETag: the git id, or the SHA-256 of a large file."""
        return self.digest if self.is_lfs else self.git_id


class Commit(BaseModel):
    """All files at one time. `id` depends on everything else, so no two commits share one."""

    model_config = ConfigDict(frozen=True)

    id: str
    parent: str | None
    title: str
    message: str
    author: str
    date: datetime
    files: dict[str, Blob]

    @classmethod
    def of(
        cls,
        files: dict[str, Blob],
        *,
        parent: str | None,
        title: str,
        message: str = "",
        author: str,
        date: datetime,
    ) -> "Commit":
        listing = "".join(f"{path}\0{files[path].digest}\n" for path in sorted(files))
        text = "\0".join([parent or "", title, message, author, date.isoformat(), listing])
        name = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        return cls(
            id=name,
            parent=parent,
            title=title,
            message=message,
            author=author,
            date=date,
            files=files,
        )


class Runtime(BaseModel):
    """How a Space is doing; `stage` is the Hub's word, an unknown one included."""

    stage: str = "RUNNING"
    hardware: str | None = "cpu-basic"
    sleep_seconds: int | None = 172_800


class Repository(BaseModel):
    """One repository with its history. `host` is where a Space's demo runs, None for our own."""

    repo_type: RepoType
    repo_id: str
    hub_id: str = ""
    """24 hex digits that stay when it is renamed."""
    former_ids: list[str] = Field(default_factory=list)
    """What it was called before: who asks for those is led on."""
    private: bool = False
    gated: Literal["auto", "manual", False] = False
    created_at: datetime
    likes: int = 0
    downloads: int = 0
    host: str | None = None
    runtime: Runtime | None = None
    commits: dict[str, Commit] = Field(default_factory=dict)
    branches: dict[str, str] = Field(default_factory=dict)
    variables: dict[str, str] = Field(default_factory=dict)
    secrets: dict[str, str] = Field(default_factory=dict)
    """Of a Space; nobody is told a secret's value."""
    front_matter: dict[str, Any] = Field(default_factory=dict, exclude=True)
    """Of the newest README; kept so that ten thousand Spaces are listed without reading one."""

    @property
    def owner(self) -> str:
        return self.repo_id.split("/")[0]

    @property
    def name(self) -> str:
        return self.repo_id.split("/")[1]

    @property
    def path(self) -> str:
        """Its address on the Hub: `spaces/owner/name`; models have no prefix."""
        return self.repo_id if self.repo_type == "model" else f"{self.repo_type}s/{self.repo_id}"

    @property
    def head(self) -> Commit:
        return self.commits[self.branches[MAIN]]

    def commit_at(self, revision: str) -> Commit | None:
        """By branch or commit id (whole, or its first seven digits and more)."""
        if revision in self.branches:
            return self.commits[self.branches[revision]]
        if revision in self.commits:
            return self.commits[revision]
        if re.fullmatch(r"[0-9a-f]{7,39}", revision):
            found = [commit for name, commit in self.commits.items() if name.startswith(revision)]
            return found[0] if len(found) == 1 else None
        return None

    def history(self, commit: Commit) -> list[Commit]:
        """The commit and those before it, newest first."""
        line = [commit]
        while line[-1].parent is not None:
            line.append(self.commits[line[-1].parent])
        return line


def read_front_matter(readme: str) -> dict[str, Any]:
    """What a README's front matter says; empty when there is none. Raises yaml.YAMLError."""
    found = FRONT_MATTER.match(readme)
    values = yaml.safe_load(found[1]) if found else None
    return values if isinstance(values, dict) else {}


def write_readme(front_matter: dict[str, Any], text: str) -> str:
    """A README that says both."""
    head = yaml.safe_dump(front_matter, allow_unicode=True, sort_keys=False)
    return f"---\n{head}---\n\n{text}"
