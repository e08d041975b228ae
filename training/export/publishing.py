"""What was trained to a model repository on the Hub, with its card and its latest sheet."""

import shutil
from pathlib import Path

from training.errors import WrongSettings
from training.export.card import SHEET, Facts
from training.export.weights import CONFIG, INDEX
from training.hub import upload

FILES = ("*.safetensors", "*.msgpack", "*.json", "*.txt", "README.md", SHEET)


def publish(
    folder: Path, sheets: Path, facts: Facts, card: str, *, is_private: bool = False
) -> str:
    """Sends the ControlNet or model in `folder`; the address of the repository.

    A README.md that lies there is taken as it is, so it may be edited and sent again, else `card`
    becomes it. Raises WrongSettings and HubRefusal.
    """
    if not any((folder / name).exists() for name in (CONFIG, INDEX)):
        raise WrongSettings(
            f"{folder} must hold a model to be published, got none; train one first"
        )
    latest = max(sheets.glob("*.png"), default=None)
    if latest is not None:
        shutil.copyfile(latest, folder / SHEET)
    readme = folder / "README.md"
    if not readme.exists():
        readme.write_text(card, "utf-8")
    return upload(
        folder,
        facts.repo_id,
        kind="model",
        files=FILES,
        is_private=is_private,
        message=f"After {facts.step:,} steps",
    )
