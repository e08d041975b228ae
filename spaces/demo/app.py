"""A Space's app.py: its engine opened, its page served, what goes wrong said in one sentence."""

import json
import os
import sys
from collections.abc import Mapping

from inference.errors import InferenceError
from spaces.demo.engines import CHECKPOINTS, Chosen, choose_engine
from spaces.demo.page import Demo, launch


def open_engine(model: str, controlnets: Mapping[str, str]) -> Chosen:
    """In this process, or where INFERENCE_URL says. Exits with a sentence when there is none."""
    here = json.loads(os.environ.get(CHECKPOINTS) or "{}")
    try:
        return choose_engine(
            os.environ,
            model=here.get(model, model),
            controlnets={name: here.get(source, source) for name, source in controlnets.items()},
        )
    except InferenceError as error:
        sys.exit(f"error: {error}")


def serve(demo: Demo, chosen: Chosen) -> None:
    """Blocks until it is stopped. GRADIO_SHARE=True gives it a public address for a week."""
    share = os.environ.get("GRADIO_SHARE", "").casefold() == "true"
    _, address, shared = launch(demo, share=share, prevent_thread_lock=True, quiet=True)
    print(f"The demo is at {shared or address}", flush=True)
    chosen.start()
    demo.block_thread()
