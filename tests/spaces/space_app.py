"""A Space's app.py on the painted engine: `python -m tests.spaces.space_app PORT`."""

import sys

from spaces.config import DemoConfig
from spaces.demo import build_demo, launch
from tests.fake_engine import FakeEngine

if __name__ == "__main__":
    config = DemoConfig(title="A Space", description="It paints.", control="canny")
    launch(build_demo(config, FakeEngine()), server_port=int(sys.argv[1]))
