"""A picture's upload, through whichever door: decoded in its turn, then kept."""

from datetime import datetime
from typing import BinaryIO

from anyio import to_thread

from gallery.actor import Actor
from gallery.database.tables import Picture
from gallery.gallery import Gallery
from gallery.submissions.pictures import PictureStore, Prepared, keep, prepare_upload


async def take(gallery: Gallery, actor: Actor, now: datetime, file: BinaryIO) -> Picture:
    """Keeps the picture in `file`; holds no thread that others need while it waits.

    Raises `NotSignedIn`, `Invalid`, `TooMany`, and `Unavailable` when too many wait already.
    """
    actor.require_account("upload pictures")  # before the work of decoding
    prepared = await prepare_upload(file)
    return await to_thread.run_sync(_keep, gallery, actor, now, prepared)


def _keep(gallery: Gallery, actor: Actor, now: datetime, prepared: Prepared) -> Picture:
    store = PictureStore(gallery.settings.pictures_dir)
    store.write(prepared)
    with gallery.database.write() as session:
        return keep(session, actor, now, store=store, picture=prepared)
