"""A picture carries how it was made."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from inference.png import read_parameters, save_png

values = st.text() | st.integers() | st.floats(allow_nan=False) | st.booleans() | st.none()


@given(st.dictionaries(st.text(), values, max_size=5))
def test_parameters_come_back_as_they_were(tmp_path_factory, parameters: dict) -> None:
    path = tmp_path_factory.mktemp("png") / "picture.png"
    save_png(Image.new("RGB", (4, 4)), parameters, path)
    assert read_parameters(path) == parameters


def test_a_strange_picture_carries_none(tmp_path: Path) -> None:
    Image.new("RGB", (4, 4)).save(tmp_path / "plain.png")
    assert read_parameters(tmp_path / "plain.png") is None
