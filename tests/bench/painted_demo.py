"""`python -m tests.bench.painted_demo launched|mounted PORT`: a demo whose engine paints."""

import sys

from spaces.demo.config import DemoConfig
from spaces.demo.page import build_demo, launch
from spaces.host.demos import mounted
from spaces.host.serving import listening, serve
from tests.fake_engine import FakeEngine


def main(way: str, port: int) -> None:
    config = DemoConfig(title="A painted demo", description="It paints.", control=None)
    demo = build_demo(config, FakeEngine(size=(128, 128)))
    if way == "launched":
        _, address, _ = launch(demo, server_port=port, prevent_thread_lock=True, quiet=True)
        print(address, flush=True)
        demo.block_thread()
    else:
        with listening("127.0.0.1", port) as listener:
            print(f"http://127.0.0.1:{port}/", flush=True)
            serve(mounted(demo, "/"), listener)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
