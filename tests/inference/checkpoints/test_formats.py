import copy
import json
import struct
from contextlib import suppress

import ml_dtypes
import numpy as np
import pytest
import safetensors.numpy
import safetensors.torch
import torch
from flax import serialization
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.checkpoints import load_controlnet
from inference.checkpoints.fit import leaves
from inference.checkpoints.msgpack_file import read_msgpack, write_msgpack
from inference.checkpoints.safetensors_file import read_safetensors
from inference.checkpoints.source import LocalFolder
from inference.checkpoints.weights import load_weights
from inference.errors import CheckpointError, DamagedWeights, UnsafeWeights
from inference.models.denoiser_config import UNetConfig
from inference.models.vae_config import VAEConfig
from tests.inference.models.reference import params_of


def _unet(folder, dtype=None):
    return load_weights(LocalFolder(folder), "unet", UNetConfig, dtype)[1]


def _assert_same(ours, theirs, **tolerance):
    ours, theirs = dict(leaves(ours)), dict(leaves(theirs))
    assert ours.keys() == theirs.keys()
    for name, leaf in ours.items():
        np.testing.assert_allclose(leaf, theirs[name], **tolerance)


@pytest.mark.slow
def test_shards_are_put_together(tmp_path, torch_modules):
    torch_modules["unet"].save_pretrained(tmp_path / "unet", max_shard_size="300KB")
    names = {path.name for path in (tmp_path / "unet").iterdir()}
    assert "diffusion_pytorch_model.safetensors.index.json" in names
    assert len(names) > 4
    _assert_same(_unet(tmp_path), params_of(torch_modules["unet"], "unet"))


@pytest.mark.parametrize("options", [{}, {"max_shard_size": "300KB"}])
def test_the_fp16_variant_serves_where_nothing_else_is(tmp_path, torch_modules, options):
    half = copy.deepcopy(torch_modules["unet"]).half()
    half.save_pretrained(tmp_path / "unet", variant="fp16", **options)
    params = _unet(tmp_path, np.float32)
    _assert_same(params, params_of(torch_modules["unet"], "unet"), rtol=1e-3, atol=1e-4)
    assert {leaf.dtype for _, leaf in leaves(params)} == {np.dtype(np.float32)}


def test_an_index_cannot_point_out_of_its_folder(tmp_path, torch_modules):
    torch_modules["unet"].save_pretrained(tmp_path / "unet", max_shard_size="300KB")
    index = tmp_path / "unet" / "diffusion_pytorch_model.safetensors.index.json"
    for shard in ("../secret.safetensors", "/etc/passwd", "absent.safetensors"):
        index.write_text(json.dumps({"weight_map": {"conv_in.weight": shard}}))
        with pytest.raises(DamagedWeights, match="must name the files beside it"):
            _unet(tmp_path)
    index.write_text("{}")
    with pytest.raises(DamagedWeights, match="must map weights to files"):
        _unet(tmp_path)


def test_old_names_of_the_autoencoder_s_attention_are_read_too(tmp_path, torch_modules):
    module = torch_modules["vae"]
    module.save_pretrained(tmp_path / "vae")
    new = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}
    old = {}
    for name, tensor in module.state_dict().items():
        for recent, former in new.items():
            name = name.replace(f"attentions.0.{recent}.", f"attentions.0.{former}.")
        old[name] = tensor.contiguous()
    assert "decoder.mid_block.attentions.0.proj_attn.weight" in old
    file = tmp_path / "vae" / "diffusion_pytorch_model.safetensors"
    safetensors.torch.save_file(old, file)
    _, params = load_weights(LocalFolder(tmp_path), "vae", VAEConfig, None)
    _assert_same(params, params_of(module, "vae"))


def test_text_encoders_lose_their_buffers_and_gain_their_prefix():
    from inference.checkpoints.renaming import flax_leaf

    ids = np.arange(3)[None]
    for prefix in ("", "text_model."):
        buffer = f"{prefix}embeddings.position_ids"
        assert flax_leaf(buffer, ids, component="text_encoder") is None
        placed = flax_leaf(f"{prefix}final_layer_norm.weight", ids[0], component="text_encoder")
        assert placed is not None
        assert placed[0] == ("text_model", "final_layer_norm", "scale")


