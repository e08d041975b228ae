"""Two steps of each training stage on a handful of drawings, for the tests of all that follows."""

import json
from pathlib import Path

import pytest

from training import train_controlnet
from training.embedded import train_autoencoder, train_base, train_decoder
from training.embedded.icons import Config as IconConfig
from training.embedded.icons import Icon, write_icon


def draw_icons(folder: Path) -> Path:
    for name in ("images", "canny"):
        (folder / name).mkdir(parents=True)
    config = IconConfig(out=folder, size=32, copies=2)
    rows = []
    for i, key in enumerate(("ball", "box", "dot", "egg")):
        body = f'<circle cx="16" cy="16" r="{6 + 2 * i}" fill="#e01b24"/>'
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">{body}</svg>'
        for row in write_icon(Icon("toy", key, key, "flat", svg), config):
            rows.append(row.__dict__ | {"split": "held_out" if key == "egg" else "train"})
    (folder / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two steps of each stage."""
    root = tmp_path_factory.mktemp("runs")
    data = draw_icons(root / "icons")
    train_autoencoder.train(
        train_autoencoder.Config(
            data,
            root / "autoencoder",
            steps=2,
            batch_size=2,
            crop=16,
            widths=(8, 8),
            latent_channels=4,
        )
    )
    base_config = train_base.Config(
        data,
        root / "autoencoder",
        root / "base",
        steps=2,
        batch_size=2,
        widths=(32, 32),
        merges=20,
        text_length=12,
    )
    train_base.train(base_config)
    for control, beside in (("canny", None), ("palette", ("canny", root / "canny" / "model"))):
        train_controlnet.train(
            train_controlnet.Config(
                data,
                root / "base" / "model",
                root / control,
                control=control,
                latents=root / "autoencoder",
                beside=beside,
                steps=2,
                batch_size=2,
                versions=2,
            )
        )
    train_decoder.train(
        train_decoder.Config(
            data,
            root / "base" / "model",
            {name: root / name / "model" for name in ("canny", "palette")},
            root / "decoder",
            strengths={"canny": 2.0},
            latents=root / "autoencoder",
            steps=2,
            batch_size=12,
            versions=2,
        )
    )
    return root
