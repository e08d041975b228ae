"""Hands the running demo in, by the calls that a team makes: sign up, form a team, draft, submit.

The account is a program's and says so. Doing it again changes nothing, and what was changed by
hand in between is left alone.
"""

import sys
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from gallery.cli import open_gallery
from gallery.errors import Closed
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.people import accounts, sessions, sign_ups, teams
from gallery.people.actor import Actor
from gallery.people.openid import HubPerson
from gallery.practice.contents import FULL_NAME, HOUSE, MODEL_ID, SPACE_ID, SUMMARY, TITLE
from gallery.settings import Settings
from gallery.small_hub.accounts import Account as HubAccount
from gallery.submissions import pictures, submissions
from gallery.submissions.content import SamplePicture, SubmissionContent, Task, content_from
from gallery.submissions.pictures import PictureStore, Prepared
from gallery.submissions.team import team_of
from spaces.examples import SCENES

TEAM = "House team"
ABOUT = "A program of this gallery: it hands in the demo that runs beside it."
STORY = """
Draw something with a finger or a mouse, or hand in a photo, and say in a few words what it should
become: *a blue teapot, flat icon*. The lines of your drawing lead a ControlNet, the words lead the
rest, and you can watch the picture appear.

The model is a small one that ships with the gallery. It was trained from scratch on two processor
cores in under two hours, on icons of 64 by 64 pixels: silhouettes and colours are right, fine lines
are smudged. What it knows are things in a colour and a style, such as *a red apple, flat icon* or
*a yellow mug, shaded icon*.

This entry was made by a program, so that there is something to look at. Yours can stand beside it:
press **Submit**.
"""


def main() -> int:
    """0 when the demo stands in the gallery, or cannot because submission has not begun."""
    gallery = open_gallery(Settings.read())
    try:
        hand_in(gallery, gallery.current)
    except Closed as error:
        print(f"The demo is not handed in: {error}", flush=True)
    finally:
        gallery.database.close()
    return 0


def hand_in(gallery: Gallery, event: Event) -> None:
    """Raises `Closed` before submission begins; after the deadline it comes as if just in time."""
    now = min(gallery.clock(), event.deadline - timedelta(hours=1))
    store = PictureStore(gallery.settings.pictures_dir)
    prepared = [pictures.prepare(scene.result.read_bytes()) for scene in SCENES]
    for picture in prepared:
        store.write(picture)
    with gallery.database.write() as session:
        if submissions.of_space(session, event=event, space_id=SPACE_ID) is not None:
            return
        house = _account(session, event, now)
        if team_of(session, house, event=event) is None:
            sign_ups.sign_up(session, house, now, event=event, about=ABOUT)
            teams.form(session, house, now, event=event, name=TEAM, about=ABOUT)
        for picture in prepared:
            pictures.keep(session, house, now, store=store, picture=picture)
        draft = submissions.create_draft(
            session, house, now, event=event, content=_content(event, prepared)
        )
        submissions.submit(
            session, house, now, event=event, submission_id=draft.id, number=draft.number
        )


def _account(session: Session, event: Event, now: datetime) -> Actor:
    subject = HubAccount(name=HOUSE).subject
    account = accounts.of_hub(session, HubPerson(subject, HOUSE, FULL_NAME), now)
    return sessions.actor_for(session, account, [event])


def _content(event: Event, prepared: list[Prepared]) -> SubmissionContent:
    return content_from(
        {
            "space_id": SPACE_ID,
            "title": TITLE,
            "emoji": "✏️",
            "summary": SUMMARY,
            "description": STORY.strip(),
            "task": Task.CONTROLNET,
            "controls": ["canny"],
            "base_model": MODEL_ID,
            "models": [MODEL_ID],
            "tags": [event.tag, "controlnet", "canny", "jax"],
            "license": "apache-2.0",
            "thumbnail": prepared[1].digest,
            "pictures": [
                SamplePicture(digest=picture.digest, caption=scene.prompt)
                for picture, scene in zip(prepared, SCENES, strict=True)
            ],
        }
    )


if __name__ == "__main__":
    sys.exit(main())
