"""`python -m spaces`: the demo in a browser, on this machine; `python -m spaces host` many of them.

With INFERENCE_URL, and INFERENCE_KEY where the service wants one, pictures are made elsewhere.
`python -m spaces new | run | check | publish | update` take a team's own Space from start to end.
"""

import argparse
import os
import sys
from collections.abc import Sequence

COMMANDS = ("new", "run", "check", "publish", "update")


def main(arguments: Sequence[str]) -> int:
    """Loads a model and serves its page; 0 when it is stopped, 2 when it cannot start.

    A first word that is one of the teams' commands goes to `spaces.commands`, `host` to its own.
    """
    if arguments[:1] == ["host"]:
        from spaces.host.command import host_demos

        return host_demos(arguments[1:])
    if arguments and arguments[0] in COMMANDS:
        from spaces.commands.cli import main as command

        return command(arguments)
    options = _parser().parse_args(arguments)
    if options.variants == "yes":
        from spaces.host.command import serve_listing
        from spaces.host.listing import SHIPPED

        return serve_listing(SHIPPED, host=options.host, port=options.port)
    from inference.errors import InferenceError, InvalidRequest
    from spaces.demo.embedded import demo_config
    from spaces.demo.engines import choose_engine
    from spaces.demo.page import build_demo, launch

    try:
        pairs = [text.partition("=") for text in options.controlnet]
        for name, equals, source in pairs:
            if not (name and equals and source):
                raise InvalidRequest(
                    f"--controlnet must be NAME=SOURCE, got {name + equals + source!r}; "
                    "write for example canny=owner/name",
                    field="--controlnet",
                )
        chosen = choose_engine(
            os.environ,
            model=options.model,
            controlnets={name: source for name, _, source in pairs},
            upscaler=options.upscaler,
        )
    except InferenceError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    engine = chosen.engine
    demo = build_demo(demo_config(chosen.model, engine.info), engine, known=chosen.known)
    try:
        _, address, _ = launch(
            demo,
            server_name=options.host,
            server_port=options.port,
            share=options.share == "yes",
            prevent_thread_lock=True,
            quiet=True,
        )
        print(f"The demo is at {address}", flush=True)
        chosen.start()
        demo.block_thread()
    except OSError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m spaces", description=__doc__)
    parser.add_argument("--model", default="embedded", metavar="SOURCE", help="as for inference")
    parser.add_argument(
        "--controlnet",
        action="append",
        default=[],
        metavar="NAME=SOURCE",
        help="a ControlNet beside those that come with the model; may be repeated",
    )
    parser.add_argument("--upscaler", metavar="SOURCE", help="as for inference")
    parser.add_argument("--host", default="127.0.0.1", metavar="ADDRESS")
    parser.add_argument("--port", type=int, metavar="N", help="7860 or the next free one")
    parser.add_argument(
        "--variants",
        choices=["no", "yes"],
        default="no",
        help="serve all demos of the embedded model instead, as `host` does without a file",
    )
    parser.add_argument(
        "--share", choices=["no", "yes"], default="no", help="a public address through gradio.live"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
