import json
import shutil
from pathlib import Path

import pytest

from inference.checkpoints.source import EMBEDDED
from inference.errors import CheckpointError
from spaces.demo.config import DemoConfig, Known
from spaces.demo.known import FILE, known_by, known_in
from spaces.demo.page import build_demo
from tests.fake_engine import FakeEngine


def test_the_file_beside_a_models_weights_says_what_it_knows(tmp_path: Path) -> None:
    shutil.copyfile(EMBEDDED / FILE, tmp_path / FILE)
    assert known_in(str(tmp_path)) == known_by("embedded") == known_in("embedded")
    (tmp_path / FILE).unlink()
    assert known_in(str(tmp_path)) is None
    assert known_by("owner/large-model") is None


@pytest.mark.parametrize("told", [[], {"things": ["a"]}, {"things": "a", "words": [1]}, "[" * 9999])
def test_a_file_that_says_something_else_is_refused_in_one_sentence(
    tmp_path: Path, told: object
) -> None:
    text = told if isinstance(told, str) else json.dumps(told)
    (tmp_path / FILE).write_text(text)
    with pytest.raises(CheckpointError, match=r"vocabulary\.json must hold things and words"):
        known_in(str(tmp_path))


@pytest.mark.slow
def test_a_page_has_a_shelf_of_what_its_model_knows() -> None:
    config = DemoConfig(title="Words", description="It paints.")
    known = Known(things=("teapot",), words=("red", "teapot"))

    def shelf(known: Known | None) -> list[str | None]:
        demo = build_demo(config, FakeEngine(), known=known)
        return [block.elem_id for block in demo.blocks.values() if block.elem_id == "known"]

    assert shelf(None) == []
    assert shelf(known) == ["known"]
