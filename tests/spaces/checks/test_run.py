"""All rules in a row, for a whole submission on a small Hub."""

import subprocess
import sys

import numpy as np
import pytest
from safetensors.numpy import save

from gallery.practice.small_hub import Trouble
from spaces.checks.run import RULES, Check, Entry, Outcome, run_checks
from spaces.errors import DemoUnavailable
from spaces.hub.client import Hub
from tests.gallery.hub_fixtures import ServedHub, served_hub, small_hub
from tests.spaces.hub.test_cards import DATASET, MODEL

__all__ = ["served_hub", "small_hub"]

ENTRY = Entry(
    space_id="ada-l/clouds",
    tag="summer-sprint",
    team_size=3,
    team_min=3,
    team_max=5,
    models=("ada-l/m",),
    datasets=("ada-l/d",),
)
WEIGHTS = save({"w": np.zeros(3, np.float32)})
ANSWERS = {
    "/info": b'{"named_endpoints": {"/make": {"returns": [{"component": "Image"}]}}}',
    "/call/make": b'{"event_id": "e"}',
    "/call/make/e": b'event: complete\ndata: ["data:image/png;base64,AA"]\n\n',
}


def _answering(address: str, content: bytes | None = None, **_bounds: object) -> bytes:
    return next(answer for end, answer in ANSWERS.items() if address.endswith(end))


def _silent(address: str, content: bytes | None = None, **_bounds: object) -> bytes:
    raise DemoUnavailable("the demo must answer, got no connection; open its page and see")


@pytest.fixture
def hub(small_hub: ServedHub) -> Hub:
    """A Hub that holds a submission without a fault."""
    card = {
        "license": "mit",
        "base_model": "sd/v1-5",
        "tags": ["summer-sprint"],
        "models": ["ada-l/m"],
        "datasets": ["ada-l/d"],
    }
    there = small_hub.hub
    there.add_space("ada-l/clouds", card=card)
    readme = f"---\nlicense: mit\nbase_model: sd/v1-5\n---\n{MODEL}"
    there.add_model("ada-l/m", readme=readme, files={"w.safetensors": WEIGHTS})
    there.add_dataset("ada-l/d", readme=f"---\nlicense: mit\n---\n{DATASET}")
    return Hub(small_hub.address, retries=0, sleep=lambda seconds: None)


def _outcomes(checks: list[Check]) -> dict[str, Outcome]:
    return {check.name: check.outcome for check in checks}


def test_a_whole_submission_passes_in_the_order_of_the_rules(hub: Hub) -> None:
    checks = list(run_checks(ENTRY, hub, _answering))
    assert [(check.name, check.title) for check in checks] == [
        (rule.name, rule.title) for rule in RULES
    ]
    subjects = {check.name: check.subject for check in checks}
    assert (subjects["space_runs"], subjects["weights"]) == ("", "ada-l/m")
    assert {check.outcome for check in checks} == {Outcome.PASS}


def test_checks_come_one_at_a_time(small_hub: ServedHub, hub: Hub) -> None:
    small_hub.hub.requests.clear()
    checks = run_checks(ENTRY, hub, _answering)
    assert next(checks).name == "team_size"
    assert not small_hub.hub.requests


def test_a_missing_space_ends_it(hub: Hub) -> None:
    entry = Entry(space_id="ada-l/nowhere", tag="summer-sprint")
    checks = list(run_checks(entry, hub, _answering))
    assert _outcomes(checks) == {"space_exists": Outcome.FAILURE}


def test_a_duplicate_that_was_not_touched_fails(small_hub: ServedHub, hub: Hub) -> None:
    shelf = small_hub.hub.shelf
    source = shelf.get("space", "ada-l/clouds")
    assert source is not None
    shelf.duplicate(source, "grace-h/clouds")
    entry = Entry(space_id="grace-h/clouds", tag="summer-sprint", models=("ada-l/m",))
    assert _outcomes(list(run_checks(entry, hub, _answering)))["space_original"] == "failure"


def test_the_demo_of_a_static_space_is_asked_where_its_readme_says(
    small_hub: ServedHub, hub: Hub
) -> None:
    card = {"sdk": "static", "app_file": "index.html", "demo": "https://host.example/clouds/"}
    small_hub.hub.add_space("ada-l/clouds", card={**card, "tags": ["summer-sprint"]})
    asked: list[str] = []

    def answering(address: str, content: bytes | None = None, **bounds: object) -> bytes:
        asked.append(address)
        return _answering(address, content, **bounds)

    outcomes = _outcomes(list(run_checks(ENTRY, hub, answering)))
    assert (outcomes["space_is_gradio"], outcomes["demo_answers"]) == ("pass", "pass")
    assert all(address.startswith("https://host.example/clouds/gradio_api/") for address in asked)


def test_a_sleeping_demo_is_not_asked(small_hub: ServedHub, hub: Hub) -> None:
    small_hub.hub.set_stage("ada-l/clouds", "SLEEPING")
    outcomes = _outcomes(list(run_checks(ENTRY, hub, _silent)))
    assert (outcomes["space_runs"], outcomes["demo_answers"]) == ("warning", "unknown")


def test_a_running_demo_that_does_not_answer_fails(hub: Hub) -> None:
    last = list(run_checks(ENTRY, hub, _silent))[-1]
    assert (last.name, last.outcome) == ("demo_answers", Outcome.FAILURE)
    assert "got no connection" in last.message


def test_a_stage_in_small_letters_runs_too(small_hub: ServedHub, hub: Hub) -> None:
    small_hub.hub.set_stage("ada-l/clouds", "Running")
    outcomes = _outcomes(list(run_checks(ENTRY, hub, _answering)))
    assert (outcomes["space_runs"], outcomes["demo_answers"]) == ("pass", "pass")


@pytest.mark.parametrize("after", range(0, 12, 2))
def test_a_hub_that_fails_in_the_middle_is_nobody_s_failure(
    small_hub: ServedHub, hub: Hub, after: int
) -> None:
    small_hub.hub.trouble = Trouble.down(after=after)
    checks = list(run_checks(ENTRY, hub, _answering))
    small_hub.hub.trouble = None
    assert checks
    assert not [check for check in checks if check.outcome == Outcome.FAILURE]


def test_gated_weights_fail_with_the_way_out(small_hub: ServedHub, hub: Hub) -> None:
    small_hub.hub.add_model("ada-l/m", files={"w.safetensors": WEIGHTS}, gated=True)
    found = next(c for c in run_checks(ENTRY, hub, _answering) if c.name == "weights")
    assert found.outcome == Outcome.FAILURE
    assert "gated" in found.message


@pytest.mark.slow
def test_the_rules_need_neither_core_nor_gallery() -> None:
    """The teams' command line runs them, and the gallery starts without JAX."""
    wanted = "import sys, spaces.checks.run; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", wanted], capture_output=True, text=True)
    loaded = set(done.stdout.split())
    assert "spaces" in loaded
    assert not loaded & {"gallery", "gradio", "inference", "jax", "torch"}


def test_pickles_are_looked_at_last(small_hub: ServedHub, hub: Hub) -> None:
    many: dict[str, bytes] = {f"a{number}.bin": b"\x80\x04." for number in range(9)}
    small_hub.hub.add_model("ada-l/m", files={**many, "w.safetensors": WEIGHTS})
    found = next(c for c in run_checks(ENTRY, hub, _answering) if c.name == "weights")
    assert found.outcome == Outcome.PASS
