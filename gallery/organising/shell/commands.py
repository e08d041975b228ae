"""The commands, each with what it takes."""

import argparse
import os
import sys
from collections.abc import Callable
from typing import Any

from gallery.act import Act
from gallery.actor import COMMAND_LINE
from gallery.gallery import Gallery
from gallery.organising.moderation import Subject
from gallery.organising.shell import about_events as on_events
from gallery.organising.shell import about_people as on_people
from gallery.organising.shell import about_submissions as on_submissions
from gallery.organising.shell.desk import Answer, Desk
from gallery.people import outbox


def add_commands(commands: Any) -> None:
    """`commands` is what argparse's `add_subparsers` gives."""
    admin = commands.add_parser("admin", help="what organisers do, from a shell")
    inner = admin.add_subparsers(required=True, metavar="WHAT")

    def add(name: str, run: Callable[[Desk], Answer], help: str, *arguments: str) -> Any:
        parser = inner.add_parser(name, help=help)
        for argument in arguments:
            several = "+" if argument.endswith("s") else None
            numeric = int if argument in ("number", "numbers", "team") else str
            parser.add_argument(argument, nargs=several, type=numeric, metavar=argument.upper())
        parser.add_argument("--event", metavar="SLUG", help="the current one if not given")
        parser.add_argument("--json", action="store_true", help="for programs")
        parser.set_defaults(command=_run, run=run)
        return parser

    def reason(parser: Any) -> None:
        parser.add_argument("--reason", required=True, metavar="TEXT", help="the log keeps it")

    add(
        "submissions",
        on_submissions.list_submissions,
        "everything handed in, drafts and hidden ones too",
    )
    add("show", on_submissions.show, "one submission, its history and its checks", "number")
    for name, verb in (("hide", on_submissions.hide), ("restore", on_submissions.restore)):
        parser = add(name, verb, f"{name} a submission, an idea or a comment")
        parser.add_argument("subject", choices=[subject.value for subject in Subject])
        parser.add_argument("number", type=int, metavar="NUMBER")
        reason(parser)
    reason(
        add(
            "hand-over",
            on_submissions.hand_over,
            "give a submission to another team",
            "number",
            "team",
        )
    )
    add(
        "claims",
        on_submissions.list_claims,
        "demos that wait for a proof that they are their team's",
    )
    for name, verb, help in (
        ("grant", on_submissions.grant, "say that the Space of a demo that waits is its team's"),
        ("refuse", on_submissions.refuse, "say that it is not: the demo is a draft again"),
    ):
        reason(add(name, verb, help, "number"))
    add("reports", on_submissions.list_reports, "reports that wait for a decision")
    reason(
        add("dismiss", on_submissions.dismiss, "decide a report without hiding anything", "number")
    )
    add("deadline", on_events.show_deadline, "the deadline in force, and what the file says")
    parser = add(
        "move-deadline",
        on_events.move_deadline,
        "move it at once, and tell everybody who takes part",
        "when",
    )
    reason(parser)
    parser.add_argument("--earlier", action="store_true", help="it is meant to be earlier")
    reason(add("give-deadline-back", on_events.give_deadline_back, "to what the event file says"))
    parser = add("notice", on_events.set_notice, "the line on top of every page")
    parser.add_argument("text", nargs="?", default="", metavar="TEXT", help="none if empty")
    parser.add_argument("--as-file", action="store_true", help="what the event file says")
    add("sign-ups", on_people.list_sign_ups, "who wants to take part")
    for name, verb in (("accept", on_people.accept), ("decline", on_people.decline)):
        parser = add(name, verb, f"{name} people who signed up, by their handles", "names")
        parser.add_argument("--message", default="", metavar="TEXT", help="goes with the decision")
        if name == "decline":
            confirm = "confirm what becomes of what they handed in"
            parser.add_argument("--yes", action="store_true", help=confirm)
    add("admit", on_people.admit, "let somebody in who has not signed up", "name")
    add("roles", on_people.list_roles, "organisers and jurors")
    add("give", on_people.give, "make somebody organiser or juror", "role", "name")
    add("take", on_people.take, "take a role back", "role", "name")
    add(
        "invite",
        on_people.invite,
        "a link that makes its first reader organiser or juror",
        "role",
        "note",
    )
    reason(
        add("close", on_people.close, "close an account: nobody signs in to it any more", "name")
    )
    add("reopen", on_people.reopen, "open a closed account again", "name")
    parser = add("log", on_people.list_log, "who did what, the newest first")
    parser.add_argument("--who", default="", metavar="NAME", help="part of a name")
    parser.add_argument("--what", default="", metavar="ACTION", help="part of an action")


def _run(options: argparse.Namespace, gallery: Gallery) -> int:
    event = gallery.event(options.event) if options.event else gallery.current
    with gallery.database.write() as session:
        answer = options.run(
            Desk(Act(session, COMMAND_LINE, gallery.clock(), event), options, gallery)
        )
    # The gallery that runs would send it as well, but perhaps none does.
    outbox.deliver(gallery.database, gallery.settings, key=gallery.key, clock=gallery.clock)
    try:
        print(answer.as_json() if options.json else answer.as_text(), flush=True)
    except BrokenPipeError:  # `| head` has read enough; nor may Python complain as it ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
