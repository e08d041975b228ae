"""A Space's variables, secrets and hardware: set where they differ from what the Hub has."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from huggingface_hub import HfApi

from spaces.commands.hub_words import patiently
from spaces.commands.packing import TOKEN
from spaces.errors import CannotDo

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
MOST_VALUE = 10_000


@dataclass(frozen=True)
class Settings:
    """`secrets` are values by name; no sentence and no `repr` ever shows one."""

    variables: Mapping[str, str]
    secrets: Mapping[str, str]
    hardware: str | None = None

    def __repr__(self) -> str:
        names = sorted(self.secrets)
        return f"Settings({self.variables!r}, secrets={names!r}, hardware={self.hardware!r})"


def read_settings(
    variables: Sequence[str],
    secrets: Sequence[str],
    hardware: str | None,
    *,
    environment: Mapping[str, str],
) -> Settings:
    """`variables` are NAME=VALUE; `secrets` are names in the environment, where a shell's history
    and a list of processes do not show their values. Raises CannotDo."""
    said: dict[str, str] = {}
    for text in variables:
        name, equals, value = text.partition("=")
        if not equals or not NAME.fullmatch(name) or len(value) > MOST_VALUE:
            raise CannotDo(
                "--variable must be NAME=VALUE, got something else; write for example A=1"
            )
        if TOKEN.search(value.encode()):
            raise CannotDo(
                f"--variable {name} must be what everybody may read, got a token; "
                f"use --secret {name}"
            )
        said[name] = value
    hidden: dict[str, str] = {}
    for name in secrets:
        if not NAME.fullmatch(name):
            raise CannotDo(
                "--secret must be the name of an environment variable, got something else; set the "
                "variable, and give its name alone"
            )
        if not environment.get(name):
            raise CannotDo(
                f"--secret {name} must be set in the environment, got nothing; for example "
                f"`read -rs {name} && export {name}`"
            )
        hidden[name] = environment[name]
    return Settings(said, hidden, hardware)


def steps(
    api: HfApi, space_id: str, wanted: Settings, *, is_there: bool
) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is to be done, in words, and the call that does it.

    What the Hub has already is left out; secrets are set anew, since nobody can read them back.
    """
    has: Mapping[str, str] = {}
    if is_there and wanted.variables:
        found = patiently(
            lambda: api.get_space_variables(space_id), "tell of the Space's variables"
        )
        has = {name: one.value for name, one in found.items()}
    for name, value in wanted.variables.items():
        if has.get(name) != value:
            yield (
                f"set the variable {name}",
                lambda name=name, value=value: api.add_space_variable(space_id, name, value),
            )
    for name, value in wanted.secrets.items():
        yield (
            f"set the secret {name}",
            lambda name=name, value=value: api.add_space_secret(space_id, name, value),
        )
    if wanted.hardware is None:
        return
    runtime = None
    if is_there:
        runtime = patiently(lambda: api.get_space_runtime(space_id), "tell how the Space is doing")
    if runtime is None or wanted.hardware not in (runtime.requested_hardware, runtime.hardware):
        yield (
            f"take the hardware {wanted.hardware}",
            lambda: api.request_space_hardware(space_id, wanted.hardware),  # pyright: ignore[reportArgumentType]
        )
