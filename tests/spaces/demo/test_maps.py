"""Which map the page shows of what is handed in."""

from pathlib import Path

import pytest
from gradio.data_classes import FileData
from PIL import Image, ImageDraw

from spaces.demo.config import DemoConfig
from spaces.demo.maps import Maps
from spaces.demo.values import PictureValue
from tests.spaces.demo.form import INFO

CONFIG = DemoConfig(title="Test", description="A test.", control="canny")
MAPS = Maps(CONFIG, INFO)


@pytest.fixture
def picture(tmp_path: Path) -> PictureValue:
    Image.new("RGB", (64, 64), "white").save(tmp_path / "white.png")
    return PictureValue(file=FileData(path=str(tmp_path / "white.png")))


def test_a_drawing_is_read_as_lines_and_a_photo_by_its_edges(picture: PictureValue) -> None:
    drawn = picture.model_copy(update={"origin": "draw"})
    assert MAPS.read_picture(drawn, "automatic").label == "drawn lines"
    assert MAPS.read_picture(picture, "automatic").label == "edges"
    assert MAPS.read_picture(picture, "none").label == "already a control map"


def test_an_uploaded_line_drawing_is_read_as_one(tmp_path: Path) -> None:
    sheet = Image.new("RGB", (256, 256), "white")
    ImageDraw.Draw(sheet).ellipse((40, 40, 200, 200), outline="black", width=6)
    sheet.save(tmp_path / "sheet.png")
    picture = PictureValue(file=FileData(path=str(tmp_path / "sheet.png")))
    assert MAPS.read_picture(picture, "automatic").label == "drawn lines"


def test_without_a_picture_there_is_no_map() -> None:
    assert MAPS.read_picture(None, "automatic").image is None
    assert MAPS.read_picture(PictureValue(), "automatic").image is None
