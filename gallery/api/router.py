"""All of the API's addresses under `/api/v1`, and the errors that any of them may give."""

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute

from gallery.api import events, ideas, pictures, results, submissions, teams, writing
from gallery.api.answers import ProblemAnswer
from gallery.api.strays import refuse_strays


def _name(route: APIRoute) -> str:
    return route.name


router = APIRouter(
    prefix="/api/v1",
    generate_unique_id_function=_name,
    dependencies=[Depends(refuse_strays)],
    responses={
        "4XX": {"model": ProblemAnswer, "description": "What was expected, what came, what to do"},
        503: {"model": ProblemAnswer, "description": "Something outside does not answer"},
    },
)
for part in (events, results, submissions, ideas, teams, writing, pictures):
    router.include_router(part.router)
