"""Whatever a person hands in becomes an upright RGB picture, or one sentence."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from inference.errors import InvalidImage
from inference.images import fit, read_image
from tests.inference.strange_files import (
    BOMBS,
    DAMAGED,
    FOREIGN,
    KINDS,
    TOO_LARGE,
    animation,
    encoded,
    noise,
    png,
    with_text,
)

RED = Image.new("RGB", (40, 20), (200, 30, 30))
GRADIENT = Image.fromarray(np.tile(np.arange(64, dtype=np.uint8) * 4, (64, 1)))


@pytest.mark.parametrize(
    ("source", "got"),
    [
        (b"", "got an empty file"),
        (encoded(RED)[:60], "breaks off or is damaged"),
        (encoded(GRADIENT.resize((300, 300)), "JPEG")[:900], "breaks off or is damaged"),
        (encoded(Image.new("RGB", (1, 1))), "got 1×1"),
        (png(20_000, 20_000), "at most 50 million pixels"),
        (png(9_000, 9_000), "got 9000×9000"),
        (png(2_000, 20), "at most 20 times as long as it is wide"),
    ],
    ids=["empty", "truncated png", "truncated jpeg", "1x1", "20000x20000", "9000x9000", "long"],
)
def test_a_bad_picture_gets_one_sentence(source: bytes, got: str) -> None:
    with pytest.raises(InvalidImage, match=got) as caught:
        read_image(source, field="photo")
    assert str(caught.value).startswith("photo must ")
    assert caught.value.field == "photo"


@pytest.mark.parametrize("name", FOREIGN)
def test_nothing_but_the_four_kinds_is_opened_whatever_its_name(name: str) -> None:
    with pytest.raises(InvalidImage, match=r"choose a PNG, JPEG, WebP or GIF file$"):
        read_image(FOREIGN[name])


@pytest.mark.parametrize("name", DAMAGED)
def test_whatever_a_decoder_stumbles_over_is_one_sentence(name: str) -> None:
    with pytest.raises(InvalidImage, match="got a file that breaks off or is damaged"):
        read_image(DAMAGED[name])


@pytest.mark.parametrize("name", TOO_LARGE)
def test_what_would_take_too_much_memory_is_never_decoded(name: str) -> None:
    with pytest.raises(InvalidImage, match=r"at most \d+ million pixels.*; make it smaller"):
        read_image(TOO_LARGE[name])


@pytest.mark.parametrize("name", BOMBS)
def test_what_lies_beside_a_picture_is_read_in_bounded_memory(name: str) -> None:
    """Either it is left alone, or the file is refused; it never takes the machine."""
    try:
        assert read_image(BOMBS[name]).size == (64, 48)
    except InvalidImage as error:
        assert "breaks off or is damaged" in str(error)  # noqa: PT017  both ends are right


def _accepted_or_refused(data: bytes) -> None:
    try:
        image = read_image(data)
    except InvalidImage as error:
        assert str(error).startswith("image must ")  # noqa: PT017
    else:
        assert image.mode == "RGB"


WHOLE = {kind: encoded(noise(), kind) for kind in KINDS} | {"MPO": b"", "APNG": animation("PNG")}
WHOLE["MPO"] = encoded(noise(), "MPO", save_all=True, append_images=[noise()])
STRANGE = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@STRANGE
@given(kind=st.sampled_from(sorted(WHOLE)), part=st.floats(0, 1))
def test_a_file_that_ends_anywhere_gives_a_picture_or_a_sentence(kind: str, part: float) -> None:
    _accepted_or_refused(WHOLE[kind][: int(part * len(WHOLE[kind]))])


@STRANGE
@given(
    kind=st.sampled_from(sorted(WHOLE)),
    at=st.integers(0, 120),
    noise=st.binary(min_size=1, max_size=12),
)
def test_a_header_of_noise_gives_a_picture_or_a_sentence(kind: str, at: int, noise: bytes) -> None:
    whole = WHOLE[kind]
    _accepted_or_refused(whole[:at] + noise + whole[at + len(noise) :])


@STRANGE
@given(kind=st.sampled_from(sorted(WHOLE)), body=st.binary(max_size=400))
def test_noise_after_a_signature_gives_a_sentence(kind: str, body: bytes) -> None:
    _accepted_or_refused(WHOLE[kind][:12] + body)


def test_a_picture_of_two_pictures_as_phones_write_it_gives_the_first() -> None:
    data = encoded(RED, "MPO", save_all=True, append_images=[RED.rotate(180)])
    assert read_image(data).size == RED.size


@pytest.mark.slow
def test_a_longer_picture_is_scaled_as_if_it_had_been_decoded_whole() -> None:
    """In bands, whose seams nobody sees."""
    whole = noise(900, 700)
    for image in (whole, whole.convert("RGBA"), whole.quantize(8), whole.convert("L")):
        read = np.asarray(read_image(encoded(image), longest=300), np.int16)
        expected = image.convert("RGB").resize((300, 233), Image.Resampling.LANCZOS)
        assert np.abs(read - np.asarray(expected, np.int16)).max() <= 2


@pytest.mark.slow
def test_a_phones_largest_photograph_is_taken() -> None:
    photo = Image.linear_gradient("L").resize((8160, 6120)).convert("RGB")
    data = encoded(photo, "JPEG", quality=60)
    assert read_image(data, longest=1024).size == (1024, 768)


def test_a_text_beside_the_picture_does_no_harm() -> None:
    assert read_image(with_text(RED, Comment="a" * 10_000)).size == RED.size


def test_a_file_is_read_no_further_than_a_picture_may_go(tmp_path) -> None:
    with (tmp_path / "endless.png").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(InvalidImage, match="at most 64 MB"):
        read_image(tmp_path / "endless.png")


def test_a_path_that_is_no_file_is_named(tmp_path) -> None:
    with pytest.raises(InvalidImage, match=r"nowhere\.png"):
        read_image(tmp_path / "nowhere.png")


def test_cmyk_is_read_as_the_colour_it_shows() -> None:
    image = read_image(encoded(RED.convert("CMYK"), "JPEG", quality=95))
    assert image.mode == "RGB"
    assert np.allclose(np.asarray(image)[0, 0], (200, 30, 30), atol=8)


def test_sixteen_bits_keep_their_greys() -> None:
    wide = Image.fromarray(np.asarray(GRADIENT).astype(np.uint16) * 257)
    image = np.asarray(read_image(encoded(wide)))
    assert np.abs(image[..., 0].astype(int) - np.asarray(GRADIENT)).max() <= 1


def test_a_transparent_picture_lies_on_white() -> None:
    clear = Image.new("RGBA", (32, 32), (0, 0, 255, 0))
    assert np.asarray(read_image(encoded(clear))).min() == 255


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP"])
def test_an_animation_gives_its_first_frame(kind: str) -> None:
    assert np.allclose(np.asarray(read_image(animation(kind)))[0, 0], (255, 0, 0), atol=2)


def test_a_photo_taken_sideways_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned by 90 degrees
    assert read_image(encoded(RED, "JPEG", exif=exif)).size == (20, 40)


def test_fit_covers_the_size_and_crops_evenly() -> None:
    pixels = np.zeros((20, 60, 3), np.uint8)
    pixels[:, 20:40] = 255
    fitted = np.asarray(fit(Image.fromarray(pixels), 20, 20))
    assert fitted.shape == (20, 20, 3)
    assert fitted.min() == 255
