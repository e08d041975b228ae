import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from inference.controls.annotators import ANNOTATORS, AnnotatorUnavailable, annotate
from inference.controls.canny import canny
from inference.controls.strokes import looks_drawn, strokes, thin
from inference.errors import InvalidRequest
from inference.images import fit
from tests.lean import without

SIZE = (64, 64)


def drawing(width: int = 12) -> Image.Image:
    image = Image.new("RGB", (512, 512), "white")
    ImageDraw.Draw(image).ellipse((64, 64, 448, 448), outline="black", width=width)
    return image


def white(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("L")) > 127


def test_canny_is_that_of_the_fitted_picture_as_in_training() -> None:
    picture = drawing().crop((0, 0, 512, 300))
    expected = canny(np.asarray(fit(picture, *SIZE)))
    assert np.array_equal(np.asarray(annotate("canny", picture, SIZE)), expected)


def test_a_drawn_line_becomes_one_line_where_canny_sees_two() -> None:
    row = 32
    assert white(annotate("canny", drawing(), SIZE))[row].sum() >= 4
    assert white(annotate("strokes", drawing(), SIZE))[row].sum() == 2


@pytest.mark.parametrize("width", [5, 9, 14, 20])
def test_the_pens_width_does_not_move_the_line(width: int) -> None:
    lines = white(annotate("strokes", drawing(width), SIZE))
    columns = np.nonzero(lines[32])[0]
    centre = width / 16
    assert abs(columns[0] - (8 + centre)) <= 1.5
    assert abs(columns[-1] - (55 - centre)) <= 1.5


def test_a_filled_area_keeps_its_outline() -> None:
    image = Image.new("RGB", (512, 512), "white")
    ImageDraw.Draw(image).rectangle((128, 128, 384, 384), fill="black")
    lines = white(annotate("strokes", image, SIZE))
    assert not lines[24:40, 24:40].any()
    assert lines[16:48, 16:48].any(axis=1).all()


def test_chalk_on_a_board_is_read_as_ink_on_paper() -> None:
    board = Image.fromarray(255 - np.asarray(drawing()))
    one, other = (white(annotate("strokes", image, SIZE)) for image in (drawing(), board))
    assert np.array_equal(one, other)


def test_a_blank_sheet_gives_an_empty_map() -> None:
    blank = np.full((64, 64, 3), 255, np.uint8)
    assert not strokes(blank, width=64, height=64).any()


def test_a_line_drawing_is_told_from_other_pictures() -> None:
    photo = np.asarray(Image.effect_noise((256, 256), 80).convert("RGB"))
    shape = Image.new("RGB", (256, 256), "white")
    ImageDraw.Draw(shape).rectangle((60, 60, 200, 200), fill="black")
    icon = Image.new("RGB", (256, 256), "white")
    ImageDraw.Draw(icon).ellipse((20, 20, 236, 236), fill="#d9480f")
    blank = np.full((64, 64, 3), 255, np.uint8)
    assert looks_drawn(np.asarray(drawing()))
    assert looks_drawn(255 - np.asarray(drawing()))
    for other in (photo, np.asarray(shape), np.asarray(icon), blank):
        assert not looks_drawn(other)


def test_thinning_keeps_a_line_whole_and_one_pixel_wide() -> None:
    shape = np.zeros((20, 40), bool)
    shape[8:13, 4:36] = True
    skeleton = thin(shape)
    assert (skeleton.sum(axis=0) <= 1).all()
    assert skeleton[:, 8:32].any(axis=0).all()
    assert not (skeleton & ~shape).any()


def test_a_map_is_only_fitted() -> None:
    assert annotate("none", drawing(), (40, 24)).size == (40, 24)


def test_a_scribble_is_one_thick_line_along_the_outline() -> None:
    shape = Image.new("RGB", (512, 512), "white")
    ImageDraw.Draw(shape).ellipse((64, 64, 448, 448), fill="#d9480f")
    for picture in (shape, drawing()):
        lines = white(annotate("scribble", picture, (128, 128)))
        assert 6 <= lines[64].sum() <= 12
        assert not lines[50:78, 50:78].any()


def test_a_palette_is_the_mean_of_each_part() -> None:
    halves = Image.new("RGB", (256, 256), "red")
    halves.paste("blue", (128, 0, 256, 256))
    cells = np.asarray(annotate("palette", halves, SIZE))
    assert (cells[:, :24] == (255, 0, 0)).all()
    assert (cells[:, 40:] == (0, 0, 255)).all()
    assert len(np.unique(cells.reshape(-1, 3), axis=0)) <= 4


@pytest.mark.parametrize("name", ["canny", "strokes", "scribble", "palette", "none"])
@pytest.mark.parametrize("size", [(64, 64), (96, 48), (512, 256)])
def test_a_map_has_the_size_that_was_asked_for(name: str, size: tuple[int, int]) -> None:
    made = annotate(name, drawing().crop((0, 0, 300, 500)), size)
    assert (made.size, made.mode) == (size, "RGB")


def test_an_unknown_annotator_is_named_in_the_error() -> None:
    with pytest.raises(InvalidRequest, match=r"annotator must be one of canny, .* got 'magic'"):
        annotate("magic", drawing(), SIZE)


def test_every_annotator_has_words_for_people() -> None:
    labels = [kind.label for kind in ANNOTATORS.values()]
    assert len(set(labels)) == len(labels)
    assert all(labels)


@pytest.mark.parametrize("missing", ["torch", "controlnet_aux"])
def test_a_learned_annotator_without_its_packages_says_what_to_install(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    without(missing, monkeypatch)
    with pytest.raises(AnnotatorUnavailable) as refused:
        annotate("depth", drawing(), SIZE)
    assert str(refused.value) == (
        "learned annotators (depth, pose and their kin) need PyTorch and controlnet-aux, and "
        f"{missing} is not installed; install all with `pip install -r requirements.txt`, "
        "or use canny"
    )


def test_a_learned_annotator_whose_packages_do_not_fit_together_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without("controlnet_aux", monkeypatch)
    monkeypatch.delitem(sys.modules, "controlnet_aux")
    broken = "raise RuntimeError('operator torchvision::nms does not exist')"
    (tmp_path / "controlnet_aux.py").write_text(broken)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(AnnotatorUnavailable, match=r"fit together.*nms does not exist\); install"):
        annotate("depth", drawing(), SIZE)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_learned_annotator_without_its_weights_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setattr("inference.controls.annotators.WEIGHTS", "nobody/has-this")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(AnnotatorUnavailable, match=r"needs weights .* connect to the network"):
        annotate("softedge", drawing(), SIZE)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_shuffle_needs_no_weights() -> None:
    made = annotate("shuffle", drawing(), SIZE)
    assert (made.size, made.mode) == (SIZE, "RGB")
