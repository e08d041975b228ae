"""What scores say while they come in, for who may know it: the podium, jurors, disagreements."""

from fastapi import APIRouter, Response
from starlette.responses import HTMLResponse, RedirectResponse

from gallery.act import Act
from gallery.database.tables import Submission
from gallery.errors import GalleryError
from gallery.judging import disagreements, evening_effect, results, watching
from gallery.judging.background import influences
from gallery.judging.background.reckoner import Job
from gallery.judging.background.task import Task
from gallery.judging.reckoning import chances_of
from gallery.judging.severities import Severity, names_of, severities
from gallery.pages.charts.distributions import distribution
from gallery.pages.charts.drawing import Chart
from gallery.pages.charts.intervals import Range, intervals
from gallery.pages.charts.places import Place, places
from gallery.pages.organise import section
from gallery.pages.sign_in import PRIVATE
from gallery.services import Services, ServicesDep
from gallery.web.render import fragment
from gallery.web.visit import Visit, VisitDep

router = APIRouter(include_in_schema=False)

APART_SHOWN = 8
"""Disagreements; the others are in a fold."""


@router.get("/{event_slug}/organise/jury/scores")
def show(visit: VisitDep, services: ServicesDep) -> Response:
    """How sure the podium is, what more looks would change, and where jurors differ."""
    return _show(visit, services)


@router.get("/{event_slug}/organise/jury/influence")
def influence(visit: VisitDep, services: ServicesDep) -> Response:
    """The table alone, for the page that waits for more of it."""
    with visit.gallery.database.read() as session:
        act = visit.act(session)
        results.require_may_know(act)
        values = _influence(act, services)
    html = fragment("organise-influence.html", event=visit.event, **values)
    return HTMLResponse(html, headers=PRIVATE)


@router.post("/{event_slug}/organise/jury/influence")
def begin(visit: VisitDep, services: ServicesDep) -> Response:
    """Begins to leave out one juror after the other."""
    try:
        services.reckoner.ask(_task(visit))
    except GalleryError as problem:
        return _show(visit, services, problem=problem)
    return RedirectResponse(f"{visit.root}/organise/jury/scores#influence", 303)


@router.post("/{event_slug}/organise/jury/influence/stop")
def stop(visit: VisitDep, services: ServicesDep) -> Response:
    """Who was left out so far stays told."""
    with visit.gallery.database.read() as session:
        results.require_may_know(visit.act(session))
    job = services.reckoner.newest("influence", visit.event.slug)
    if job is not None:
        services.reckoner.stop(job.task)
    return RedirectResponse(f"{visit.root}/organise/jury/scores#influence", 303)


def _task(visit: Visit) -> Task:
    with visit.gallery.database.read() as session:
        results.require_may_know(visit.act(session))
        return influences.task_for(results.evidence_of(session, visit.event))


def _show(visit: Visit, services: Services, *, problem: GalleryError | None = None) -> Response:
    with visit.gallery.database.read() as session:
        act = visit.act(session)
        results.require_may_know(act)
        evidence = results.evidence_of(session, visit.event)
        has_scores = bool(evidence.looks or evidence.comparisons)
        found = results.result_of(session, visit.event, visit.now) if has_scores else None
        values = {
            "outlook": watching.outlook(act),
            "result": found,
            "apart": disagreements.disagreements(act),
            "evening": evening_effect.evening_effect(act),
            "charts": _charts(act, found, severities(act), disagreements.counts(act))
            if found is not None
            else (),
            **_influence(act, services),
        }
    return section(
        visit,
        "jury",
        template="organise-scores.html",
        problem=problem,
        part="scores",
        apart_shown=APART_SHOWN,
        **values,
    )


def _charts(
    act: Act,
    found: results.Result,
    strict: tuple[Severity, ...],
    counts: dict[str, dict[int, int]],
) -> tuple[Chart, ...]:
    podium = {row.demo for row in found.podium}
    ranges = [
        Range(f"{row.rank}  {row.title}", row.quality, row.lower, row.upper, row.demo in podium)
        for row in found.rows
    ]
    names = {one.key: one.name for one in act.event.rubric.criteria}
    ranking = results.ranked(results.evidence_of(act.session, act.event))
    chances = [chances_of(ranking)[row.demo] for row in found.rows]
    return (
        intervals(
            ranges,
            key="qualities",
            title="Qualities of all demos, with where each lies with 90 %",
            said=f"Quality of {len(ranges)} demos by rank, with its 90 % range; the first is "
            f"{found.rows[0].title}",
            of="Demo",
            what="Quality",
            ends=("weaker", "stronger"),
            first="on the podium as it stands",
        ),
        places(
            [
                Place(
                    row.title,
                    row.rank,
                    min(one.best, row.rank),
                    max(one.worst, row.rank),
                    one.first,
                    row.podium,
                    row.demo in podium,
                )
                for row, one in zip(found.rows, chances, strict=True)
            ],
            podium=results.PODIUM,
        ),
        intervals(
            [Range(one.name, one.value, one.lower, one.upper) for one in strict],
            key="severities",
            title="How strict each juror is, beside the others",
            said=f"Severity of {len(strict)} jurors with its 90 % range",
            of="Juror",
            what="Severity",
            ends=("kinder", "stricter"),
            more={"Consistency (1 is average)": [one.consistency for one in strict]},
        ),
        *(distribution(key, names[key], given) for key, given in counts.items()),
    )


def _influence(act: Act, services: Services) -> dict[str, object]:
    """`since` are looks that came after what is shown was reckoned."""
    job: Job | None = services.reckoner.newest("influence", act.event.slug)
    evidence = results.evidence_of(act.session, act.event)
    now = len(evidence.looks) + len(evidence.comparisons)
    found = influences.found_in(job) if job is not None else ()
    demos = {move.demo for one in found for move in one.moves}
    demos |= {demo for one in found for demo in (*one.joined, *one.left)}
    titles = {demo: act.session.get_one(Submission, demo).title for demo in demos}
    is_same = job is not None and influences.task_for(evidence) == job.task
    return {
        "job": job,
        "influences": found,
        "titles": titles,
        "names": names_of(act),
        "is_same": is_same,
        "since": 0 if job is None else max(now - influences.looks_behind(job.task), 0),
        "address": f"/{act.event.slug}/organise/jury/influence",
        "can_reckon": now > 0,
    }
