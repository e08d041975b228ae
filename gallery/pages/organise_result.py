"""The organisers' result: the ranking as it stands, its final order, publishing it, exports."""

from fastapi import APIRouter, Response

from gallery.act import Act
from gallery.errors import GalleryError, Invalid, NotFound
from gallery.event.zones import city, in_words, instant
from gallery.judging import conflicts, exporting, judgings, publishing, results
from gallery.pages.organise import section
from gallery.pages.sign_in import PRIVATE
from gallery.web.forms import Number, Text
from gallery.web.visit import Visit, VisitDep

router = APIRouter(include_in_schema=False)

EXPORTS = {
    "json": (exporting.as_json, "application/json"),
    "csv.zip": (exporting.as_csv, "application/zip"),
    "parquet.zip": (exporting.as_parquet, "application/zip"),
}


@router.get("/{event_slug}/organise/result")
def show(visit: VisitDep) -> Response:
    """The ranking as it stands, with how sure it is."""
    return _show(visit)


@router.post("/{event_slug}/organise/result/settle")
def settle(
    visit: VisitDep,
    first: Number = 0,
    second: Number = 0,
    third: Number = 0,
    reason: Text = "",
) -> Response:
    """The final order of the first three; another than the ranking's takes a reason."""
    order = [demo for demo in (first, second, third) if demo]
    _look(visit)
    return visit.change(
        lambda act: results.settle(act, order=order, reason=reason),
        to="/organise/result",
        done="result-settled",
        refused=lambda problem: _show(visit, problem=problem, reason=reason, order=order),
    )


@router.post("/{event_slug}/organise/result/publish")
def publish(
    visit: VisitDep, confirmed: Text = "", seen: Text = "", feedback: Text = ""
) -> Response:
    """Once, and for good: a tick says that it is meant."""
    _look(visit)

    def published(act: Act) -> None:
        _require_tick(confirmed)
        results.publish(act, seen=seen, with_feedback=bool(feedback))

    return visit.change(
        published,
        to="/results",
        done="result-published",
        refused=lambda problem: _show(visit, problem=problem),
    )


@router.post("/{event_slug}/organise/result/schedule")
def schedule(
    visit: VisitDep,
    at: Text = "",
    confirmed: Text = "",
    seen: Text = "",
    feedback: Text = "",
) -> Response:
    """By itself, at a time of the event's zone."""
    _look(visit)

    def scheduled(act: Act) -> None:
        _require_tick(confirmed)
        publishing.schedule(
            act,
            at=instant(at, visit.event.zone, field="at"),
            seen=seen,
            with_feedback=bool(feedback),
        )

    return visit.change(
        scheduled,
        to="/organise/result",
        done="publication-set",
        refused=lambda problem: _show(visit, problem=problem, at=at),
    )


@router.post("/{event_slug}/organise/result/cancel")
def cancel(visit: VisitDep) -> Response:
    """Nothing is published by itself."""
    return visit.change(
        publishing.cancel,
        to="/organise/result",
        done="publication-cancelled",
        refused=lambda problem: _show(visit, problem=problem),
    )


@router.get("/{event_slug}/organise/result.{form}")
def export(visit: VisitDep, form: str) -> Response:
    """`json`, `csv.zip` or `parquet.zip`: all that the result is made of, under pseudonyms."""
    visit.viewer.require_organiser(visit.event.slug)
    if form not in EXPORTS:
        raise NotFound(f"there is no such download; there is {', '.join(EXPORTS)}")
    with visit.gallery.database.read() as session:
        results.require_may_know(visit.act(session))
        told = exporting.export(session, visit.event, visit.now)
    write, media_type = EXPORTS[form]
    name = f'attachment; filename="{visit.event.slug}-result.{form}"'
    return Response(
        write(told), media_type=media_type, headers={**PRIVATE, "Content-Disposition": name}
    )


def _require_tick(confirmed: str) -> None:
    if not confirmed:
        raise Invalid("publishing takes the tick that it is final; tick it", field="confirmed")


def _look(visit: Visit) -> None:
    """Takes in conflicts that came since, and reckons before a transaction that others wait for."""
    with visit.gallery.database.read() as session:
        results.require_may_know(visit.act(session))
    conflicts.look(visit.gallery, visit.viewer, visit.event)
    with visit.gallery.database.read() as session:
        results.result_of(session, visit.event, visit.now)


def _show(
    visit: Visit,
    *,
    problem: GalleryError | None = None,
    reason: str = "",
    order: list[int] | None = None,
    at: str = "",
) -> Response:
    with visit.gallery.database.read() as session:
        results.require_may_know(visit.act(session))
        judging = judgings.of_event(session, visit.event)
        seen = results.basis(session, visit.event)
        found = results.published(session, visit.event) or results.result_of(
            session, visit.event, visit.now
        )
    is_open = judging is not None and judging.published_at is None
    settled_on = judging.settled_on if judging is not None else ""
    return section(
        visit,
        "result",
        problem=problem,
        result=found,
        judging=judging,
        seen=seen,
        has_changed=is_open and settled_on not in ("", seen),
        reason=reason or found.reason,
        order=order or list(found.order[: results.PODIUM]),
        at=at,
        exports=EXPORTS,
        zone=city(visit.event.zone),
        words=lambda when: in_words(when, visit.event.zone),
    )
