"""What the small Hub refuses, in the real one's words and headers.

HubProblem              `status`, and `code` for the X-Error-Code header
├── Renamed             307, to where it is called now
├── RepoNotFound        404, or 401 when nobody is signed in: private and missing look alike
├── RevisionNotFound    404
├── EntryNotFound       404
├── GatedRepo           403, or 401 when nobody is signed in
└── Refused             whatever status is given: 400, 401, 403, 409, 412
"""

from starlette.responses import JSONResponse, Response


class HubProblem(Exception):
    """Base of all that the small Hub answers instead of what was asked for."""

    code: str | None = None

    def __init__(self, message: str, *, status: int = 404, commit: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.commit = commit
        """Sent along with a missing entry, so that clients remember that it was missing there."""


class Renamed(HubProblem):
    """Asked for by a former name."""

    def __init__(self, former: str, repo_id: str) -> None:
        super().__init__(f"{former} is called {repo_id} now", status=307)
        self.former, self.repo_id = former, repo_id


class RepoNotFound(HubProblem):
    code = "RepoNotFound"


class RevisionNotFound(HubProblem):
    code = "RevisionNotFound"


class EntryNotFound(HubProblem):
    code = "EntryNotFound"


class GatedRepo(HubProblem):
    code = "GatedRepo"


class Refused(HubProblem):
    """A refusal for which the Hub has no code."""


def as_json(problem: HubProblem) -> Response:
    """What the real client reads."""
    headers = {"X-Error-Message": str(problem)}
    if problem.code:
        headers["X-Error-Code"] = problem.code
    if problem.commit:
        headers["X-Repo-Commit"] = problem.commit
    return JSONResponse({"error": str(problem)}, problem.status, headers)
