"""An empty environment with a Space's requirements alone, as the Hub builds one."""

import re
import subprocess
import sys
from pathlib import Path

from spaces.checks.check import Check, Outcome

OURS = sys.executable
MOST_SECONDS = 1800
AWAY = re.compile(
    r"connection broken by|NewConnectionError|NameResolutionError|ConnectTimeoutError"
)
"""What pip says where it reached no index; what it says last is that a package is nowhere."""


def install(folder: Path, into: Path) -> tuple[str | None, Check]:
    """The environment's Python, None where something could not be installed."""
    python = str(into / "bin" / "python")
    requirements = str((folder / "requirements.txt").resolve())
    steps = (
        [OURS, "-m", "venv", str(into)],
        [python, "-m", "pip", "install", "--disable-pip-version-check", "-q", "-r", requirements],
    )
    name, title = "requirements_install", "The requirements' installation"
    for step in steps:
        try:
            done = subprocess.run(  # noqa: S603  pip, as whoever runs this could
                step, capture_output=True, text=True, timeout=MOST_SECONDS, check=False
            )
            lines = [one for one in done.stderr.splitlines() if one.strip()]
            problem = "" if done.returncode == 0 else (lines or ["no reason was given"])[-1][:300]
            if problem and AWAY.search(done.stderr):
                return None, Check(
                    name,
                    title,
                    Outcome.UNKNOWN,
                    "The package index could not be reached, so nothing was installed.",
                    "Try again where pip has a network, or leave out --install.",
                )
        except subprocess.TimeoutExpired:
            problem = f"it took more than {MOST_SECONDS // 60} minutes"
        if problem:
            return None, Check(
                name,
                title,
                Outcome.FAILURE,
                f"They cannot be installed: {problem}",
                "Correct requirements.txt.",
            )
    return python, Check(name, title, Outcome.PASS, "They install into an empty environment.")
