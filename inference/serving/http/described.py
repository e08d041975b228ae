"""What the OpenAPI document says: the body of a request, the answers, the one shape of errors.

Bodies are checked by `inference.request`, whose sentences are better than a schema's; here stands
what a program is to send.
"""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from inference.request import (
    MAX_CONTROLS,
    MAX_IMAGES,
    MAX_PROMPT,
    MAX_SEED,
    MAX_SETTINGS,
    MAX_STEPS,
    UPSCALES,
)

Picture = Annotated[str, Field(description="A PNG file in base64.")]
Part = Annotated[float, Field(ge=0, le=1)]
Text = Annotated[str, Field(max_length=MAX_PROMPT)]


class ControlBody(BaseModel):
    """One ControlNet's part."""

    name: str
    map: Picture
    scale: Annotated[float, Field(ge=0, le=2)] = 1.0
    start: Part = 0.0
    end: Part = 1.0
    annotator: str | None = None
    settings: Annotated[dict[str, float], Field(max_length=MAX_SETTINGS)] = {}


class RequestBody(BaseModel):
    """Pictures to make; what is left out, or null, is the model's own choice."""

    prompt: Text = ""
    negative_prompt: Text = ""
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] = 0
    num_images: Annotated[int, Field(ge=1, le=MAX_IMAGES)] = 1
    steps: Annotated[int, Field(ge=1, le=MAX_STEPS)] | None = None
    sampler: str | None = None
    guidance_scale: Annotated[float, Field(ge=0, le=30)] | None = None
    guidance_start: Part = 0.0
    guidance_end: Part = 1.0
    karras: bool | None = None
    zero_snr: bool | None = None
    controls: Annotated[list[ControlBody], Field(max_length=MAX_CONTROLS)] = []
    init_image: Picture | None = None
    strength: Part = 0.8
    mask: Picture | None = None
    width: int | None = None
    height: int | None = None
    upscale: Annotated[int, Field(json_schema_extra={"enum": list(UPSCALES)})] | None = None
    preview_every: Annotated[int, Field(ge=0, le=MAX_STEPS)] = 0
    client: Annotated[str, Field(max_length=100)] | None = None
    """Which of the caller's own visitors asks: they take turns."""


class Made(BaseModel):
    """A job that was accepted."""

    id: str
    events: str


class Word(BaseModel):
    """How it is with the service."""

    status: str


class Error(BaseModel):
    code: str
    message: str
    field: str | None = None


class ErrorAnswer(BaseModel):
    error: Error


def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """For a route that reads its body itself."""
    schema = model.model_json_schema()
    parts = schema.pop("$defs", {})
    schema["properties"]["controls"]["items"] = parts["ControlBody"]
    content = {"application/json": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route that may answer with these; every one that wants a key may with 401."""
    return {status: {"model": ErrorAnswer} for status in (400, 401, *statuses)}
