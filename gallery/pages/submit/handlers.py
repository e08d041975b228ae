"""What each event of the page does. Each asks who acts; each error becomes a sentence in place.

A handler gives what changes, by the names of `layout.Parts`; `build` turns them to components.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import gradio as gr
from sqlalchemy.orm import Session

from gallery.act import Act
from gallery.actor import Actor
from gallery.database.tables import Submission
from gallery.errors import GalleryError, Invalid
from gallery.event.event import Event
from gallery.event.phase import PhaseKey
from gallery.gallery import Gallery
from gallery.pages.submit import shown
from gallery.pages.submit.filling import (
    Changes,
    failed,
    filled,
    kept,
    kept_in_part,
    may_change,
    stage,
    summary,
)
from gallery.pages.submit.form import content_of, without_mistakes
from gallery.pages.submit.place import Place, Tab
from gallery.people import sessions
from gallery.submissions import checking, claims, naming, revisions, submissions
from gallery.submissions.access import of_team
from gallery.submissions.prefill import look_up
from gallery.submissions.team import submissions_of

RECENT = timedelta(minutes=2)
"""The Hub's answer about a Space is used again for so long."""


class Handlers:
    """One for all visitors: what a visitor works on is in their `Place` and `Tab`."""

    def __init__(self, gallery: Gallery, checker: checking.Checker) -> None:
        self._gallery = gallery
        self._checker = checker

    def open(self, request: gr.Request, place: Place) -> Changes:
        """Fills the page: with what the address names, else the one thing that there is to do."""
        actor = self._actor(request)
        try:
            return self._opened(actor, self._event(place), place)
        except GalleryError as error:
            blank = self._opened(actor, self._gallery.current, Place(wanted="new"))
            return {**blank, "notice": shown.problem(error)}

    def _opened(self, actor: Actor, event: Event, place: Place) -> Changes:
        with self._gallery.database.read() as session:
            mine = submissions_of(session, actor, event=event)
            opened = _wanted(place, mine)
            if opened is None and place.wanted_id is not None:
                opened = of_team(session, actor, event=event, submission_id=place.wanted_id)
            is_coming = opened is not None and self._checker.is_coming(opened.id)
            return filled(self._gallery, session, actor, event, opened, mine, is_coming=is_coming)

    def look_up(
        self, request: gr.Request, place: Place, tab: Tab, address: str, team_name: str | None
    ) -> Iterator[Changes]:
        """Asks the Hub about a pasted address, and begins a draft with what it says.

        Of a Space that the team has already, what it saved is opened instead.
        """
        yield {"notice": "", "look": gr.Button("Looking…", interactive=False)}
        actor = self._actor(request)
        button = gr.Button("Look it up", interactive=True)
        try:
            event = self._event(place)
            actor.require_account("hand in a demo")
            event.require_open(PhaseKey.SUBMISSION, self._now(), "handing in and editing")
            content = look_up(self._gallery, actor, event=event, address=address)
            with tab.lock, self._gallery.database.write() as session:
                before = {one.id for one in submissions_of(session, actor, event=event)}
                submission = submissions.create_draft(
                    Act(session, actor, self._now(), event),
                    content=content,
                    team_name=team_name or "",
                )
                mine = submissions_of(session, actor, event=event)
                changes = filled(
                    self._gallery, session, actor, event, submission, mine, is_coming=True
                )
            self._checker.soon(submission.id)
            if submission.id in before:
                changes["notice"] = shown.opened_again()
            yield {**changes, "look": button, "steps": gr.Walkthrough(selected=2)}
        except GalleryError as error:
            yield {"notice": shown.problem(error), "look": button}

    def draw(self, request: gr.Request, place: Place, *values: Any) -> Changes:
        """The card and the story as typed, saved or not."""
        if place.submission is None:
            return {}
        try:
            with self._gallery.database.read() as session:
                submission = self._submission(session, self._actor(request), place)
                before = revisions.current(session, submission)
                content, _ = without_mistakes(before, values)
                return {
                    "card": shown.card(content, submission),
                    "story": shown.story(content),
                }
        except GalleryError:
            return {}  # the save that follows says what is wrong

    def keep(self, request: gr.Request, place: Place, tab: Tab, *values: Any) -> Changes:
        """Saves what was typed, but for what is wrong in it."""
        if place.submission is None:
            return {}
        mistakes: list[Invalid] = []
        try:
            saved = self._save(self._actor(request), place, tab, values, mistakes=mistakes)
        except GalleryError as error:
            return {"keeper": failed(place, error)}
        self._checker.soon(saved.id)
        kept_place = kept(place, saved, self._now())
        return {
            "keeper": kept_in_part(kept_place, mistakes[0]) if mistakes else kept_place,
            "tab": tab,
            **self._summary(saved.id),
        }

    def look_again(self, request: gr.Request, place: Place) -> Changes:
        """What the checks that follow a save have said by now."""
        try:
            with self._gallery.database.read() as session:
                submission = self._submission(session, self._actor(request), place)
        except GalleryError:
            return {"waiting": gr.Timer(active=False)}  # the next save says what is wrong
        return self._summary(submission.id)

    def _summary(self, submission_id: int) -> Changes:
        is_coming = self._checker.is_coming(submission_id)  # first, or their last word is missed
        with self._gallery.database.read() as session:
            newest = checking.newest(session, submission_id)
        return summary(newest, is_coming=is_coming)

    def keep_mine(self, request: gr.Request, place: Place, tab: Tab, *values: Any) -> Changes:
        """Saves over what somebody else saved in between; theirs stays in the history."""
        try:
            with self._gallery.database.read() as session:
                newest = self._submission(session, self._actor(request), place).number
        except GalleryError as error:
            return {"keeper": failed(place, error)}
        return self.keep(request, place.model_copy(update={"number": newest}), tab, *values)

    def check(self, request: gr.Request, place: Place, tab: Tab, *values: Any) -> Iterator[Changes]:
        """Saves, then runs the checks anew: each appears as it is known."""
        actor = self._actor(request)
        if place.submission is None:
            yield {"checks": shown.checks((), is_running=False)}
            return
        if not place.can_change:
            yield {}  # what they said last stands there
            return
        try:
            saved = self._save(actor, place, tab, values)
            event = self._event(place)
            yield {
                "keeper": kept(place, saved, self._now()),
                "tab": tab,
                "checks": shown.checks((), is_running=True),
            }
            done: list[checking.Check] = []
            for check in self._checker.run(actor, event=event, submission_id=saved.id):
                done.append(check)
                yield {"checks": shown.checks(done, is_running=True)}
            yield {"checks": shown.checks(done, is_running=False), **self._summary(saved.id)}
        except GalleryError as error:
            yield {"keeper": failed(place, error), "checks": shown.checks((), is_running=False)}

    def submit(self, request: gr.Request, place: Place, tab: Tab, *values: Any) -> Changes:
        """Saves and hands in, both or neither."""
        actor = self._actor(request)
        try:
            event = self._event(place)
            saved = self._save(actor, place, tab, values, then_submit=True)
            with self._gallery.database.read() as session:
                mine = submissions_of(session, actor, event=event)
        except GalleryError as error:
            return {"keeper": failed(place, error), "refusal": shown.problem(error)}
        return {
            **stage(self._gallery, event, saved, can_change=True),
            "keeper": kept(place, saved, self._now()),
            "tab": tab,
            "mine": shown.mine(event, mine, saved.id, self._now()),
            "refusal": "",
            "walk": gr.Column(visible=False),
            "after": gr.Column(visible=True),
        }

    def check_claim(self, request: gr.Request, place: Place) -> Changes:
        """Looks on the Hub whether the Space is shown to be the team's."""
        actor = self._actor(request)
        try:
            event = self._event(place)
            number = place.submission or 0
            changed = claims.check(self._gallery, actor, event=event, submission_id=number)
            with self._gallery.database.read() as session:
                mine = submissions_of(session, actor, event=event)
                can_change = may_change(Act(session, actor, self._now(), event), changed)
        except GalleryError as error:
            return {"notice": shown.problem(error)}
        return {
            **stage(self._gallery, event, changed, can_change=can_change),
            "keeper": kept(place, changed, self._now()),
            "mine": shown.mine(event, mine, changed.id, self._now()),
            "notice": "",
        }

    def withdraw(self, request: gr.Request, place: Place) -> Changes:
        return self._turn(request, place, submissions.withdraw)

    def come_back(self, request: gr.Request, place: Place) -> Changes:
        return self._turn(request, place, submissions.come_back)

    def _turn(self, request: gr.Request, place: Place, verb: Any) -> Changes:
        actor = self._actor(request)
        try:
            event, now = self._event(place), self._now()
            if verb is submissions.come_back:
                number = place.submission or 0
                naming.ask_about(self._gallery, actor, event=event, submission_id=number)
            with self._gallery.database.write() as session:
                act = Act(session, actor, now, event)
                changed = verb(act, submission_id=place.submission or 0)
                mine = submissions_of(session, actor, event=event)
        except GalleryError as error:
            return {"refusal": shown.problem(error)}
        return {
            **stage(self._gallery, event, changed, can_change=True),
            "keeper": kept(place, changed, self._now()),
            "mine": shown.mine(event, mine, changed.id, self._now()),
            "refusal": "",
        }

    def _save(
        self,
        actor: Actor,
        place: Place,
        tab: Tab,
        values: Sequence[Any],
        *,
        then_submit: bool = False,
        mistakes: list[Invalid] | None = None,
    ) -> Submission:
        """Takes all or nothing; or, where `mistakes` are collected, what is right."""
        event, now = self._event(place), self._now()
        self._ask_about(actor, place, values, is_handing_in=then_submit)
        with tab.lock, self._gallery.database.write() as session:
            submission = self._submission(session, actor, place)
            if not tab.is_late(place):
                if mistakes is None:
                    content = content_of(submission.space_id, values)
                else:
                    before = revisions.current(session, submission)
                    content, found = without_mistakes(before, values)
                    mistakes += found
                    if submission.state in ("submitted", "waiting"):
                        content, found = naming.without_unknown(session, content, before)
                        mistakes += found
                submission = submissions.save(
                    Act(session, actor, now, event),
                    submission_id=submission.id,
                    number=tab.begins_on(place),
                    content=content,
                )
            if then_submit:
                submission = submissions.submit(
                    Act(session, actor, now, event),
                    submission_id=submission.id,
                    number=submission.number,
                )
            session.flush()
            tab.note(place, submission.number)
        return submission

    def _ask_about(
        self, actor: Actor, place: Place, values: Sequence[Any], *, is_handing_in: bool
    ) -> None:
        """Outside of the transaction that needs to know what the Hub has."""
        with self._gallery.database.read() as session:
            before = revisions.current(session, self._submission(session, actor, place))
        content, _ = without_mistakes(before, values)
        naming.ask_about(
            self._gallery,
            actor,
            event=self._event(place),
            submission_id=place.submission or 0,
            content=content,
            is_handing_in=is_handing_in,
        )

    def _submission(self, session: Session, actor: Actor, place: Place) -> Submission:
        return of_team(
            session, actor, event=self._event(place), submission_id=place.submission or 0
        )

    def _event(self, place: Place) -> Event:
        return self._gallery.event(place.event) if place.event else self._gallery.current

    def _actor(self, request: gr.Request) -> Actor:
        """Whoever's cookie came with this very call."""
        with self._gallery.database.read() as session:
            return sessions.actor_of(
                session,
                request.cookies.get(sessions.COOKIE),
                self._gallery.events.values(),
                self._now(),
                key=self._gallery.key,
            )

    def _now(self) -> Any:
        return self._gallery.clock()


def _wanted(place: Place, mine: Sequence[Submission]) -> Submission | None:
    """What the address names; without a name, the one that the team works on."""
    if place.wanted_id is not None:
        return next((one for one in mine if one.id == place.wanted_id), None)
    standing = [one for one in mine if one.state != "withdrawn"]
    return standing[0] if len(standing) == 1 and not place.wanted else None
