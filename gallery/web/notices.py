"""Flash messages: what a page says after a change, to who made it, named by a signed cookie.

An address says nothing of the kind: whoever is given one would read what they have not done.
"""

from urllib.parse import urlsplit

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from gallery.gallery import Gallery
from gallery.secret import sign, signed_value

COOKIE = "sprint_done"
LASTS = 60
"""Seconds until it is too late to say it."""
SENTENCES = {
    "signed-up": "You are signed up; the organisers decide, and this page will say so.",
    "accepted-at-once": "You take part: a practice event accepts everybody at once.",
    "sign-up-withdrawn": "Your sign-up is taken back.",
    "idea-proposed": "Your idea is here for everybody to see.",
    "idea-edited": "Your change is saved.",
    "idea-taken-back": "Your idea is taken back; who asked to join it hears of it.",
    "commented": "Your comment is here.",
    "comment-removed": "Your comment is gone.",
    "asked": "Your request is here; this page says when it has reached them.",
    "taken-back": "It is taken back.",
    "accepted": "They are in the team now.",
    "joined": "You are in the team now.",
    "declined": "You said no.",
    "reported": "Thank you. It is on the organisers' list.",
    "woken": "The demo is waking up; this takes a minute or two.",
    "team-formed": "The team is formed; invite people to it.",
    "team-edited": "Your change is saved.",
    "team-left": "You left the team.",
    "team-dissolved": "The team is dissolved.",
    "team-claimed": "The team is yours.",
    "lead-passed": "The lead is passed on.",
    "removed": "They are in the team no more.",
    "invited": "They are invited, and find it here when they sign in.",
    "token-ended": "The token works no more.",
    "read": "All of it is read.",
    "news-chosen": "Your choice is saved.",
    "renamed": "Your name is changed.",
    "linked": "You can sign in this way, too.",
    "unlinked": "This way to sign in is removed.",
    "decided": "Decided. It is in their news; letters go out to who gave an address.",
    "admitted": "They take part now.",
    "placed": "They are in the team now.",
    "role-given": "The role is given.",
    "role-taken": "The role is taken.",
    "hidden": "It is hidden.",
    "restored": "Everybody sees it again.",
    "claim-granted": "It is handed in; it is in the team's news.",
    "claim-refused": "It is a draft again; it is in the team's news.",
    "dismissed": "The report is dismissed.",
    "judged": "Saved, and it counts. Here is the next.",
    "all-judged": "Saved, and it counts. That was the last of yours.",
    "compared": "Noted. Here is another pair.",
    "sheet-made": "It runs: each tile fills as its demo answers. You may close this page.",
    "sheet-stopped": "Stopped. What was made by then is kept.",
    "sheet-again": "It is asked once more.",
    "sheet-shared": "The jurors see it now, but for demos that they are in conflict with.",
    "sheet-withdrawn": "The jurors see it no more.",
    "sheet-deleted": "The sheet is deleted.",
    "skipped": "Skipped; it comes back when the others are done.",
    "conflict-declared": "Noted. That demo is not yours to judge any more.",
    "judging-closed": "Scores are not taken any more.",
    "judging-opened": "Scores are taken again.",
    "juror-away": "They get nothing new. Hand out once more, so that others look at what is left.",
    "juror-back": "They take part again; hand out once more to give them demos.",
    "juror-reminded": "The reminder is on its way: by letter to who gave an address, and as news.",
    "assignment-moved": "The demo is with the other juror now.",
    "judging-extended": "There is more time for the jury; they hear of it.",
    "conflict-lifted": "It is none any more; hand out once more to give the demo back.",
    "result-settled": "The final order is kept.",
    "result-published": "The result is published.",
    "publication-set": "It is published by itself at that time, unless something of it changes.",
    "publication-cancelled": "Nothing is published by itself any more.",
    "feedback-decided": "Decided. The team reads it when feedback is sent.",
    "feedback-sent": "Sent. Each team finds it on its page, and hears of it once.",
    "deadline-moved": "The deadline is moved; it is in force everywhere.",
    "deadline-given-back": "The event file's deadline is in force again.",
    "notice-set": "The notice is on every page.",
    "notice-given-back": "The event file's notice is on every page again, if it has one.",
}


def to(gallery: Gallery, path: str, done: str) -> RedirectResponse:
    """To a page that will say so, once, in this browser alone."""
    assert done in SENTENCES
    answer = RedirectResponse(path, 303)
    page = urlsplit(path).path
    answer.set_cookie(
        COOKIE,
        sign(gallery.key, _purpose(page), done),
        max_age=LASTS,
        path=page,
        secure=gallery.settings.is_https,
        httponly=True,
        samesite="lax",
    )
    return answer


def sentence(request: Request) -> str | None:
    """What was done to come to this page, if the browser was just sent here for that."""
    gallery: Gallery = request.app.state.gallery
    cookie = request.cookies.get(COOKIE, "")
    done = signed_value(gallery.key, _purpose(request.url.path), cookie)
    return SENTENCES.get(done or "")


def forget(request: Request, answer: Response) -> None:
    """After it was said."""
    if COOKIE in request.cookies:
        answer.delete_cookie(COOKIE, path=request.url.path)


def _purpose(path: str) -> str:
    return f"{COOKIE} {path}"
