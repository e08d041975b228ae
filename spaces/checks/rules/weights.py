"""The weights: there, whole, and in a format that runs no code."""

from collections.abc import Sequence

from spaces.checks.check import Finding, failure, passed, unknown, warning
from spaces.errors import HubRefused, HubUnavailable
from spaces.hub.facts import ModelFacts, WeightHeader

SAVE_SAFELY = (
    "Save them again as safetensors (`save_pretrained(…, safe_serialization=True)`) or as Flax "
    "msgpack, and push: a pickled file can run code on whoever loads it."
)
_FORMATS = {"safetensors": "safetensors", "msgpack": "Flax msgpack"}


def check(_: ModelFacts, headers: Sequence[WeightHeader] | HubUnavailable) -> Finding:
    """`headers` are those that were read, of all formats, or why they were not."""
    if isinstance(headers, HubRefused):
        return failure(
            "The repository is gated: its files are not open to everyone.",
            "Turn off gated access in its settings.",
        )
    if isinstance(headers, HubUnavailable):
        return unknown(str(headers))
    if not headers:
        return failure(
            "There is no file with weights in it.",
            "Push the trained weights, as safetensors or as Flax msgpack.",
        )
    broken = [header for header in headers if header.problem]
    good = [h for h in headers if h.format in _FORMATS and not h.problem]
    if broken:
        told = f"{broken[0].path} {broken[0].problem}."
        remedy = "Upload it again, whole; large files go through git-lfs or `hf upload`."
        return (warning if good else failure)(told, remedy)
    if good:
        formats = sorted({_FORMATS[header.format] for header in good})
        return passed(f"They are {' and '.join(formats)}.")
    if any(header.format == "pickle" for header in headers):
        return failure(f"They are pickled only ({headers[0].path}).", SAVE_SAFELY)
    return warning(
        f"{headers[0].path} is in a format that we do not know.",
        "Add the weights as safetensors or as Flax msgpack.",
    )
