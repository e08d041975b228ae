"""Questions on a terminal: what was not given as an option is asked for, one line each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from spaces.errors import CannotDo

TRIES = 3
Read = Callable[[str], str]
"""Shows a line and gives what was typed; raises EOFError at the end of the input."""


@dataclass(frozen=True)
class Asking:
    """`read` is None where nobody is there to be asked: defaults are taken, and none is an error.

    `says` shows what stands above a question.
    """

    read: Read | None
    says: Callable[[str], None] = print

    def line(self, option: str, words: str, default: str | None = None) -> str:
        """A line of text. Raises CannotDo where there is nobody to ask and no default."""
        if self.read is None:
            if default is None:
                raise CannotDo(f"{option} must be said ({words}), got nothing; add it")
            return default
        hint = f" [{default}]" if default else ""
        for _ in range(TRIES):
            try:
                answer = self.read(f"{words}{hint}: ").strip()
            except EOFError:
                break
            if answer or default is not None:
                return answer or default or ""
        raise CannotDo(f"{option} must be said ({words}), got nothing; answer, or add the option")

    def choice(
        self, option: str, words: str, choices: Sequence[str], default: str | None = None
    ) -> str:
        """One of `choices`, or the beginning of one."""
        for _ in range(TRIES):
            answer = self.line(option, f"{words} ({', '.join(choices)})", default)
            begun = [choice for choice in choices if answer and choice.startswith(answer)]
            if answer in choices or len(begun) == 1:
                return answer if answer in choices else begun[0]
            self.says(f"That is none of them: {answer[:60]!r}.")
            if self.read is None:
                break
        raise CannotDo(f"{option} must be one of {', '.join(choices)}; choose one")
