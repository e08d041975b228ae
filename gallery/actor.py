"""Whoever acts: a person with their roles, a visitor, or a program of ours."""

from dataclasses import dataclass, field

from gallery.errors import NotAllowed, NotSignedIn


@dataclass(frozen=True)
class Actor:
    """`account_id` is None for visitors and programs; roles are per event slug."""

    account_id: int | None
    name: str
    display_name: str = ""
    organiser_of: frozenset[str] = field(default_factory=frozenset)
    juror_of: frozenset[str] = field(default_factory=frozenset)
    invitations: int = 0
    """To teams, which this person can still accept; the head of every page says so."""
    news: int = 0
    """What they have not read yet; the head of every page says so, too."""
    is_program: bool = False
    """The command line and the watcher: they may do what organisers may."""
    token_team_id: int | None = None
    """Set when a team's token speaks: then it may act for this team alone."""

    @property
    def is_signed_in(self) -> bool:
        return self.account_id is not None

    @property
    def called(self) -> str:
        """As sentences name them."""
        return self.display_name or self.name

    def require_account(self, doing: str) -> int:
        """The account's id; `doing` completes "sign in to …"."""
        if self.account_id is None:
            raise NotSignedIn(f"this takes an account; sign in to {doing}")
        return self.account_id

    def require_person(self, doing: str) -> int:
        """As `require_account`, for what a team's token may not do."""
        if self.token_team_id is not None:
            raise NotAllowed(f"a team's token works on its submissions only; sign in to {doing}")
        return self.require_account(doing)

    def organises(self, event: str) -> bool:
        return self.is_program or event in self.organiser_of

    def require_organiser(self, event: str) -> None:
        if not self.organises(event):
            if self.account_id is None and not self.is_program:
                raise NotSignedIn("this is for organisers; sign in as one")
            raise NotAllowed("this is for the organisers of the event; ask one of them")


VISITOR = Actor(None, "a visitor")
COMMAND_LINE = Actor(None, "command line", is_program=True)
WATCHER = Actor(None, "watcher", is_program=True)
