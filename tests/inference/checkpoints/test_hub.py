"""The real Hub client against a Hub of our own."""

import json
import os
import shutil
import subprocess
import sys

import huggingface_hub.constants
import numpy as np
import pytest

from inference.checkpoints import load_bundle, load_controlnet
from inference.errors import CheckpointNotFound
from tests.inference.checkpoints.small_hub import SmallHub


@pytest.fixture
def hub(tmp_path, flax_model, monkeypatch):
    """`team/model` has Flax and other weights side by side; `team/nets` has nets in subfolders."""
    nets = tmp_path / "nets"
    (nets / "canny").mkdir(parents=True)
    (nets / "README.md").touch()
    for file in (flax_model / "controlnet-canny").iterdir():
        shutil.copy(file, nets / "canny")
    recent = tmp_path / "recent"
    shutil.copytree(flax_model, recent)
    (recent / "generation_config.json").write_text('{"steps": 3}')
    for part in ("unet", "vae", "text_encoder"):
        for other in ("diffusion_pytorch_model.safetensors", "model.safetensors", "x.bin"):
            (flax_model / part / other).write_bytes(b"not to be fetched")
    served = SmallHub(
        {"team/model": {"main": flax_model, "next": recent}, "team/nets": {"main": nets}}
    )
    with served.running():
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", served.url)
        template = served.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        yield served


def test_only_one_weight_format_is_fetched(hub):
    bundle = load_bundle("team/model", dtype=np.float32)
    assert bundle.name == "team/model"
    assert bundle.license == "mit"
    assert (bundle.tokenizer / "merges.txt").is_file()
    fetched = hub.downloaded()
    weights = [name for name in fetched if name.endswith((".msgpack", ".safetensors", ".bin"))]
    assert weights == [
        "controlnet-canny/diffusion_flax_model.msgpack",
        "text_encoder/flax_model.msgpack",
        "unet/diffusion_flax_model.msgpack",
        "vae/diffusion_flax_model.msgpack",
    ]


@pytest.mark.slow
def test_a_revision_is_the_one_that_is_fetched(hub):
    assert load_bundle("team/model").generation_config == {}
    assert load_bundle("team/model@next").generation_config == {"steps": 3}
    assert load_bundle("team/model", revision="next").generation_config == {"steps": 3}
    with pytest.raises(CheckpointNotFound, match="no revision 'absent'"):
        load_bundle("team/model@absent")


def test_a_subfolder_is_a_source(hub):
    control = load_controlnet("team/nets:canny")
    assert control.name == "team/nets:canny"
    assert hub.downloaded() == ["canny/config.json", "canny/diffusion_flax_model.msgpack"]
    with pytest.raises(CheckpointNotFound, match="a folder depth"):
        load_controlnet("team/nets@main:depth")


def test_a_missing_or_gated_repository_is_told_apart(hub):
    with pytest.raises(CheckpointNotFound, match="no such repository, or a private one"):
        load_bundle("team/absent")
    hub.gated.add("team/model")
    with pytest.raises(CheckpointNotFound, match="gated repository; accept its terms"):
        load_bundle("team/model")
    with pytest.raises(CheckpointNotFound, match="no repository can have"):
        load_bundle("team/mo..del")


def test_of_two_formats_it_is_told_which_was_read_and_whether_the_other_is_newer(hub, flax_model):
    """On a branch the PyTorch weights were trained on; on main they are older than Flax's."""
    branch = hub.repositories["team/model"]["next"]
    for folder, torch_at in ((flax_model, 1_600_000_000), (branch, 1_800_000_000)):
        for part in ("unet", "vae"):
            (folder / part / "diffusion_pytorch_model.safetensors").write_bytes(b"not to be read")
            os.utime(folder / part / "diffusion_flax_model.msgpack", (1_700_000_000,) * 2)
        for name in ("model.safetensors", "flax_model.msgpack"):
            (folder / "text_encoder" / name).touch()
            os.utime(folder / "text_encoder" / name, (1_500_000_000,) * 2)
        os.utime(folder / "vae" / "diffusion_pytorch_model.safetensors", (1_500_000_000,) * 2)
        os.utime(folder / "unet" / "diffusion_pytorch_model.safetensors", (torch_at,) * 2)
    read = (
        "weights lie there as Flax and as PyTorch: text_encoder/flax_model.msgpack, "
        "unet/diffusion_flax_model.msgpack, vae/diffusion_flax_model.msgpack were read"
    )
    assert load_bundle("team/model").notices == (read,)
    newer = "unet/diffusion_pytorch_model.safetensors are newer"
    assert load_bundle("team/model@next").notices == (f"{read}, though {newer}",)
    asked = [path for method, path in hub.requests if method == "POST"]
    assert [path.rpartition("/")[2] for path in asked] == ["a" * 40] * 3 + ["b" * 40] * 3


def test_without_a_network_the_cache_serves(hub, monkeypatch):
    load_controlnet("team/nets:canny")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    hub.requests.clear()
    assert load_controlnet("team/nets:canny").name == "team/nets:canny"
    assert hub.requests == []
    with pytest.raises(CheckpointNotFound, match="offline mode and nothing in the cache"):
        load_bundle("team/model")


def test_a_hub_that_is_not_there_is_told(hub, monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(CheckpointNotFound, match="no connection and nothing in the cache"):
        load_bundle("team/model")


@pytest.mark.slow
def test_a_program_told_of_another_hub_loads_neither_torch_nor_diffusers(hub, tmp_path):
    script = """
import json, sys
from inference.checkpoints import load_controlnet
loaded = "huggingface_hub" in sys.modules
name = load_controlnet("team/nets:canny").name
print(json.dumps([name, loaded, [m for m in ("torch", "diffusers") if m in sys.modules]]))
"""
    env = {**os.environ, "HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        [sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == ["team/nets:canny", False, []]
