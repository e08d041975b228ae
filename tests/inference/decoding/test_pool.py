"""Who decodes next, in how much memory and time, and who has to come again."""

import signal
import struct
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from PIL import Image

from inference.decoding.pool import DecodingPool, _Worker
from inference.errors import Busy, InvalidImage
from tests.inference.strange_files import encoded, noise


@pytest.fixture
def pool() -> Iterator[DecodingPool]:
    with closing(DecodingPool(workers=1, waiting=2)) as pool:
        yield pool


def size(pool: DecodingPool, data: bytes) -> tuple[int, int]:
    return pool.pixels(lambda: data, field="photo", longest=64).result().size


def workers() -> list[psutil.Process]:
    children = psutil.Process().children()
    return [one for one in children if "inference.decoding.worker" in one.cmdline()]


def test_only_so_many_may_wait_and_the_next_is_told_to_come_again(pool: DecodingPool) -> None:
    go = threading.Event()
    data = encoded(noise())

    def read() -> bytes:
        assert go.wait(60)
        return data

    waiting = [pool.pixels(read, field="photo", longest=64) for _ in range(3)]
    with pytest.raises(Busy, match=r"at most 3 pictures may wait .* try again in a minute"):
        pool.pixels(read, field="photo", longest=64)
    go.set()
    assert {one.result().size for one in waiting} == {(64, 48)}
    assert size(pool, data) == (64, 48)


@pytest.mark.slow
def test_a_picture_that_would_take_for_ever_ends_in_a_sentence() -> None:
    """A GIF's comment, which Pillow joins piece by piece: ten megabytes take it a minute."""
    pieces = b"\xff" + b"a" * 255
    comment = b"!\xfe" + pieces * 40_000 + b"\0"
    data = (
        b"GIF89a" + struct.pack("<HH", 64, 64) + b"\0\0\0" + comment + encoded(noise(), "GIF")[13:]
    )
    with closing(DecodingPool(workers=1, cpu_seconds=1)) as pool:
        with pytest.raises(InvalidImage, match="photo must be a whole picture"):
            size(pool, data)
        assert size(pool, encoded(noise())) == (64, 48)


def test_a_decoder_that_was_killed_is_replaced(pool: DecodingPool) -> None:
    before = {one.pid for one in workers()}
    assert size(pool, encoded(noise())) == (64, 48)
    for one in workers():
        if one.pid not in before:
            one.kill()
            one.wait(60)
    assert size(pool, encoded(noise())) == (64, 48)


def test_one_that_is_killed_while_it_is_asked_ends_in_a_sentence() -> None:
    """What it did not read is left in the pipe, which cannot be closed without an error."""
    worker = _Worker()
    worker._process.kill()
    worker._process.wait()
    job = {"size": 4, "kind": "PNG"}
    assert worker.ask(job, b"data", most=64) == ({"problem": "died"}, [])
    worker.end()


def test_a_picture_is_decoded_while_its_whole_group_is_asked_to_end(pool: DecodingPool) -> None:
    before = {one.pid for one in workers()}
    assert size(pool, encoded(noise())) == (64, 48)
    (mine,) = (one for one in workers() if one.pid not in before)
    for asked_to_end in (signal.SIGINT, signal.SIGTERM):
        mine.send_signal(asked_to_end)
    assert size(pool, encoded(noise())) == (64, 48)
    assert mine.is_running()


@pytest.mark.slow
def test_the_memory_of_a_large_picture_is_given_back(pool: DecodingPool) -> None:
    before = {one.pid for one in workers()}
    assert size(pool, encoded(Image.new("L", (6000, 6000)))) == (64, 64)
    assert {one.pid for one in workers()} <= before


def test_a_decoder_knows_no_secrets(pool: DecodingPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "the secret of this gallery")
    before = {one.pid for one in workers()}
    assert size(pool, encoded(noise())) == (64, 48)
    (ours,) = [one for one in workers() if one.pid not in before]
    assert b"SECRET_KEY" not in Path(f"/proc/{ours.pid}/environ").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize(
    "picture",
    [
        encoded(Image.effect_noise((512, 512), 100).convert("RGBA")),
        encoded(Image.merge("RGB", [Image.effect_noise((2560, 2560), 100)] * 3), "JPEG"),
        encoded(Image.merge("RGBA", [Image.effect_noise((1600, 1600), 100)] * 4)),
    ],
    ids=["kept without loss", "as large as is kept", "with transparency"],
)
def test_the_first_picture_may_be_the_hardest_to_write(picture: bytes) -> None:
    with closing(DecodingPool()) as pool:
        made = pool.copies(
            lambda: picture, field="a picture", longest=2560, widths=(480, 960), crisp=512 * 512
        ).result(60)
    assert len(made.files) >= 2


@pytest.mark.slow
def test_what_cannot_be_written_is_not_called_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inference.decoding.pool.ENCODING", 0)
    monkeypatch.setattr("inference.decoding.pool.OVERHEAD", 8_000_000)
    picture = encoded(Image.merge("RGB", [Image.effect_noise((1600, 1600), 100)] * 3), "JPEG")
    with closing(DecodingPool()) as pool:
        asked = pool.copies(
            lambda: picture, field="a picture", longest=2560, widths=(480,), crisp=1
        )
        with pytest.raises(Busy, match="writing it failed on this side"):
            asked.result(60)


def test_without_a_process_no_picture_is_called_damaged(
    pool: DecodingPool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nowhere"))
    with pytest.raises(Busy, match="try again in a minute"):
        size(pool, encoded(noise()))
    monkeypatch.setattr(sys, "executable", "/bin/true")
    with pytest.raises(Busy, match="try again in a minute"):
        size(pool, encoded(noise()))


def test_closing_leaves_no_process_behind() -> None:
    before = {one.pid for one in workers()}
    with closing(DecodingPool()) as pool:
        assert size(pool, encoded(noise())) == (64, 48)
        assert {one.pid for one in workers()} > before
    assert {one.pid for one in workers()} == before
