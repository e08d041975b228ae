"""What each trainer of a team's model does alike: goes on to the bit, rehearses, publishes."""

import re
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import pytest

from spaces.checks.run import Entry, Outcome, run_checks
from spaces.errors import DemoUnavailable
from spaces.hub.cards import model_card
from spaces.hub.client import Hub
from tests.gallery.hub_fixtures import ServedHub
from training.loop.checkpoint import TrainState
from training.loop.run_config import RunConfig
from training.pairs.feed import Feed

REPO = "ada-l/circles"
TOKEN = "hf_ada"


def leaves(tree: Any) -> list[np.ndarray]:
    return [np.asarray(leaf) for leaf in jax.tree.leaves(tree)]


class Interrupted(Exception):
    """The machine goes away."""


def interrupted(
    train: Callable[[], TrainState], *, at: int, monkeypatch: pytest.MonkeyPatch
) -> TrainState:
    """What `train` comes to when it ends before step `at` and is started again."""

    def goes_away(self: Feed, step: int) -> Any:
        if step == at:
            raise Interrupted
        return batch_of(self, step)

    batch_of = Feed.__call__
    with monkeypatch.context() as changed:
        changed.setattr(Feed, "__call__", goes_away)
        with pytest.raises(Interrupted):
            train()
    return train()


def rehearsed(
    main: Callable[[list[str]], int],
    config: RunConfig,
    capfd: pytest.CaptureFixture[str],
    **more: str,
) -> str:
    """What a dry run says, whose configuration, with `more`, is read from a file."""
    file = config.out.with_suffix(".toml")
    told = vars(config) | more
    lines = [
        f"{name} = {str(value).lower() if isinstance(value, bool) else repr(value)}"
        for name, value in told.items()
        if value is not None and name not in ("out", "dry_run")
    ]
    file.write_text("\n".join(lines))

    assert main(["--config", str(file), "--out", str(config.out), "--dry-run"]) == 0

    out = capfd.readouterr().out
    assert "GiB beside, on each device as the compiler says" in out
    for phase in ("look, export", "from the checkpoint", "what comes out is read"):
        assert re.search(f"{phase}.*: [0-9]+ s", out)
    assert not config.out.exists()
    return out


def require_pushed(
    published: Callable[[], str], hub: ServedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes to `REPO` on the Hub, as somebody there, and passes the gallery's checks."""
    hub.hub.add_account("ada-l", token=TOKEN)
    monkeypatch.setenv("HF_ENDPOINT", hub.address)
    monkeypatch.setenv("HF_TOKEN", TOKEN)

    assert published() == f"{hub.address}/{REPO}"

    there = Hub(hub.address)
    facts = there.model(REPO)
    assert facts is not None
    assert model_card(facts).missing == ()
    hub.hub.add_space("ada-l/demo", card={"models": [REPO]}, runtime="SLEEPING")
    entry = Entry("ada-l/demo", "jax-diffusers-event", models=(REPO,))
    found = {check.name: check for check in run_checks(entry, there, no_demo)}  # type: ignore[arg-type]
    for name in ("weights", "model_card", "model_license"):
        assert found[name].outcome is Outcome.PASS, found[name]


def no_demo(*_: object, **__: object) -> None:
    raise DemoUnavailable("nobody asks a demo here")
