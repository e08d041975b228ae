"""Which map the page shows of what is handed in."""

from pathlib import Path

import pytest
from gradio.data_classes import FileData
from PIL import Image, ImageDraw

from spaces.demo.config import DemoConfig
from spaces.demo.maps import Maps
from spaces.demo.pictures import data_uri
from spaces.demo.values import Beside, BesideMap, BesideValue, PictureValue
from tests.fake_engine import FakeEngine
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


SEVERAL = Maps(CONFIG, FakeEngine(controls=("canny", "palette", "scribble")).info)


def read(picture: PictureValue | None, *rows: Beside) -> list[BesideMap]:
    return SEVERAL.read_beside(picture, BesideValue(root=[*rows])).root


def test_a_further_control_s_map_is_of_its_own_picture_or_of_the_one_handed_in(
    picture: PictureValue, tmp_path: Path
) -> None:
    Image.new("RGB", (64, 64), "navy").save(tmp_path / "navy.png")
    navy = FileData(path=str(tmp_path / "navy.png"))
    own = Beside(key="a", picture=navy, own=True, annotator="palette")
    same = Beside(key="b", annotator="palette")
    first, second = read(picture, own, same)
    assert (first.key, second.key) == ("a", "b")
    assert first.image == data_uri(Image.new("RGB", (64, 64), "navy"))
    assert second.image == data_uri(Image.new("RGB", (64, 64), "white"))
    assert first.label == second.label == "coarse colours"
    assert read(None, own, same) == [first, BesideMap(key="b")]


def test_a_further_control_without_a_map_says_why_unless_its_picture_is_on_its_way(
    picture: PictureValue, tmp_path: Path
) -> None:
    on_its_way = Beside(key="a", own=True, annotator="palette")
    assert read(picture, on_its_way) == [BesideMap(key="a")]
    of_a_map = picture.model_copy(update={"map_of": "canny"})
    (told,) = read(of_a_map, Beside(key="a", annotator="palette"))
    assert told.message == "A further control needs a picture: choose one for it."
    (told,) = read(picture, Beside(annotator="canny", control="canny", settings={"low": 900}))
    assert told.message.startswith("“Edges go on down to” must be a whole number from 0 to 500")
    assert read(None) == []


def test_no_more_rows_are_read_than_a_page_can_have(picture: PictureValue) -> None:
    assert len(read(picture, *[Beside(annotator="palette")] * 9)) == 2
    assert MAPS.read_beside(picture, BesideValue(root=[Beside(annotator="palette")])).root == []
