"""Pictures: what is taken, what is refused, what is kept of them."""

import io
import os
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import anyio
import pytest
from anyio import create_task_group, to_thread
from PIL import Image

from gallery.act import Act
from gallery.actor import COMMAND_LINE, VISITOR, Actor
from gallery.database.tables import Picture
from gallery.errors import Invalid, NotFound, NotSignedIn, TooMany, Unavailable
from gallery.gallery import Gallery
from gallery.submissions import pictures
from gallery.submissions.pictures import MAX_BYTES, PictureStore, keep, prepare, prepare_upload
from gallery.submissions.submissions import create_draft
from gallery.submissions.sweeping import sweep_pictures
from tests.gallery.conftest import Clock
from tests.gallery.submissions.conftest import content
from tests.inference.strange_files import DAMAGED, FOREIGN, TOO_LARGE, encoded


def plain(width: int = 64, height: int = 48, colour: str = "red") -> bytes:
    return encoded(Image.new("RGB", (width, height), colour))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "got an empty file"),
        *((data, "choose a PNG, JPEG, WebP or GIF file$") for data in FOREIGN.values()),
        *((data, "damaged") for data in DAMAGED.values()),
        *((data, "million pixels") for data in TOO_LARGE.values()),
        (plain(8, 8), "at least 16×16 pixels"),
        (plain(2000, 20), "at most 20 times"),
        (b"x" * (MAX_BYTES + 1), "20 MB"),
    ],
)
def test_what_is_no_picture_or_too_large_is_refused_in_a_sentence(
    data: bytes, sentence: str
) -> None:
    with pytest.raises(Invalid, match=sentence) as caught:
        prepare(data)
    assert caught.value.field == "picture"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_each_kind_becomes_webp_with_smaller_copies(kind: str) -> None:
    prepared = prepare(encoded(Image.new("RGB", (1200, 600), "teal"), kind))
    assert (prepared.width, prepared.height) == (1200, 600)
    assert {width: Image.open(io.BytesIO(data)).size for width, data in prepared.files.items()} == {
        None: (1200, 600),
        480: (480, 240),
        960: (960, 480),
    }
    assert all(Image.open(io.BytesIO(data)).format == "WEBP" for data in prepared.files.values())


def test_a_picture_is_turned_upright_and_loses_its_metadata() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010E] = "taken at home"
    prepared = prepare(encoded(Image.new("RGB", (80, 40)), "JPEG", exif=exif, comment=b"secret"))
    assert (prepared.width, prepared.height) == (40, 80)
    whole = prepared.files[None]
    assert not Image.open(io.BytesIO(whole)).getexif()
    assert b"taken at home" not in whole
    assert b"secret" not in whole


@pytest.mark.slow
def test_a_small_drawing_is_kept_exactly_and_a_huge_photograph_is_made_smaller() -> None:
    noise = Image.effect_noise((64, 64), 90).convert("RGB")
    kept = Image.open(io.BytesIO(prepare(encoded(noise)).files[None] or b"")).convert("RGB")
    assert kept.tobytes() == noise.tobytes()
    assert prepare(encoded(Image.new("RGB", (5000, 2500)), "JPEG")).width == pictures.LARGEST


def test_of_an_animation_the_first_frame_is_kept() -> None:
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue")]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    kept = Image.open(io.BytesIO(prepare(data).files[None] or b""))
    assert getattr(kept, "n_frames", 1) == 1
    assert kept.convert("RGB").getpixel((0, 0)) == (255, 0, 0)


def test_the_same_picture_twice_is_one_file(tmp_path: Path) -> None:
    store = PictureStore(tmp_path)
    store.write(prepare(plain()))
    store.write(prepare(plain()))
    assert len(list(tmp_path.rglob("*.*"))) == 1


@pytest.mark.parametrize("digest", ["../../etc/passwd", "0" * 64, "A" * 64, "", "0" * 63 + "/"])
def test_an_unknown_or_odd_digest_is_not_found(tmp_path: Path, digest: str) -> None:
    with pytest.raises(NotFound):
        PictureStore(tmp_path).path(digest, 480)


def kept(gallery: Gallery, actor: Actor, data: bytes) -> Picture:
    store = PictureStore(gallery.settings.pictures_dir)
    with gallery.database.write() as session:
        picture = prepare(data)
        return keep(session, actor, gallery.clock(), store=store, picture=picture)


def test_only_people_upload_and_not_without_end(
    gallery: Gallery, person: Callable[[str], Actor], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotSignedIn):
        kept(gallery, VISITOR, plain())
    monkeypatch.setattr(pictures, "PER_HOUR", 2)
    ada = person("ada-l")
    for colour in ("red", "green"):
        kept(gallery, ada, plain(colour=colour))
    with pytest.raises(TooMany, match="2 pictures an hour"):
        kept(gallery, ada, plain(colour="blue"))
    kept(gallery, COMMAND_LINE, plain(colour="blue"))


def test_a_days_old_picture_is_swept_unless_some_revision_shows_it(
    gallery: Gallery, person: Callable[[str], Actor], clock: Clock
) -> None:
    ada = person("ada-l")
    shown, unused = (
        kept(gallery, ada, plain(colour="red")),
        kept(gallery, ada, plain(colour="blue")),
    )
    with gallery.database.write() as session:
        draft = content(pictures=[{"digest": shown.digest, "caption": "a red one"}])
        create_draft(Act(session, ada, clock.now, gallery.current), content=draft)
    store, database = PictureStore(gallery.settings.pictures_dir), gallery.database
    assert sweep_pictures(database, clock.now, store=store) == ()
    clock.now += timedelta(days=2)
    assert sweep_pictures(database, clock.now, store=store) == (unused.digest,)
    assert store.path(shown.digest).exists()
    with pytest.raises(NotFound):
        store.path(unused.digest)


def test_when_too_many_wait_the_next_is_asked_to_come_again(busy: threading.Event) -> None:
    with pytest.raises(Unavailable, match="pictures may wait to be read here"):
        prepare(plain())


def test_uploads_that_wait_for_their_turn_take_no_thread_from_others() -> None:
    go = threading.Event()

    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            assert go.wait(60)
            return super().read(size)

    async def upload_many() -> None:
        async with create_task_group() as tasks:
            for _ in range(50):  # more than there are threads
                tasks.start_soon(prepare_upload, Slow(plain()))
            try:
                assert await to_thread.run_sync(lambda: "answered") == "answered"
            finally:
                go.set()

    anyio.run(upload_many)


def test_files_that_a_kill_left_without_a_row_are_swept_and_no_upload_of_now(
    gallery: Gallery, person: Callable[[str], Actor], clock: Clock
) -> None:
    store, database = PictureStore(gallery.settings.pictures_dir), gallery.database
    shown = kept(gallery, person("ada-l"), plain(1200, 800))
    left, coming = prepare(plain(colour="blue")), prepare(plain(colour="green"))
    store.write(left)
    store.write(coming)
    part = store.path(left.digest).with_name("tmp123.part")
    part.write_bytes(b"half")
    day_before = (clock.now - timedelta(days=2)).timestamp()
    now = clock.now.timestamp()
    for path in store.folder.rglob("*.*"):
        os.utime(path, (now, now) if coming.digest in path.name else (day_before, day_before))
    assert sweep_pictures(database, clock.now, store=store) == (left.digest,)
    assert not part.exists()
    names = {path.name.partition(".")[0][:64] for path in store.folder.rglob("*.*")}
    assert names == {shown.digest, coming.digest}
