"""What people are told by mail, where they gave an address; the pages say the same."""

from gallery.database.tables import Account, SignUp
from gallery.event.event import Event
from gallery.people.mail import Mail

PRACTICE = "This is a practice event: everybody is accepted at once."


def decision(event: Event, account: Account, sign_up: SignUp) -> list[Mail]:
    """The organisers' yes or no, with their message; nothing for who has no address."""
    if account.email is None:
        return []
    said = (
        f"You take part in {event.name}."
        if sign_up.state == "accepted"
        else f"You cannot take part in {event.name} this time."
    )
    message = f"\n\nThe organisers write:\n\n{sign_up.decision}" if sign_up.decision else ""
    return [
        Mail(account.email, said.rstrip("."), f"Hello {account.display_name},\n\n{said}{message}\n")
    ]


def invitation(event: Event, account: Account, *, team: str, by: str, address: str) -> list[Mail]:
    """A team asks somebody to join."""
    if account.email is None:
        return []
    return [
        Mail(
            account.email,
            f"{by} invites you to the team {team}",
            f"Hello {account.display_name},\n\n{by} invites you to the team “{team}” "
            f"in {event.name}. Say yes or no on its page:\n\n{address}\n",
        )
    ]
