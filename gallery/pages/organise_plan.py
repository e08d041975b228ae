"""The planner: how many looks make the winner right, reckoned beside the page."""

from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response
from starlette.responses import HTMLResponse, RedirectResponse

from gallery.errors import GalleryError
from gallery.judging.background import plans
from gallery.judging.background.reckoner import Job
from gallery.judging.background.task import Task
from gallery.judging.evidence import scales
from gallery.judging.judgings import demos as judged
from gallery.judging.jurors import jurors
from gallery.pages.charts.planned import planned
from gallery.pages.organise import section
from gallery.pages.sign_in import PRIVATE
from gallery.services import Services, ServicesDep
from gallery.web.forms import Number
from gallery.web.render import fragment
from gallery.web.visit import Visit, VisitDep

router = APIRouter(include_in_schema=False)

USUAL_DEMOS, USUAL_JURORS = 30, 6
"""Where nobody is there yet."""


@router.get("/{event_slug}/organise/jury/plan")
def show(
    visit: VisitDep,
    services: ServicesDep,
    demos: int = Query(0, ge=0, le=10_000),
    jurors: int = Query(0, ge=0, le=10_000),
) -> Response:
    """The form, and the answer as far as it is there."""
    return _show(visit, services, demos, jurors)


@router.post("/{event_slug}/organise/jury/plan")
def begin(
    visit: VisitDep, services: ServicesDep, demos: Number = 0, jurors: Number = 0
) -> Response:
    """Begins to reckon, once for the same numbers."""
    visit.viewer.require_organiser(visit.event.slug)
    try:
        services.reckoner.ask(_task(visit, demos, jurors))
    except GalleryError as problem:
        return _show(visit, services, demos, jurors, problem=problem)
    return _to(visit, demos, jurors)


@router.post("/{event_slug}/organise/jury/plan/stop")
def stop(visit: VisitDep, services: ServicesDep, demos: Number = 0, jurors: Number = 0) -> Response:
    """The figures that are there stay."""
    visit.viewer.require_organiser(visit.event.slug)
    try:
        services.reckoner.stop(_task(visit, demos, jurors))
    except GalleryError as problem:
        return _show(visit, services, demos, jurors, problem=problem)
    return _to(visit, demos, jurors)


@router.get("/{event_slug}/organise/jury/plan/figures")
def figures(
    visit: VisitDep,
    services: ServicesDep,
    demos: int = Query(0, ge=0, le=10_000),
    jurors: int = Query(0, ge=0, le=10_000),
) -> Response:
    """The answer alone, for the page that waits for more of it."""
    visit.viewer.require_organiser(visit.event.slug)
    job = services.reckoner.look(_task(visit, demos, jurors))
    return HTMLResponse(
        fragment(
            "organise-plan-figures.html", event=visit.event, **_values(visit, job, demos, jurors)
        ),
        headers=PRIVATE,
    )


def _show(
    visit: Visit,
    services: Services,
    demos: int,
    jurors_: int,
    *,
    problem: GalleryError | None = None,
) -> Response:
    visit.viewer.require_organiser(visit.event.slug)
    job = None
    if demos and jurors_ and problem is None:
        try:
            job = services.reckoner.look(_task(visit, demos, jurors_))
        except GalleryError as refused:
            problem = refused
    if not demos and not jurors_:
        with visit.gallery.database.read() as session:
            demos = len(judged(session, visit.event)) or USUAL_DEMOS
            jurors_ = len(jurors(session, visit.event)) or USUAL_JURORS
        demos = min(max(demos, 2), plans.DEMOS_MOST)
        jurors_ = min(jurors_, plans.JURORS_MOST)
    return section(
        visit,
        "jury",
        template="organise-plan.html",
        problem=problem,
        demos_most=plans.DEMOS_MOST,
        jurors_most=plans.JURORS_MOST,
        part="plan",
        **_values(visit, job, demos, jurors_),
    )


def _values(visit: Visit, job: Job | None, demos: int, jurors: int) -> dict[str, object]:
    found = plans.figures(job) if job is not None else ()
    said = plans.in_words(found, is_whole=job is not None and not job.is_under_way)
    return {
        "job": job,
        "demos": demos,
        "jurors": jurors,
        "said": said,
        "chart": planned(found, jurors=jurors, said=said) if job is not None else None,
        "address": f"{visit.root}/organise/jury/plan/figures?{_query(demos, jurors)}",
    }


def _task(visit: Visit, demos: int, jurors: int) -> Task:
    return plans.task_for(demos=demos, jurors=jurors, scales=scales(visit.event.rubric))


def _query(demos: int, jurors: int) -> str:
    return urlencode({"demos": demos, "jurors": jurors})


def _to(visit: Visit, demos: int, jurors: int) -> Response:
    return RedirectResponse(f"{visit.root}/organise/jury/plan?{_query(demos, jurors)}", 303)
