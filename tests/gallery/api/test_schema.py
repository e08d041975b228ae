"""Odd requests made from the API's own document: no crash, and no answer that it does not name."""

from collections.abc import Iterator

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from gallery.act import Act
from gallery.actor import Actor
from gallery.api.router import router
from gallery.app import build_app
from gallery.database.connection import Database
from gallery.database.tables import Account
from gallery.gallery import Gallery
from gallery.settings import Settings
from gallery.teams import sign_ups, teams, tokens
from tests.gallery.browsing.entries import entry, hand_in
from tests.gallery.summer import NOW, summer

pytestmark = pytest.mark.slow
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
ASK_THE_HUB = frozenset({"run_checks", "wake"})


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    """One submitted demo and one draft, of a team; there is no Hub."""
    settings = Settings.model_validate(
        {
            "data_dir": tmp_path_factory.mktemp("api"),
            "secret_key": "for tests alone",
            "hf_endpoint": "http://127.0.0.1:1",
        }
    )
    database = Database(settings.database)
    database.migrate()
    event = summer()
    yield Gallery(settings, database, {event.slug: event}, lambda: NOW)
    database.close()


@pytest.fixture(scope="module")
def token(gallery: Gallery) -> str:
    event = gallery.current
    with gallery.database.write() as session:
        account = Account(name="team-lead", display_name="team-lead", created_at=NOW)
        session.add(account)
        session.flush()
        lead = Actor(account.id, "team-lead")
        sign_ups.sign_up(Act(session, lead, NOW, event), about="A demo.")
        team = teams.form_alone(Act(session, lead, NOW, event), name="Deep sea")
        hand_in(session, event.slug, entry(1), NOW, team=team.name)
        hand_in(session, event.slug, entry(2), NOW, team=team.name, state="draft")
        return tokens.make_token(Act(session, lead, NOW, event), team_id=team.id, label="tests")


@pytest.fixture(scope="module")
def document(gallery: Gallery) -> BaseSchema:
    return schemathesis.openapi.from_asgi("/api/openapi.json", build_app(gallery))


def _operations() -> list[str]:
    """Their names, which need no gallery behind them."""
    app = FastAPI()
    app.include_router(router)
    paths = app.openapi()["paths"].values()
    return [operation["operationId"] for path in paths for operation in path.values()]


@pytest.mark.parametrize("name", [each for each in _operations() if each not in ASK_THE_HUB])
def test_every_operation_answers_as_its_document_says(
    document: BaseSchema, token: str, name: str
) -> None:
    """What asks the Hub is left out, for there is none: it has tests of its own."""
    operation = document.find_operation_by_id(name)

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def ask(case: Case) -> None:
        if "event_slug" in case.path_parameters:
            case.path_parameters["event_slug"] = "summer"  # else nearly all would be 404
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)

    ask()
