"""The routes of the engine's HTTP service."""

from http import HTTPStatus
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, FastAPI, Header, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException

from inference.errors import InferenceError
from inference.png import encode_png
from inference.request import MAX_IMAGES, EngineInfo
from inference.serving.http.described import Made, RequestBody, Word, body_of, errors
from inference.serving.http.events import read_number, stream
from inference.serving.http.jobs import Job
from inference.serving.http.keys import Key
from inference.serving.http.metrics import CONTENT_TYPE, figures
from inference.serving.http.problems import Problem, Refused, problem_of, refusal
from inference.serving.http.service import Service
from inference.serving.work import Place

ASKING = (408, 413, 415, 422, 429, 500, 503)
"""What a request may be answered with instead."""
UNTOLD: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "auto_configure": False,
}
"""FastAPI's own spans have paths in them, and so the ids of jobs; those of `traces` have none."""
router = APIRouter()


def build_app(service: Service) -> FastAPI:
    app = FastAPI(
        title="Engine",
        description="Pictures from a prompt and control maps: ask, follow, fetch.",
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        telemetry=UNTOLD,
    )
    app.state.service = service
    app.include_router(router)
    for kind in (Refused, InferenceError, Exception):
        app.add_exception_handler(kind, _on_error)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    return app


def _service(request: Request) -> Service:
    return request.app.state.service


Served = Annotated[Service, Depends(_service)]
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


async def _caller(request: Request, service: Served, bearer: Bearer) -> Key:
    return service.caller(bearer and bearer.credentials, request.url.hostname)


Caller = Annotated[Key, Depends(_caller)]


async def _job(service: Served, key: Caller, job: Annotated[str, Path(max_length=64)]) -> Job:
    return service.jobs.find(job, key.sha256)


Found = Annotated[Job, Depends(_job)]


@router.get("/v1/info", responses=errors())
async def info(service: Served, _: Caller) -> EngineInfo:
    """What the engine can do."""
    return service.engine.info


@router.post("/v1/estimate", responses=errors(*ASKING), openapi_extra=body_of(RequestBody))
async def estimate(request: Request, service: Served, key: Caller) -> Place:
    """Where a job would stand in line, and how long it would take."""
    service.quota.ask(key, service.jobs.clock())
    async with service.bodies.room:
        body = await service.bodies.read(request)
        return await run_sync(service.foresee, body, key)


@router.post(
    "/v1/jobs",
    status_code=HTTPStatus.CREATED,
    responses=errors(*ASKING),
    openapi_extra=body_of(RequestBody),
)
async def submit(request: Request, response: Response, service: Served, key: Caller) -> Made:
    """Asks for pictures; the answer comes at once, and what becomes of it as events."""
    service.quota.ask(key, service.jobs.clock())
    service.quota.begin(key, service.jobs.at_once(key.sha256))
    job = service.jobs.begin(key.sha256)
    trace = service.traces and service.traces.begin(request.headers, key.name)
    try:
        async with service.bodies.room:
            body = await service.bodies.read(request)
            ticket = await run_sync(service.submit, body, key)
    except BaseException as error:
        service.jobs.forget(job)
        if trace is not None:
            trace.hear(error)
        raise
    if trace is not None:
        trace.accepted(ticket)
    job.follow(ticket, trace and trace.hear)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return Made(id=job.id, events=f"/v1/jobs/{job.id}/events")


@router.get(
    "/v1/jobs/{job}/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}}, **errors(404, 422, 429)},
)
async def events(
    found: Found, last_event_id: Annotated[str | None, Header()] = None
) -> StreamingResponse:
    """Server-sent events: queued, progress, and result or failed at the end.

    With Last-Event-ID, what was told after that one.
    """
    after = read_number(last_event_id)
    found.require_room()
    return StreamingResponse(
        stream(found, after),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@router.delete("/v1/jobs/{job}", status_code=HTTPStatus.NO_CONTENT, responses=errors(404, 422))
async def cancel(found: Found) -> None:
    """In effect by the next step; twice, or too late, it does nothing."""
    await run_sync(found.cancel)


@router.get(
    "/v1/jobs/{job}/images/{number}",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}}, **errors(404, 409, 422)},
)
async def image(found: Found, number: Annotated[int, Path(ge=0, lt=MAX_IMAGES)]) -> Response:
    """One picture, from 0 on, as a PNG that tells how it was made."""
    result = found.result
    if result is None:
        raise refusal(
            409,
            "not_done",
            "the pictures of a job are there once it is done, got one that is not, or that failed; "
            "follow its events",
        )
    if number >= len(result.images):
        raise refusal(
            404,
            "no_image",
            f"the job has {len(result.images)} pictures, got {number}; count from 0",
        )
    content = await run_sync(encode_png, result.images[number], result.parameters[number])
    found.fetched.add(number)
    return Response(content, media_type="image/png", headers={"Cache-Control": "no-store"})


@router.get("/healthz")
async def healthz() -> Word:
    """Whether the process answers."""
    return Word(status="ok")


@router.get("/readyz", responses=errors(503))
async def readyz(service: Served) -> Word:
    """Whether it is warm, and takes requests."""
    if service.is_stopping.is_set() or not service.is_warm.is_set():
        what = "is stopping" if service.is_stopping.is_set() else "is warming up"
        raise refusal(
            503, "not_ready", f"the service {what}; ask again in a moment", retry_after=5.0
        )
    return Word(status="ready")


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}, **errors()},
)
async def metrics(service: Served, _: Caller) -> Response:
    """Figures for Prometheus."""
    content = await run_sync(figures, lambda: service.engine.counts)
    return Response(content, headers={"Content-Type": CONTENT_TYPE})


def _answer(problem: Problem) -> JSONResponse:
    return JSONResponse(problem.body, problem.status, headers=problem.headers)


async def _on_error(_: Request, error: Exception) -> JSONResponse:
    return _answer(problem_of(error))


async def _on_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException), "it is registered for these"
    status = HTTPStatus(error.status_code)
    message = f"there is no such call here ({status.phrase.lower()}); see /v1/openapi.json"
    answer = _answer(Problem(status, status.phrase.lower().replace(" ", "_"), message))
    answer.headers.update(error.headers or {})
    return answer


async def _on_invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError), "it is registered for these"
    fault: dict[str, Any] = error.errors()[0]
    field = str(fault["loc"][-1])
    message = f"{field} must be as /v1/openapi.json says, got something else; send it so"
    return _answer(Problem(422, "invalid_request", message, field))
