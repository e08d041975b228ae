"""Two steps of each training stage on a handful of drawings, for the tests of all that follows."""

import json
from collections.abc import Iterator
from pathlib import Path

import jax
import pytest

from training.embedded import train_autoencoder, train_base, train_control, train_decoder
from training.embedded.icons import Config as IconConfig
from training.embedded.icons import Icon, write_icon
from training.loop import onednn


@pytest.fixture(scope="package", autouse=True)
def compiled_in_a_hurry() -> Iterator[None]:
    """A stage makes two steps here and is compiled for minutes: so without optimising, and without
    oneDNN, whose programs no cache keeps (`loop/test_onednn.py` is about it).
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(onednn, "available", lambda: False)
        jax.config.update("jax_disable_most_optimizations", True)
        yield
        jax.config.update("jax_disable_most_optimizations", False)


def draw_icons(folder: Path) -> Path:
    for name in ("images", "canny", "large"):
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


@pytest.fixture(scope="package")  # no wider than what makes compiling short
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
        train_control.train(
            train_control.Config(
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
