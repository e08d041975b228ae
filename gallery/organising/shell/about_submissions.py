"""Submissions, ideas and comments: looking, hiding, reports."""

from gallery.organising import moderation
from gallery.organising import tables as board_tables
from gallery.organising.moderation import Subject
from gallery.organising.shell.desk import Answer, Desk, cell, table_answer
from gallery.submissions import checking, claims, revisions, submissions
from gallery.submissions.access import seen


def list_submissions(desk: Desk) -> Answer:
    return table_answer(
        board_tables.submissions(desk.act.session, desk.act.actor, event=desk.act.event)
    )


def show(desk: Desk) -> Answer:
    number, event = desk.options.number, desk.act.event
    submission = seen(desk.act.session, desk.act.actor, event=event, submission_id=number)
    content = revisions.current(desk.act.session, submission).model_dump(mode="json")
    facts = {
        "number": submission.id,
        "team": submission.team.name,
        "state": submission.state,
        "hidden": submission.hidden_reason,
        "submitted": submission.submitted_at,
        "likes": submission.likes,
        "demo is": submission.health,
    }
    versions = revisions.versions(
        desk.act.session, desk.act.actor, event=event, submission_id=number
    )
    rows: list[tuple[object, object]] = [*facts.items(), *content.items()]
    rows += [
        (f"revision {one.number}", f"{cell(one.saved_at)} {one.author} {one.note}".rstrip())
        for one in versions
    ]
    rows += [
        (f"check {check.name}", f"{check.outcome.value}: {check.message}")
        for check in checking.newest(desk.act.session, number)
    ]
    return Answer(("what", "value"), rows)


def hide(desk: Desk) -> Answer:
    subject = Subject(desk.options.subject)
    number, reason = desk.options.number, desk.options.reason
    moderation.hide(desk.act, subject=subject, subject_id=number, reason=reason)
    return Answer(sentence=f"{subject} {number} is hidden")


def restore(desk: Desk) -> Answer:
    subject = Subject(desk.options.subject)
    number, reason = desk.options.number, desk.options.reason
    moderation.restore(desk.act, subject=subject, subject_id=number, reason=reason)
    return Answer(sentence=f"{subject} {number} is there for everybody again")


def hand_over(desk: Desk) -> Answer:
    options = desk.options
    changed = submissions.hand_over(
        desk.act,
        submission_id=options.number,
        team_id=options.team,
        reason=options.reason,
    )
    return Answer(sentence=f"submission {changed.id} belongs to {changed.team.name}")


def list_claims(desk: Desk) -> Answer:
    rows = [
        (
            one.submission.id,
            one.submission.title,
            one.submission.space_id,
            one.team,
            one.holder,
            one.claim.asked_at,
            one.claim.reason,
        )
        for one in claims.waiting(desk.act.session, desk.act.actor, event=desk.act.event)
    ]
    columns = ("number", "title", "Space", "claimed by", "handed in by", "since", "because")
    return Answer(columns, rows)


def grant(desk: Desk) -> Answer:
    number, reason = desk.options.number, desk.options.reason
    granted = claims.grant(desk.act, submission_id=number, reason=reason)
    return Answer(sentence=f"{granted.space_id} is {granted.team.name}'s, and handed in")


def refuse(desk: Desk) -> Answer:
    number, reason = desk.options.number, desk.options.reason
    refused = claims.refuse(desk.act, submission_id=number, reason=reason)
    return Answer(sentence=f"submission {refused.id} is a draft again")


def list_reports(desk: Desk) -> Answer:
    rows = [
        (
            one.report.id,
            one.report.subject_type,
            one.report.subject_id,
            one.title,
            one.by,
            one.report.at,
            one.report.reason,
        )
        for one in moderation.reports(desk.act.session, desk.act.actor, event=desk.act.event)
    ]
    return Answer(("number", "about", "its number", "title", "by", "at", "reason"), rows)


def dismiss(desk: Desk) -> Answer:
    number = desk.options.number
    moderation.dismiss(desk.act, report_id=number, reason=desk.options.reason)
    return Answer(sentence=f"report {number} is dismissed")
