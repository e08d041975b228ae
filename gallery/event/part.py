"""What every part of an event file is: frozen, and without room for a misspelt field."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Address = Annotated[str, Field(pattern=r"^(https?://|mailto:)\S+$", max_length=2000)]
Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=60)]
Line = Annotated[str, Field(min_length=1, max_length=200)]


class Part(BaseModel):
    """One table of an event file."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Link(Part):
    """Something elsewhere."""

    label: Line
    url: Address
