"""A trained ControlNet to a model repository on the Hub, with its card and its latest sheet."""

import shutil
from pathlib import Path

from training.errors import WrongSettings
from training.export.card import SHEET, Facts, model_card
from training.hub import upload

FILES = ("*.safetensors", "*.msgpack", "config.json", "README.md", SHEET)


def publish(folder: Path, sheets: Path, facts: Facts, *, is_private: bool = False) -> str:
    """Sends the ControlNet in `folder`; the address of the repository.

    A README.md that lies there is taken as it is, so it may be edited and sent again. Raises
    WrongSettings and HubRefusal.
    """
    if not (folder / "config.json").exists():
        raise WrongSettings(
            f"{folder} must hold a ControlNet to be published, got none; train one first"
        )
    latest = max(sheets.glob("*.png"), default=None)
    if latest is not None:
        shutil.copyfile(latest, folder / SHEET)
    card = folder / "README.md"
    if not card.exists():
        card.write_text(model_card(facts), "utf-8")
    return upload(
        folder,
        facts.repo_id,
        kind="model",
        files=FILES,
        is_private=is_private,
        message=f"After {int(facts.figures.get('step', 0)):,} steps",
    )
