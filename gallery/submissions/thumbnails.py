"""A Space's thumbnail: fetched from wherever its card says, kept as one of our own pictures."""

from gallery.actor import Actor
from gallery.gallery import Gallery
from gallery.submissions import pictures
from gallery.submissions.pictures import PictureStore

PATIENCE = 20.0
"""Seconds."""


def take(gallery: Gallery, actor: Actor, address: str) -> str:
    """The digest under which the picture at `address` is kept from now on.

    Raises `ForbiddenAddress`, `Unavailable`, or `Invalid` when it is no picture. Must not be called
    within a transaction.
    """
    fetched = gallery.fetcher.get(
        address, max_bytes=pictures.MAX_BYTES, seconds=PATIENCE, field="thumbnail"
    )
    picture = pictures.prepare(fetched.content)
    store = PictureStore(gallery.settings.pictures_dir)
    store.write(picture)
    with gallery.database.write() as session:
        pictures.keep(session, actor, gallery.clock(), store=store, picture=picture)
    return picture.digest
