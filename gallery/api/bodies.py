"""What all requests with a body share."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from gallery.people.texts import ROW_MAX

Number = Annotated[
    int,
    Field(ge=0, le=ROW_MAX, examples=[1], description="Of what the change was begun on"),
]


class Body(BaseModel):
    """One JSON object; what it does not know is refused, for it may be a misspelt name."""

    model_config = ConfigDict(extra="forbid", frozen=True)
