"""Whose a Space is: how well a team has shown that it may hand it in.

On the Hub a Space lies with a person or an organisation. Who signs in with that account, or is in
that organisation, needs no further word; nor does who has put a line of ours into its README.
"""

from enum import IntEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from gallery.database.tables import Account, Claim, Membership, Submission, Team
from gallery.people import accounts
from spaces.hub.addresses import repo_key


class Standing(IntEnum):
    """Of a team towards a Space; who stands higher has it."""

    NOBODY = 0
    """Collected from the Hub, or left behind by a team that is no more."""
    STRANGER = 1
    ORGANISERS_WORD = 2
    OWNER = 3


def is_unclaimed(team: Team) -> bool:
    """Collected from the Hub, or left behind by a team that is no more."""
    return team.lead_id is None or team.dissolved_at is not None


def owner_of(space_id: str) -> str:
    """The Hub account or organisation that a Space lies with."""
    return space_id.partition("/")[0]


def standing_of(session: Session, team: Team, space_id: str) -> Standing:
    """How a team stands towards a Space now: it follows who is in the team."""
    if is_unclaimed(team):
        return Standing.NOBODY
    members = select(Account).join(Membership).where(Membership.team_id == team.id)
    if any(accounts.is_on_hub(one, owner_of(space_id)) for one in session.scalars(members)):
        return Standing.OWNER
    states = set(
        session.scalars(
            select(Claim.state)
            .join(Submission, Submission.id == Claim.submission_id)
            .where(Submission.team_id == team.id, Claim.space_key == repo_key(space_id))
        )
    )
    if "proved" in states:
        return Standing.OWNER
    return Standing.ORGANISERS_WORD if "granted" in states else Standing.STRANGER


def accounts_of(session: Session, owner: str) -> list[int]:
    """Who here is the owner on the Hub, by their accounts."""
    wanted = select(Account).where(Account.hub_name.is_not(None), Account.disabled_at.is_(None))
    return [one.id for one in session.scalars(wanted) if accounts.is_on_hub(one, owner)]
