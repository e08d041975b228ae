"""Checkpoints on disk, written by the libraries that everybody's checkpoints are written by."""

import json
import shutil
from pathlib import Path

import diffusers
import pytest
import transformers

from tests.inference.models.reference import SD15, UP, randomize

GOLDEN = Path(__file__).parents[2] / "golden" / "old_flax"


@pytest.fixture
def flax_model(tmp_path: Path) -> Path:
    """A model that the old Flax code saved, with a tokenizer and a ControlNet beside it."""
    folder = tmp_path / "flax-model"
    parts = ("unet", "vae", "text_encoder", "scheduler", "model_index.json")
    for part in parts:
        source = GOLDEN / part
        copy = shutil.copytree if source.is_dir() else shutil.copy
        folder.mkdir(exist_ok=True)
        copy(source, folder / part)
    shutil.copytree(GOLDEN / "controlnet", folder / "controlnet-canny")
    (folder / "controlnet-notes.md").write_text("about the ControlNet")
    _write_tokenizer(folder / "tokenizer")
    card = "---\nlicense: mit\ntags: [x]\n---\n# A model\n"
    (folder / "README.md").write_text(card)
    return folder


@pytest.fixture(scope="session")
def torch_modules() -> dict:
    text_config = transformers.CLIPTextConfig(
        vocab_size=40,
        hidden_size=24,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=12,
        bos_token_id=38,
        eos_token_id=39,
        pad_token_id=39,
    )
    vae = diffusers.AutoencoderKL(block_out_channels=(8,), norm_num_groups=4)
    return {
        "unet": randomize(diffusers.UNet2DConditionModel(**SD15, up_block_types=UP)),
        "vae": randomize(vae),
        "text_encoder": randomize(transformers.CLIPTextModel(text_config)),
    }


@pytest.fixture
def torch_model(tmp_path: Path, torch_modules: dict) -> Path:
    """A model that diffusers and transformers save today, in PyTorch safetensors."""
    folder = tmp_path / "torch-model"
    for name, module in torch_modules.items():
        module.save_pretrained(folder / name)
    diffusers.EulerDiscreteScheduler().save_pretrained(folder / "scheduler")
    _write_tokenizer(folder / "tokenizer")
    index = {
        "_class_name": "StableDiffusionPipeline",
        "unet": ["diffusers", "UNet2DConditionModel"],
    }
    (folder / "model_index.json").write_text(json.dumps(index))
    return folder


def _write_tokenizer(folder: Path) -> None:
    folder.mkdir(parents=True)
    words = ["a", "b", "a</w>", "b</w>", "<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({word: i for i, word in enumerate(words)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
