import inspect
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from inference.controls.annotators import ANNOTATORS, annotate, described, settings_told
from inference.controls.canny import canny
from inference.controls.learned import Learned
from inference.controls.strokes import filled, looks_drawn, strokes, thin
from inference.errors import AnnotatorUnavailable, InvalidRequest
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


@pytest.mark.parametrize(("low", "high"), [(100, 200), (20, 60), (300, 40), (0, 500)])
def test_canny_with_any_thresholds_is_opencv_s(low: int, high: int) -> None:
    grain = Image.effect_noise((96, 64), 60).convert("RGB")
    expected = cv2.Canny(np.asarray(grain), low, high)
    made = annotate("canny", grain, grain.size, {"low": low, "high": high})
    assert np.array_equal(np.asarray(made), np.repeat(expected[..., None], 3, axis=2))
    assert described("canny", {"low": low}) == {"annotator": "canny", "low": low, "high": 200}


@pytest.mark.parametrize(
    ("name", "settings", "sentence"),
    [
        ("canny", {"low": 501}, "low threshold must be a whole number from 0 to 500, got 501"),
        ("canny", {"high": -1}, "high threshold must be a whole number from 0 to 500, got -1"),
        ("canny", {"high": 0.5}, "high threshold must be a whole number from 0 to 500, got 0.5"),
        ("canny", {"low": "many"}, "low threshold must be a whole number .* got 'many'"),
        ("canny", {"low": True}, "low threshold must be a whole number .* got True"),
        ("canny", {"low": float("nan")}, "low threshold must be a whole number .* got nan"),
        ("canny", {"low": 10**400}, "low threshold must be a whole number from 0 to 500, got 1"),
        ("mlsd", {"value": float("inf")}, "line value must be a number from 0.01 to 2, got inf"),
        ("canny", {"value": 1}, "a setting of canny must be one of low, high, got 'value'"),
        ("palette", {"low": 1}, "a setting of palette must be one of none, got 'low'"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_in_one_sentence(
    name: str, settings: dict[str, object], sentence: str
) -> None:
    with pytest.raises(InvalidRequest, match=sentence) as refused:
        annotate(name, drawing(), SIZE, settings)
    assert str(refused.value).count(";") == 1


def test_what_a_picture_tells_of_its_map_are_the_settings_again() -> None:
    for name, kind in ANNOTATORS.items():
        given = {one.name: one.high for one in kind.settings}
        assert settings_told(described(name, given)) == given
    assert settings_told({"annotator": ["canny"], "low": 1}) == {}


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


def thinned_pixel_by_pixel(shape: np.ndarray) -> np.ndarray:
    """Zhang and Suen as they wrote it, for small shapes."""
    image = np.pad(shape, 1)
    changed = True
    while changed:
        changed = False
        for first in (True, False):
            doomed = []
            for y, x in np.argwhere(image[1:-1, 1:-1]) + 1:
                around = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))
                ring = [bool(image[y + down, x + right]) for down, right in around]
                n, _, e, _, s, _, w, _ = ring
                crossings = sum(b > a for a, b in zip(ring, ring[1:] + ring[:1], strict=True))
                blocked = (n and e and s) or (e and s and w)
                if not first:
                    blocked = (n and e and w) or (n and s and w)
                if 2 <= sum(ring) <= 6 and crossings == 1 and not blocked:
                    doomed.append((y, x))
            for place in doomed:
                image[place] = False
                changed = True
    return image[1:-1, 1:-1]


@pytest.mark.parametrize("seed", range(4))
def test_thinning_is_that_of_zhang_and_suen_to_the_pixel(seed: int) -> None:
    grain = np.random.default_rng(seed).random((9, 7)).astype(np.float32)
    shape = cv2.resize(grain, (28, 36), interpolation=cv2.INTER_CUBIC) > 0.3 + 0.1 * seed
    assert np.array_equal(thin(shape), thinned_pixel_by_pixel(shape))


def test_what_is_as_wide_as_a_ninth_of_the_sheet_is_an_area_and_what_is_less_a_line() -> None:
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (28, 28))
    found = []
    for width in range(15, 36, 2):
        ink = np.zeros((256, 256), np.uint8)
        cv2.line(ink, (-20, 45), (270, 200), 1, width)
        areas = cv2.morphologyEx(ink, cv2.MORPH_OPEN, disc).astype(bool)
        assert np.array_equal(filled(ink.astype(bool)), areas), width
        found.append(areas.any())
    assert found == sorted(found)
    assert set(found) == {False, True}


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
        annotate("lineart_standard", drawing(), SIZE)


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "offline"])
def test_without_the_hub_a_learned_annotator_says_so_before_pytorch_is_loaded(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without("controlnet_aux", monkeypatch)
    monkeypatch.delitem(sys.modules, "controlnet_aux")
    (tmp_path / "controlnet_aux.py").write_text("raise AssertionError('it was loaded')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("inference.controls.learned.WEIGHTS", "nobody/has-this")
    if address == "offline":
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    else:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)
    with pytest.raises(AnnotatorUnavailable, match=r"needs weights .* connect to the network"):
        annotate("softedge", drawing(), SIZE)


LEARNED = {name: kind.draw for name, kind in ANNOTATORS.items() if isinstance(kind.draw, Learned)}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", LEARNED)
def test_a_learned_annotator_is_asked_in_the_words_of_its_class(name: str) -> None:
    import controlnet_aux

    learned = LEARNED[name]
    detector = getattr(controlnet_aux, learned.detector)
    taken = inspect.signature(detector.__call__).parameters
    words = {"detect_resolution", "output_type", *learned.options, *learned.arguments.values()}
    assert words <= set(taken)
    assert ("image_resolution" in taken) is not learned.answers_as_given
    own = {one.name: one.default for one in ANNOTATORS[name].settings if one.name != "resolution"}
    assert own == {ours: taken[theirs].default for ours, theirs in learned.arguments.items()}
    if learned.weights:
        fetching = inspect.getsource(detector.from_pretrained)
        assert all(f'"{file}"' in fetching for file in learned.weights)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["shuffle", "lineart_standard"])
def test_these_need_no_weights(name: str) -> None:
    made = annotate(name, drawing(), SIZE)
    assert (made.size, made.mode) == (SIZE, "RGB")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_setting_of_a_learned_annotator_changes_its_map() -> None:
    first, other = (
        np.asarray(annotate("lineart_standard", drawing(), SIZE, {"blur": blur}))
        for blur in (1, 12)
    )
    assert not np.array_equal(first, other)
    fine = np.asarray(annotate("lineart_standard", drawing(), SIZE, {"resolution": 128}))
    assert not np.array_equal(fine, np.asarray(annotate("lineart_standard", drawing(), SIZE)))
