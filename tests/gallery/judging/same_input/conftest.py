"""Sheets of the jury's three demos, whose Spaces lie on a small Hub and answer as they are told."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from gallery.act import Act
from gallery.database.tables import Picture, Sheet, SheetTile, Submission
from gallery.judging.same_input import sheets
from gallery.judging.same_input.asking import Made
from gallery.judging.same_input.running import Running
from gallery.judging.same_input.showing import View, view
from gallery.judging.same_input.tiles import State
from gallery.submissions import pictures
from gallery.submissions.pictures import PictureStore
from tests.gallery.judging.conftest import Jury


def png(colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (32, 24), colour).save(file, "PNG")
    return file.getvalue()


class Sheets:
    """Makes and shows them as pages do."""

    def __init__(self, jury: Jury) -> None:
        self.jury, self.gallery = jury, jury.gallery

    def upload(self, who: str, colour: str = "teal") -> str:
        prepared, actor = pictures.prepare(png(colour)), self.jury.person(who)
        store = PictureStore(self.gallery.settings.pictures_dir)
        now = self.jury.clock.now
        with self.gallery.database.write() as session:
            return pictures.keep(session, actor, now, store=store, picture=prepared).digest

    def make(self, who: str, **more: Any) -> int:
        given = {"prompt": "a blue fish", "seed": 7, "demos": self.jury.demos} | more
        given.setdefault("picture", self.upload(who))
        made: Sheet = self.jury(sheets.make, who, **given)
        return made.id

    def view(self, who: str, sheet_id: int) -> View:
        actor = self.jury.person(who)
        with self.gallery.database.read() as session:
            act = Act(session, actor, self.jury.clock.now, self.gallery.current)
            return view(act, sheet_id)

    def states(self, sheet_id: int) -> dict[int, str]:
        with self.gallery.database.read() as session:
            rows = session.query(SheetTile).filter_by(sheet_id=sheet_id).all()
        return {row.submission_id: row.state for row in rows}

    def running(self, answer: Callable[..., Made] | None = None) -> Running:
        """What asks demos; nothing runs until `step` is called."""
        return Running(self.gallery, answer=answer or made)

    def space_of(self, demo: int) -> str:
        with self.gallery.database.read() as session:
            return session.get_one(Submission, demo).space_id

    def is_kept(self, digest: str) -> bool:
        with self.gallery.database.read() as session:
            return session.get(Picture, digest) is not None


def made(_gallery: object, asked: Any) -> Made:
    """An answer that tells which demo it is of."""
    colour = f"#{asked.submission_id * 37 % 256:02x}{asked.attempt * 40:02x}30"
    return Made(State.MADE, "", 1.5, png(colour), ("words", "picture"))


@pytest.fixture
def same_input(jury: Jury) -> Sheets:
    return Sheets(jury)
