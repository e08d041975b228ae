"""What the first bytes of a file with weights say: enough to know whether it loads, and how."""

import json
import struct
from typing import Literal

import msgpack

from spaces.hub.facts import WeightHeader

WEIGHT_SUFFIXES = (".safetensors", ".msgpack", ".bin", ".ckpt", ".pt", ".pth", ".h5", ".onnx")
LENGTH = 8
"""A safetensors file begins with its header's length, 8 bytes, little end first."""
MOST_HEADER = 100_000_000
"""What the safetensors format allows."""


def is_weights(path: str) -> bool:
    """By name; `training_args.bin` and the like are a trainer's, and hold no weights."""
    name = path.rsplit("/", 1)[-1]
    return name.endswith(WEIGHT_SUFFIXES) and not name.startswith(("training_args", "optimizer"))


def header_size(first: bytes) -> int:
    """How many bytes the header has, for safetensors, whose first 8 tell it; 0 for others."""
    if len(first) <= LENGTH or first[LENGTH : LENGTH + 1] != b"{":
        return 0
    return LENGTH + struct.unpack("<Q", first[:LENGTH])[0]


def read_header(path: str, first: bytes, *, size: int | None) -> WeightHeader:
    """By content where it tells, since any name can be given to any file.

    `first` are the file's first bytes, `size` is the whole's, where it is known.
    """
    if first.startswith(b"version https://git-lfs"):
        return _broken(path, "other", "is a pointer to a file that was never uploaded")
    if not first:
        return _broken(path, "other", "is empty")
    if path.endswith(".safetensors"):
        return _safetensors(path, first, size)
    if path.endswith(".msgpack"):
        return _msgpack(path, first)
    if first.startswith(b"PK\x03\x04") or _begins_as_pickle(first):
        return WeightHeader(path=path, format="pickle")
    return WeightHeader(path=path, format="other")


def _begins_as_pickle(first: bytes) -> bool:
    """The PROTO opcode and a protocol from 2 to 5."""
    return first[0] == 0x80 and len(first) > 1 and 2 <= first[1] <= 5


def _safetensors(path: str, first: bytes, size: int | None) -> WeightHeader:
    wanted = header_size(first)
    if not LENGTH < wanted <= MOST_HEADER:
        return _broken(path, "safetensors", "does not begin as safetensors files do")
    if len(first) < wanted:
        if size is not None and size < wanted:
            return _broken(path, "safetensors", "ends within its header")
        return WeightHeader(path=path, format="safetensors")
    try:
        header = json.loads(first[LENGTH:wanted])
        header.pop("__metadata__", None)
        end = max((tensor["data_offsets"][1] for tensor in header.values()), default=0)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        return _broken(path, "safetensors", "has a header that cannot be read")
    if size is not None and size != wanted + end:
        whole = f"has {size:,} bytes where its header tells of {wanted + end:,}"
        return _broken(path, "safetensors", whole)
    return WeightHeader(path=path, format="safetensors", tensors=len(header))


def _msgpack(path: str, first: bytes) -> WeightHeader:
    """Flax writes one map whose keys are names."""
    reader = msgpack.Unpacker(raw=False, strict_map_key=False)
    reader.feed(first)
    try:
        entries = reader.read_map_header()
        name = reader.unpack() if entries else ""
    except (ValueError, msgpack.UnpackException):
        return _broken(path, "msgpack", "does not begin as Flax's files do")
    if not isinstance(name, str):
        return _broken(path, "msgpack", "does not begin as Flax's files do")
    return WeightHeader(path=path, format="msgpack")


def _broken(
    path: str, format: Literal["safetensors", "msgpack", "other"], problem: str
) -> WeightHeader:
    return WeightHeader(path=path, format=format, problem=problem)
