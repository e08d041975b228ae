"""A prepared folder to a dataset repository on the Hub, with its card."""

from pathlib import Path

from training.errors import UnusableDataset
from training.hub import upload
from training.pairs.card import dataset_card
from training.pairs.report import NAME as REPORT
from training.pairs.report import Report
from training.pairs.shards import FOLDER

CARD = "README.md"
SHARDS = f"{FOLDER}/*.parquet"


def publish(folder: Path, repo_id: str, *, tag: str, license: str | None, is_private: bool) -> str:
    """Uploads shards, card and report; the address of the repository.

    A README.md that lies in the folder is taken as it is, so it may be edited and sent again; else
    it is written there. Shards of an earlier upload that are not here any more go. Raises
    UnusableDataset, WrongSettings and HubRefusal.
    """
    report = Report.read(folder)
    if not report.pairs:
        raise UnusableDataset(
            f"{folder} must hold pairs to be published, got none: all were left out; prepare more"
        )
    card = folder / CARD
    if not card.exists():
        card.write_text(dataset_card(report, repo_id=repo_id, tag=tag, license=license), "utf-8")
    return upload(
        folder,
        repo_id,
        kind="dataset",
        files=[SHARDS, CARD, REPORT, "damaged.jsonl"],
        replaces=SHARDS,
        is_private=is_private,
        message=f"{report.pairs:,} pairs",
    )
