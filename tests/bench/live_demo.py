"""The embedded model's demo in a process of its own: `python -m tests.bench.live_demo PORT`.

It prints its address once it is warm and compiles nothing any more, then a line of JSON for each
picture: the steps of it, and the seconds that the engine took.
"""

import json
import sys
import time
from collections.abc import Generator

from inference.engine import Engine
from inference.request import EngineInfo, GenerationRequest, Result, Update
from spaces.demo.embedded import EMBEDDED, demo_config
from spaces.demo.engines import choose_engine
from spaces.demo.page import build_demo
from spaces.demo.warming import WarmingEngine
from spaces.host.demos import mounted
from spaces.host.serving import listening, serve


class Told:
    """An engine that tells how long each picture took, from the request to the result."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def info(self) -> EngineInfo:
        return self._engine.info

    def generate(
        self, request: GenerationRequest, *, client: str = ""
    ) -> Generator[Update, None, None]:
        began = time.perf_counter()
        for update in self._engine.generate(request, client=client):
            if isinstance(update, Result):
                took = time.perf_counter() - began
                print(json.dumps({"steps": update.steps, "seconds": took}), flush=True)
            yield update


def main(port: int) -> None:
    """Serves until it is ended."""
    chosen = choose_engine({}, model=EMBEDDED, controlnets={})
    chosen.start()
    if isinstance(chosen.engine, WarmingEngine):
        chosen.engine.settle()
    engine = Told(chosen.engine)
    demo = build_demo(demo_config(EMBEDDED, engine.info), engine)
    with listening("127.0.0.1", port) as listener:
        print(f"http://127.0.0.1:{port}/", flush=True)
        serve(mounted(demo, "/"), listener)


if __name__ == "__main__":
    main(int(sys.argv[1]))
