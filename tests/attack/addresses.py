"""Addresses in file values: they are never asked, whatever they lead to."""

from tests.attack import calls
from tests.attack.calls import file
from tests.attack.listening import listening
from tests.attack.registry import attack, hold
from tests.attack.targets import Target


@attack("addresses in file values, each that of a listener that counts who comes")
def fetched_addresses(target: Target) -> None:
    with listening() as (port, came), target.client() as client:
        hosts = ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0x7f000001", "127.1")
        addresses = [f"http://{host}:{port}/a.png" for host in hosts]
        addresses += [f"HTTP://127.0.0.1:{port}/a.png", f" http://127.0.0.1:{port}/a.png"]
        addresses += [
            "https://huggingface.co/front/assets/huggingface_logo.svg",
            "ftp://127.0.0.1/a",
        ]
        for event in list(calls.events(client, target))[:8]:
            for address in addresses:
                for value in (
                    file(address, url=address),
                    {"file": file(address), "origin": "upload"},
                ):
                    answer = calls.join(client, target, event.number, [value, *_rest(event)])
                    hold("Traceback" not in answer, f"{address} was answered with a traceback")
                    hold('"success":true' not in answer, f"{address} was taken by {event.name}")
        for address in addresses:
            for route in ("file=", "proxy="):
                answer = client.get(f"{target.api}/{route}{address}")
                hold(answer.status_code >= 400, f"{route}{address} was served")
        hold(not came, f"{len(came)} addresses were asked")
        hold(not list(target.kept.rglob("huggingface_logo*")), "a public address was fetched")


def _rest(event: calls.Event) -> list[None]:
    return [None] * (len(event.inputs) - 1)
