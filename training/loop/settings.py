"""Training configuration: a TOML file, and flags on top of it, read into a dataclass."""

import argparse
import dataclasses
import inspect
import tomllib
import types
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from training.errors import WrongSettings

ConfigT = TypeVar("ConfigT")


def read_settings(config: type[ConfigT], prog: str, argv: Sequence[str] | None = None) -> ConfigT:
    """`config` from `--config FILE` and flags: each field is a key of the file and a flag.

    A field's `Annotated` text is its help; a field without a default must be given. Raises
    WrongSettings.
    """
    kinds = typing.get_type_hints(config)
    told = typing.get_type_hints(config, include_extras=True)
    parser = argparse.ArgumentParser(
        prog=prog,
        description=inspect.getdoc(config),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="TOML with any of these")
    fields = dataclasses.fields(config)  # pyright: ignore[reportArgumentType]
    for field in fields:
        _add(parser, field, kinds[field.name], _told(told[field.name]))
    given = vars(parser.parse_args(argv))
    file = given.pop("config", None)
    values = _from_file(file, kinds) if file else {}
    values |= {name: value for name, value in given.items() if value is not None}
    missing = [f.name for f in fields if f.default is dataclasses.MISSING and f.name not in values]
    if missing:
        raise WrongSettings(
            f"{missing[0]} must be given, got nothing; write {_flag(missing[0])}, or {missing[0]} "
            "in the --config file"
        )
    return config(**values)


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _told(kind: Any) -> str:
    return kind.__metadata__[0] if typing.get_origin(kind) is typing.Annotated else ""


def _add(
    parser: argparse.ArgumentParser, field: "dataclasses.Field[Any]", kind: Any, told: str
) -> None:
    if field.default not in (None, dataclasses.MISSING):
        told = f"{told} ({field.default})"
    base = _base(kind)
    if base is bool:
        parser.add_argument(
            _flag(field.name), action=argparse.BooleanOptionalAction, default=None, help=told
        )
    else:
        choices = typing.get_args(base) if typing.get_origin(base) is typing.Literal else None
        parser.add_argument(
            _flag(field.name),
            type=str if choices else base,
            choices=choices,
            help=told,
        )


def _base(kind: Any) -> Any:
    """`int` of `int | None`."""
    if isinstance(kind, types.UnionType):
        (kind,) = (part for part in typing.get_args(kind) if part is not type(None))
    return kind


def _from_file(file: Path, kinds: dict[str, Any]) -> dict[str, Any]:
    try:
        found = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise WrongSettings(
            f"--config must be a TOML file, got {file} ({type(error).__name__}: {error}); "
            "write lines such as steps = 20000"
        ) from error
    return {name: _checked(file, name, value, kinds) for name, value in found.items()}


def _checked(file: Path, name: str, value: Any, kinds: dict[str, Any]) -> Any:
    if name not in kinds:
        raise WrongSettings(
            f"{file} must name settings of this script, got {name!r}; "
            f"it knows {', '.join(sorted(kinds))}"
        )
    base = _base(kinds[name])
    if typing.get_origin(base) is typing.Literal:
        wanted, right = f"one of {', '.join(typing.get_args(base))}", value in typing.get_args(base)
    elif base is bool:
        wanted, right = "true or false", isinstance(value, bool)
    elif base in (int, float):
        wanted = "a whole number" if base is int else "a number"
        kind = int if base is int else (int, float)
        right = isinstance(value, kind) and not isinstance(value, bool)
    else:
        wanted, right = "text in quotes", isinstance(value, str)
    if not right:
        raise WrongSettings(f"{name} in {file} must be {wanted}, got {value!r}; change that line")
    return value if typing.get_origin(base) is typing.Literal else base(value)
