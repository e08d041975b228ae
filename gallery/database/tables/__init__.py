"""Every table, so that `Base.metadata` is whole wherever one of them is imported."""

from gallery.database.tables.base import Base
from gallery.database.tables.judging import Assignment, Ballot, Comparison, Conflict, Judging
from gallery.database.tables.log import LogEntry
from gallery.database.tables.notifications import Letter, Notification, NotificationSwitch
from gallery.database.tables.people import (
    Account,
    Attempt,
    EmailLink,
    HubSignIn,
    Role,
    RoleInvitation,
    SignInSession,
    SignUp,
)
from gallery.database.tables.public import Like, Report
from gallery.database.tables.same_input import Sheet, SheetTile
from gallery.database.tables.schedule import ScheduleChange
from gallery.database.tables.sources import CommitAuthors, Health, RepoRecord
from gallery.database.tables.submissions import (
    CheckRun,
    Claim,
    Facet,
    Picture,
    Pin,
    Revision,
    Submission,
)
from gallery.database.tables.teams import (
    Idea,
    IdeaComment,
    JoinRequest,
    Membership,
    Team,
    TeamInvitation,
    TeamToken,
)
from gallery.database.tables.verdict import DeliberationNote, Feedback

__all__ = [
    "Account",
    "Assignment",
    "Attempt",
    "Ballot",
    "Base",
    "CheckRun",
    "Claim",
    "CommitAuthors",
    "Comparison",
    "Conflict",
    "DeliberationNote",
    "EmailLink",
    "Facet",
    "Feedback",
    "Health",
    "HubSignIn",
    "Idea",
    "IdeaComment",
    "JoinRequest",
    "Judging",
    "Letter",
    "Like",
    "LogEntry",
    "Membership",
    "Notification",
    "NotificationSwitch",
    "Picture",
    "Pin",
    "RepoRecord",
    "Report",
    "Revision",
    "Role",
    "RoleInvitation",
    "ScheduleChange",
    "Sheet",
    "SheetTile",
    "SignInSession",
    "SignUp",
    "Submission",
    "Team",
    "TeamInvitation",
    "TeamToken",
]
