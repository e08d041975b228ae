"""`service.toml`: everything that a service is told, each field checked.

A flag of the command line stands before what the file says.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from inference.errors import InvalidRequest, shown
from inference.serving.http.body import MAX_BODY, SECONDS
from inference.serving.http.jobs import MOST, MOST_BYTES
from inference.serving.http.jobs import SECONDS as KEPT_SECONDS
from inference.serving.http.keys import MOST as MOST_OF_A_KEY
from inference.serving.settings import Count, EngineSettings, Section

PORT = 7870
Share = Annotated[float, Field(ge=0, le=1000)]
HELP = "see docs/serving.md for what it may be"


class QuotaSettings(Section):
    """`[quota]`: the most that any key may have, whatever its own says."""

    per_minute: Annotated[int, Field(ge=1, le=100 * MOST_OF_A_KEY)] = 100 * MOST_OF_A_KEY
    at_once: Annotated[int, Field(ge=1, le=MOST_OF_A_KEY)] = MOST_OF_A_KEY


class KeptSettings(Section):
    """`[kept]`: jobs that are done, until they are fetched."""

    jobs: Count = MOST
    megabytes: Count = MOST_BYTES // 2**20
    minutes: Count = KEPT_SECONDS // 60


class BodySettings(Section):
    """`[bodies]`: what is sent with a request."""

    megabytes: Annotated[int, Field(ge=1, le=1024)] = MAX_BODY // 2**20
    seconds: Annotated[float, Field(gt=0, le=3600)] = SECONDS


class TraceSettings(Section):
    """`[traces]`: where OpenTelemetry's spans of jobs go, as OTLP over HTTP; off without."""

    endpoint: Annotated[str, Field(pattern=r"^https?://\S+$", max_length=500)] | None = None
    name: Annotated[str, Field(min_length=1, max_length=100)] = "engine"
    part: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Of the jobs whose caller does not say whether they are traced."""


class ReplicaSettings(Section):
    """`[replicas]`: the engine several times, by Ray Serve; once and in this process without."""

    least: Annotated[int, Field(ge=1, le=1000)] = 1
    most: Annotated[int, Field(ge=1, le=1000)] | None = None
    """As many as `least` where it is left out."""
    jobs: Annotated[int, Field(ge=1, le=10_000)] = 16
    """That are not done, for each replica: with more there is one more of them."""
    grow_after: Annotated[float, Field(gt=0, le=3600)] = 10.0
    shrink_after: Annotated[float, Field(gt=0, le=86_400)] = 600.0
    address: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    """Of a Ray cluster, or `auto`; else there is one here, for as long as the service."""
    cpus: Share = 1.0
    gpus: Share = 0.0
    tpus: Share = 0.0
    """What Ray is to keep for each replica; a v4-8 is one host with 4 `tpus`."""


class ServiceSettings(EngineSettings):
    """A whole service."""

    host: Annotated[str, Field(min_length=1, max_length=255)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = PORT
    keys: Annotated[str, Field(min_length=1)] | None = None
    patience: Annotated[float, Field(ge=0, le=86_400)] = 30.0
    quota: QuotaSettings = QuotaSettings()
    kept: KeptSettings = KeptSettings()
    bodies: BodySettings = BodySettings()
    traces: TraceSettings = TraceSettings()
    replicas: ReplicaSettings | None = None


def read_settings(path: Path | None, flags: Mapping[str, Any]) -> ServiceSettings:
    """The file's, with flags before it; `controlnets` of both are put together, and None is no
    flag. Raises InvalidRequest."""
    told = {} if path is None else _read(path)
    given = {name: value for name, value in flags.items() if value is not None}
    for table in ("controlnets", "memory"):
        if table in given and table in told:
            theirs = told[table]  # where it is no table, that is what is told of
            given[table] = {**theirs, **given[table]} if isinstance(theirs, dict) else theirs
    try:
        return ServiceSettings.model_validate({**told, **given})
    except ValidationError as error:
        raise _refusal(error, "the service's settings" if path is None else str(path)) from None


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        what = error.strerror if isinstance(error, OSError) else str(error)
        raise InvalidRequest(
            f"--config must be a TOML file, got {str(path)!r} ({what}); {HELP}", field="--config"
        ) from error


def _refusal(error: ValidationError, where: str) -> InvalidRequest:
    """For the first field that is wrong."""
    fault = error.errors()[0]
    field = ".".join(str(part) for part in fault["loc"] if part != "[key]")[:200]
    if fault["type"] == "extra_forbidden":
        return InvalidRequest(
            f"{where} must have fields that there are, got {field}; {HELP}", field=field
        )
    came = "nothing" if fault["type"] == "missing" else shown(fault["input"])
    must = fault["msg"].partition("should ")[2] or "be given"
    return InvalidRequest(f"{where}: {field} must {must}, got {came}; {HELP}", field=field)
