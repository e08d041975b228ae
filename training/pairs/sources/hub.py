"""Dataset repository on the Hub, downloaded through its own client: Parquet, tars or pictures.

The client keeps what it has fetched, goes on where it stopped, and asks HF_ENDPOINT.
"""

import os
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

import httpx2
from huggingface_hub import HfApi, snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

from training.errors import UnusableDataset
from training.hub import refusal
from training.pairs.sources.folder import SUFFIXES as PICTURES

TABLES_AND_TEXTS = frozenset({".jsonl", ".csv", ".txt"})
TRAINING = ("train", "data")
"""Of several splits, files with this in their path are meant."""


def download(name: str, *, files: str | None) -> tuple[Path, list[str], str | None]:
    """`owner/name` or `owner/name@revision`: its folder on this machine, what was fetched there,
    and the licence that its card names.

    `files` is a pattern such as `data/train-0000*`; without it the Parquet files are taken, else
    the tars, else the pictures. Raises HubRefusal and UnusableDataset.
    """
    repo_id, _, revision = name.partition("@")
    api = HfApi(endpoint=os.environ.get("HF_ENDPOINT"))
    try:
        info = api.dataset_info(repo_id, revision=revision or None)
        card = info.card_data
        wanted = _chosen(repo_id, [file.rfilename for file in info.siblings or ()], files)
        folder = snapshot_download(
            repo_id,
            repo_type="dataset",
            revision=info.sha,
            allow_patterns=wanted,
            endpoint=api.endpoint,
        )
    except HFValidationError as error:
        raise UnusableDataset(
            f"SOURCE must be a folder, a file, fill50k, or owner/name on the Hub, got {name!r}; "
            "check the name"
        ) from error
    except (HfHubHTTPError, LocalEntryNotFoundError, httpx2.HTTPError, OSError) as error:
        raise refusal(f"the data set {repo_id}", error) from error
    licence = card.get("license") if card else None
    return Path(folder), wanted, licence if isinstance(licence, str) else None


def _chosen(repo_id: str, paths: list[str], files: str | None) -> list[str]:
    """The files that hold the data: those of one kind, of the training split if there is one."""
    if files is not None:
        paths = [path for path in paths if fnmatch(path, files)]
    kinds = [
        [path for path in paths if path.endswith(".parquet")],
        [path for path in paths if path.endswith(".tar")],
        [path for path in paths if PurePosixPath(path).suffix.lower() in PICTURES],
    ]
    found = next(filter(None, kinds), [])
    if not found:
        scripts = [path for path in paths if path.endswith(".py")]
        remedy = (
            f"it is made by a script, {scripts[0]}: try {repo_id}@refs/convert/parquet"
            if scripts
            else "look at its files, and name some with --files"
        )
        raise UnusableDataset(
            f"{repo_id} must hold Parquet files, .tar files or pictures"
            f"{f' that match {files}' if files else ''}, got none; {remedy}"
        )
    if found is kinds[2]:
        beside = [path for path in paths if PurePosixPath(path).suffix in TABLES_AND_TEXTS]
        return sorted({*found, *beside})
    for word in TRAINING if files is None else ():
        some = [path for path in found if word in path]
        if some:
            return sorted(some)
    return sorted(found)
