"""Hosting: the three ways in which a Space can be shown, in words, said before anything is written.

What the Hub lets whom create is as of July 2026.
"""

from typing import Literal

Way = Literal["gradio", "static", "home"]
WAYS: dict[Way, tuple[str, str, str]] = {
    "gradio": (
        "A Gradio Space: the Hub runs app.py, with your checkpoint in it or on a shared engine.",
        "It needs a paid plan, yours or an organisation's (the two ZeroGPU Spaces of free accounts",
        "are for PyTorch only and cannot run this; there are no TPUs among Spaces).",
    ),
    "static": (
        "A static Space: free for everybody. One page with your words, pictures, card and tag,",
        "which opens the demo on a host that the sprint or you keep (`python -m spaces host`),",
        "and says so when that host is asleep. It needs that host's address.",
    ),
    "home": (
        "At home: app.py runs on a machine of yours, with `python -m spaces run --share` or as a",
        "service on a TPU VM. Nothing is made on the Hub; the demo lives as long as the machine.",
        "It can become one of the others at any time: the same app.py serves all three.",
    ),
}


def explained() -> str:
    """The three, three lines each, as they are read before one is chosen."""
    return "\n\n".join(f"{way}\n  " + "\n  ".join(lines) for way, lines in WAYS.items())
