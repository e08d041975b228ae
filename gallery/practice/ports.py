"""Ports of this machine that are free."""

import socket

from gallery.errors import Invalid

OWN_DEMOS = range(7863, 7868)
"""Where the practice gallery may ask a team's own demo, shown by `python -m spaces run`."""


def choose(asked: int | None, usual: int, *, option: str, taken: set[int]) -> int:
    """`asked` if somebody asked for one, else `usual` if it is free, else any free one.

    The choice is added to `taken`. Raises `Invalid` when the port that was asked for is not free.
    """
    port = asked or usual
    if port in taken or not is_free(port):
        if asked:
            raise Invalid(
                f"port {asked} is in use; stop what uses it, or choose another {option}",
                field=option,
            )
        port = _any_free()
    taken.add(port)
    return port


def is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def _any_free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]
