"""One request to one of an event's pages: who, when, and how a change is answered.

Every page of an event takes a `VisitDep`. What programs fetch (a feed, the calendar)
takes no more than it needs: nobody is looked up for it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.actor import Actor
from gallery.errors import GalleryError, NotAllowed
from gallery.event.event import Event
from gallery.gallery import Gallery
from gallery.web import notices
from gallery.web.dependencies import EventDep, GalleryDep, NowDep, ViewerDep
from gallery.web.render import page


@dataclass(frozen=True)
class Visit:
    """`root` is the event's path, `/summer`."""

    request: Request
    gallery: Gallery
    event: Event
    viewer: Actor
    now: datetime

    @property
    def root(self) -> str:
        return f"/{self.event.slug}"

    def page(
        self, template: str, *, problem: GalleryError | None = None, **values: object
    ) -> Response:
        """A page that shows what is meant for its viewer; nobody finds it by going back.

        With a `problem`, in its words and with its status.
        """
        answer = page(
            self.request,
            template,
            viewer=self.viewer,
            event=self.event,
            status=problem.status if problem else 200,
            headers=problem.headers if problem else {},
            problem=problem,
            **values,
        )
        if self.viewer.is_signed_in:
            answer.headers["Cache-Control"] = "no-store"
        return answer

    def public_page(self, template: str, **values: Any) -> Response:
        """A page that says the same to all, but for its head: going back to it is at once."""
        return page(self.request, template, viewer=self.viewer, event=self.event, **values)

    def act(self, session: Session) -> Act:
        """What the visitor does in this transaction."""
        return Act(session, self.viewer, self.now, self.event)

    def require_owner(self, owner: int | None) -> None:
        """What one person typed never becomes another's, who signed in since. Raises NotAllowed."""
        if owner is not None and self.viewer.is_signed_in and owner != self.viewer.account_id:
            raise NotAllowed(
                "this form is somebody else's who was signed in here before; open it again for "
                "your own"
            )

    def change(
        self,
        use_case: Callable[[Act], object],
        *,
        to: str,
        done: str,
        refused: Callable[[GalleryError], Response],
    ) -> Response:
        """Runs a use case in one transaction, then goes `to` a page of the event that says so.

        `refused` shows the form again, with what was typed in it.
        """
        try:
            with self.gallery.database.write() as session:
                use_case(self.act(session))
        except GalleryError as problem:
            return refused(problem)
        return self.to(to, done)

    def to(self, path: str, done: str) -> Response:
        """To a page of the event that says what was done."""
        return notices.to(self.gallery, f"{self.root}{path}", done)


async def _visit(
    request: Request, gallery: GalleryDep, event: EventDep, viewer: ViewerDep, now: NowDep
) -> Visit:
    return Visit(request, gallery, event, viewer, now)


VisitDep = Annotated[Visit, Depends(_visit)]
