"""A single file of weights is told what it is, and nobody is sent to download it again."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from inference.checkpoints import load_bundle, load_controlnet
from inference.errors import CheckpointNotFound, DamagedWeights

FILES = {
    "a whole checkpoint in one file": "model.diffusion_model.input_blocks.0.0.weight",
    "a LoRA": "lora_unet_down_blocks_0_attentions_0_proj_in.lora_down.weight",
    "a LoRA, which is a difference": "unet.down_blocks.0.attentions.0.to_q.lora_A.weight",
    "a LoRA, which": "lora_te_text_model_encoder_layers_0_mlp_fc1.hada_w1_a",
    "a Control-LoRA": "lora_controlnet",
    "a ControlNet in the layout": "control_model.input_hint_block.0.weight",
    "a textual inversion embedding": "emb_params",
    "a textual inversion": "<cat-toy>",
    "an IP-Adapter": "image_proj.latents",
    "a transformer, of a family": "double_blocks.0.img_attn.qkv.weight",
    "one network's weights without": "down_blocks.0.resnets.0.conv1.weight",
    "a file of weights that are not known": "something.else",
}


def weights(path: Path, *names: str) -> Path:
    save_file({name: np.zeros((2, 2), np.float32) for name in names}, path)
    return path


@pytest.mark.parametrize(("words", "name"), FILES.items())
def test_a_file_in_place_of_a_folder_is_named_for_what_it_is(
    tmp_path: Path, words: str, name: str
) -> None:
    path = weights(tmp_path / "thing.safetensors", name)
    for load in (load_bundle, load_controlnet):
        with pytest.raises(CheckpointNotFound, match=words) as caught:
            load(str(path))
        assert "; " in str(caught.value)
        for lie in ("check its spelling", "download"):
            assert lie not in str(caught.value)


@pytest.mark.parametrize("suffix", [".ckpt", ".pt", ".bin"])
def test_a_pickled_file_is_said_to_be_one(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"model{suffix}"
    path.write_bytes(b"PK")
    with pytest.raises(CheckpointNotFound, match="pickled weights, which can run code"):
        load_bundle(str(path))


def test_a_folder_with_nothing_but_a_lora_is_said_to_hold_one(tmp_path: Path) -> None:
    weights(tmp_path / "pytorch_lora_weights.safetensors", "unet.conv.lora_A.weight")
    for load in (load_bundle, load_controlnet):
        with pytest.raises(CheckpointNotFound, match=r"pytorch_lora_weights.*is a LoRA.*fuse_lora"):
            load(str(tmp_path))


def test_a_lora_under_a_network_s_name_is_said_to_be_one(torch_model: Path) -> None:
    weights(torch_model / "unet" / "diffusion_pytorch_model.safetensors", "a.lora_up.weight")
    with pytest.raises(
        DamagedWeights, match=r"must hold the network of its config\.json, got a LoRA"
    ):
        load_bundle(str(torch_model))


@pytest.mark.parametrize("kind", ["F8_E4M3", "F8_E5M2"])
def test_weights_of_eight_bits_simply_load(torch_model: Path, kind: str) -> None:
    import torch
    from safetensors.torch import load_file
    from safetensors.torch import save_file as save_torch

    path = torch_model / "unet" / "diffusion_pytorch_model.safetensors"
    small = {"F8_E4M3": torch.float8_e4m3fn, "F8_E5M2": torch.float8_e5m2}[kind]
    tensors = {name: tensor.to(small) for name, tensor in load_file(path).items()}
    save_torch(tensors, path)
    params = load_bundle(str(torch_model), dtype=np.float32).unet.params
    expected = tensors["conv_in.bias"].to(torch.float32).numpy()
    np.testing.assert_array_equal(params["conv_in"]["bias"], expected)


@pytest.mark.parametrize("scale", [1.0, float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["conv_in.weight_scale", "conv_in.scale_weight", "conv_in.SCB"])
def test_scales_beside_weights_of_eight_bits_are_refused_whatever_they_are(
    torch_model: Path, name: str, scale: float
) -> None:
    import torch
    from safetensors.torch import load_file
    from safetensors.torch import save_file as save_torch

    path = torch_model / "unet" / "diffusion_pytorch_model.safetensors"
    tensors = {key: tensor.to(torch.float8_e4m3fn) for key, tensor in load_file(path).items()}
    save_torch({**tensors, name: torch.tensor(scale)}, path)
    with pytest.raises(DamagedWeights, match=r"got weights of few bits with scales.*; save"):
        load_bundle(str(torch_model))


def test_a_type_of_numbers_that_is_not_known_is_named(tmp_path: Path, torch_model: Path) -> None:
    path = torch_model / "unet" / "diffusion_pytorch_model.safetensors"
    header = json.dumps({"x": {"dtype": "F4", "shape": [2], "data_offsets": [0, 1]}}).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + b"\0")
    with pytest.raises(DamagedWeights, match="got F4 for x; save it as F16, BF16 or F32"):
        load_bundle(str(torch_model))
