"""A Space's app.py on the painted engine: `python -m tests.spaces.demo.space_app PORT`."""

import sys

from spaces.demo.config import DemoConfig
from spaces.demo.page import build_demo, launch
from tests.fake_engine import FakeEngine

if __name__ == "__main__":
    config = DemoConfig(title="A Space", description="It paints.", control="canny")
    launch(build_demo(config, FakeEngine()), server_port=int(sys.argv[1]))
