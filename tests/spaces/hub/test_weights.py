"""Headers of files with weights: real ones made by their own libraries, and broken ones."""

import io
import json
import pickle
import struct
import zipfile

import numpy as np
import pytest
from flax.serialization import msgpack_serialize
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save

from spaces.hub.weights import header_size, is_weights, read_header

SAFE = save({"a": np.zeros((2, 3), np.float32), "b": np.ones(4, np.float16)}, {"format": "np"})
FLAX = msgpack_serialize({"params": {"kernel": np.zeros((2, 2), np.float32)}})


def _zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({}))
    return file.getvalue()


@pytest.mark.parametrize(
    ("path", "content", "format", "tensors"),
    [
        ("a.safetensors", SAFE, "safetensors", 2),
        ("a.msgpack", FLAX, "msgpack", None),
        ("a.bin", pickle.dumps({"a": 1}), "pickle", None),
        ("a.ckpt", _zipped(), "pickle", None),
        ("a.h5", b"\x89HDF\r\n\x1a\n", "other", None),
    ],
)
def test_a_format_is_recognised(
    path: str, content: bytes, format: str, tensors: int | None
) -> None:
    header = read_header(path, content, size=len(content))
    assert (header.format, header.tensors, header.problem) == (format, tensors, None)


@pytest.mark.parametrize(
    ("path", "content", "size", "problem"),
    [
        ("a.safetensors", SAFE, len(SAFE) - 4, "bytes where its header tells of"),
        ("a.safetensors", SAFE[:40], 40, "ends within its header"),
        ("a.safetensors", b"short", 5, "does not begin as safetensors files do"),
        ("a.safetensors", pickle.dumps({"a": 1}), 20, "does not begin as safetensors files do"),
        ("a.safetensors", struct.pack("<Q", 2) + b"{]", 10, "a header that cannot be read"),
        ("a.safetensors", struct.pack("<Q", 9) + b'{"a": 3} ', 17, "a header that cannot be read"),
        ("a.safetensors", struct.pack("<Q", 2**60) + b"{", 9, "does not begin as safetensors"),
        ("a.msgpack", b"\x93\x01\x02\x03", 4, "does not begin as Flax's files do"),
        ("a.msgpack", b"\x81\x01\x02", 3, "does not begin as Flax's files do"),
        ("a.msgpack", b"<html>", 6, "does not begin as Flax's files do"),
        ("a.bin", b"version https://git-lfs.github.com/spec/v1\n", 130, "was never uploaded"),
        ("a.bin", b"", 0, "is empty"),
    ],
)
def test_what_cannot_be_loaded_is_said(path: str, content: bytes, size: int, problem: str) -> None:
    assert problem in (read_header(path, content, size=size).problem or "")


def test_a_header_longer_than_what_was_read_asks_for_more() -> None:
    assert header_size(SAFE[:20]) == 8 + struct.unpack("<Q", SAFE[:8])[0]
    header = json.dumps({"a": 1}).encode()
    assert header_size(header) == 0
    assert read_header("a.safetensors", SAFE[:20], size=len(SAFE)).problem is None


@given(st.binary(max_size=80), st.sampled_from(["a.safetensors", "a.msgpack", "a.bin"]))
def test_no_bytes_break_it(content: bytes, path: str) -> None:
    assert read_header(path, content, size=len(content)).path == path


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("unet/diffusion_flax_model.msgpack", True),
        ("model.safetensors", True),
        ("pytorch_model.bin", True),
        ("training_args.bin", False),
        ("optimizer.pt", False),
        ("README.md", False),
        ("model.safetensors.index.json", False),
    ],
)
def test_weights_are_told_by_their_names(path: str, answer: bool) -> None:
    assert is_weights(path) is answer
