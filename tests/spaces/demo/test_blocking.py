import dataclasses

import pytest

from inference.errors import InvalidRequest
from spaces.demo.blocking import require_allowed
from spaces.demo.handlers import Handlers
from spaces.demo.values import PictureValue
from tests.fake_engine import FakeEngine
from tests.spaces.demo.form import fields
from tests.spaces.demo.test_handlers import CONFIG, picture, stages

__all__ = ["picture"]

BLOCKED = ("rude", "très méchant", "猫")


@pytest.mark.parametrize(
    "prompt",
    [
        "a rude cat",
        "RUDE!",
        "rúde",
        "ru\u200bde",
        "ｒｕｄｅ",
        "a_rude_cat",
        "un chat tres  mechant",
        "TRÈS-MÉCHANT",
        "一只 猫",
    ],
)
def test_a_blocked_word_is_refused_however_it_is_spelled(prompt: str) -> None:
    with pytest.raises(InvalidRequest, match=r"prompt must do without “.+” in this demo, got it"):
        require_allowed(prompt, BLOCKED)


@pytest.mark.parametrize("prompt", ["", "a crude drawing", "prudent", "très gentil", "méchant"])
def test_a_word_that_has_one_in_it_is_not_meant(prompt: str) -> None:
    require_allowed(prompt, BLOCKED)


def test_a_page_says_so_in_the_pictures_place_and_asks_no_engine(picture: PictureValue) -> None:
    engine = FakeEngine()
    handlers = Handlers(dataclasses.replace(CONFIG, blocked=BLOCKED), engine)
    *_, stage = stages(handlers, *fields(picture, prompt="a Rude cat"))
    assert stage.phase == "failed"
    assert "Prompt must do without “rude” in this demo" in stage.message
    assert not engine.requests