def test_bfloat16_and_scalars_are_read(tmp_path):
    file = tmp_path / "x.safetensors"
    values = torch.tensor([[1.0, -2.5], [3.0, 1e30]], dtype=torch.bfloat16)
    tensors = {"half": values, "one": torch.tensor(7), "none": torch.zeros(0, 3)}
    safetensors.torch.save_file(tensors, file)
    read = dict(read_safetensors(file))
    assert read["half"].dtype == ml_dtypes.bfloat16
    np.testing.assert_array_equal(read["half"].astype(np.float32), values.float().numpy())
    assert read["one"] == 7
    assert read["none"].shape == (0, 3)


def _header(**entries):
    text = json.dumps(entries).encode()
    return struct.pack("<Q", len(text)) + text


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 7,
        struct.pack("<Q", 2**60) + b"{}",
        struct.pack("<Q", 4) + b"nope",
        struct.pack("<Q", 2) + b"[]",
        _header(x={"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}) + b"\0" * 4,
        _header(x={"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}) + b"\0" * 8,
        _header(x={"dtype": "F32", "shape": [-1], "data_offsets": [0, -4]}) + b"\0" * 8,
        _header(x={"dtype": "F32", "shape": "2", "data_offsets": [0]}) + b"\0" * 8,
        _header(x=7),
    ],
)
def test_a_safetensors_file_that_is_not_whole_is_told(tmp_path, content):
    file = tmp_path / "x.safetensors"
    file.write_bytes(content)
    with pytest.raises(DamagedWeights, match="must be a whole safetensors file"):
        list(read_safetensors(file))


def test_a_type_of_numbers_that_nobody_knows_is_named(tmp_path):
    header = _header(x={"dtype": "F9", "shape": [1], "data_offsets": [0, 1]})
    (tmp_path / "x.safetensors").write_bytes(header + b"\0")
    with pytest.raises(
        DamagedWeights, match=r"numbers of a type that is known.*got F9 for x; save"
    ):
        list(read_safetensors(tmp_path / "x.safetensors"))


TREE = {"a": {"kernel": np.arange(6, dtype=np.float32).reshape(2, 3)}, "b": np.ones(2, np.float16)}


@pytest.mark.slow
@settings(deadline=None)
@given(data=st.data())
def test_a_damaged_msgpack_is_told_or_read_never_a_traceback(tmp_path_factory, data):
    whole = serialization.msgpack_serialize(TREE)
    cut = data.draw(st.integers(0, len(whole)))
    flips = data.draw(st.lists(st.tuples(st.integers(0, len(whole) - 1), st.integers(0, 255))))
    damaged = bytearray(whole)
    for place, value in flips:
        damaged[place] = value
    file = tmp_path_factory.mktemp("damaged") / "x.msgpack"
    file.write_bytes(bytes(damaged[:cut]))
    with suppress(DamagedWeights):
        tree = read_msgpack(file)
        assert all(isinstance(leaf, np.ndarray) for _, leaf in leaves(tree))


@pytest.mark.parametrize("value", [7, [1], {"a": 1}, {"a": {"b": "text"}}, {1: np.ones(1)}, None])
def test_a_msgpack_of_something_else_is_told(tmp_path, value):
    file = tmp_path / "x.msgpack"
    file.write_bytes(serialization.msgpack_serialize(value))
    with pytest.raises(DamagedWeights, match="must be a Flax msgpack of arrays"):
        read_msgpack(file)


def test_an_interrupted_write_leaves_the_old_file(tmp_path):
    file = tmp_path / "x.msgpack"
    write_msgpack(file, TREE)
    before = file.read_bytes()
    with pytest.raises(TypeError):
        write_msgpack(file, {"a": object()})
    assert file.read_bytes() == before


def test_weights_in_pickles_are_never_opened(tmp_path, flax_model):
    folder = flax_model / "controlnet-canny"
    (folder / "diffusion_flax_model.msgpack").rename(folder / "model.ckpt")
    with pytest.raises(UnsafeWeights) as error:
        load_controlnet(folder)
    assert isinstance(error.value, CheckpointError)
