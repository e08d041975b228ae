"""PyTorch's safetensors format: a length, a JSON header, and the tensors' bytes.

Format: https://github.com/huggingface/safetensors#format. Read here with NumPy alone, because the
package's NumPy reader knows no bfloat16.
"""

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
from jaxtyping import Shaped

from inference.errors import DamagedWeights

_DTYPES = {
    "F64": np.float64,
    "F32": np.float32,
    "F16": np.float16,
    "BF16": ml_dtypes.bfloat16,
    "I64": np.int64,
    "I32": np.int32,
    "I16": np.int16,
    "I8": np.int8,
    "U8": np.uint8,
    "BOOL": np.bool_,
    "F8_E4M3": ml_dtypes.float8_e4m3fn,
    "F8_E5M2": ml_dtypes.float8_e5m2,
}
_A_DTYPE = re.compile(r"[A-Z][A-Z0-9_]{0,15}")
_LONGEST_HEADER = 100_000_000


def read_safetensors(path: Path) -> Iterator[tuple[str, Shaped[np.ndarray, "..."]]]:
    """Each tensor by name, as a view of the file that is read when it is used.

    Raises DamagedWeights, before the first tensor, when the file is not whole.
    """
    size = path.stat().st_size
    header, start = _header(path, size)
    places = [(name, *_place(path, name, entry, size - start)) for name, entry in header.items()]
    data = np.memmap(path, np.uint8, "r", offset=start) if places and size > start else None
    for name, dtype, shape, (begin, end) in places:
        raw = data[begin:end] if data is not None else np.zeros(0, np.uint8)
        yield name, np.asarray(raw).view(dtype).reshape(shape)


def tensor_names(path: Path) -> list[str]:
    """The names of its tensors, from the header alone. Raises DamagedWeights."""
    header, _ = _header(path, path.stat().st_size)
    return list(header)


def _header(path: Path, size: int) -> tuple[dict[str, Any], int]:
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > min(size - 8, _LONGEST_HEADER):
            raise _damaged(path, f"a header of {length} bytes in a file of {size}")
        text = file.read(length)
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _damaged(path, "a header that is not JSON") from error
    if not isinstance(header, dict):
        raise _damaged(path, "a header that is not a JSON object")
    header.pop("__metadata__", None)
    return header, 8 + length


def _place(
    path: Path, name: str, entry: Any, available: int
) -> tuple[Any, tuple[int, ...], tuple[int, int]]:
    kind = entry.get("dtype") if isinstance(entry, dict) else None
    if isinstance(kind, str) and kind not in _DTYPES and _A_DTYPE.fullmatch(kind):
        raise DamagedWeights(
            f"{path} must hold numbers of a type that is known here ({', '.join(_DTYPES)}), got "
            f"{kind} for {name[:80]}; save it as F16, BF16 or F32"
        )
    try:
        dtype = np.dtype(_DTYPES[entry["dtype"]])
        shape = tuple(entry["shape"])
        begin, end = entry["data_offsets"]
        whole = all(isinstance(n, int) and n >= 0 for n in (*shape, begin, end))
        fits = whole and end <= available and end - begin == math.prod(shape) * dtype.itemsize
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(path, f"an unreadable entry for {name}") from error
    if not fits:
        raise _damaged(path, f"{available} bytes of tensors, too few or others than {name} needs")
    return dtype, shape, (begin, end)


def _damaged(path: Path, got: str) -> DamagedWeights:
    return DamagedWeights(
        f"{path} must be a whole safetensors file, got {got}; download or save it again"
    )
