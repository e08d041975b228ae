"""What a replica tells of a job: that it was taken, all its followers hear, or what is wrong."""

from dataclasses import dataclass

from inference.errors import InferenceError
from inference.request import Progress, Queued, Result
from inference.serving.http.problems import BUSY_SECONDS, Problem, error_of, problem_of


@dataclass(frozen=True)
class Taken:
    """The engine has accepted it."""


@dataclass(frozen=True)
class Failed:
    """An error in the words of HTTP, which lets none through that nobody here knows."""

    problem: Problem

    @classmethod
    def of(cls, error: Exception) -> "Failed":
        return cls(problem_of(error))

    @property
    def error(self) -> InferenceError:
        seconds = self.problem.retry_after
        told = self.problem.body["error"]
        return error_of(told, BUSY_SECONDS if seconds is None else seconds)


Told = Taken | Queued | Progress | Result | Failed
