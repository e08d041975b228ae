"""Odd requests made from the service's own document: no crash, and no answer that it lacks."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from inference.request import Control, GenerationRequest
from inference.serving.http.app import build_app
from inference.serving.http.described import ControlBody, RequestBody
from inference.serving.http.service import Service
from tests.inference.serving.painted import PaintedEngine

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
LOCAL = {"Host": "127.0.0.1"}


def _service() -> Service:
    service = Service(PaintedEngine())
    service.is_warm.set()
    return service


def _operations() -> list[str]:
    paths = build_app(_service()).openapi()["paths"].values()
    return [operation["operationId"] for path in paths for operation in path.values()]


def test_the_document_has_the_fields_of_a_request_with_their_defaults() -> None:
    for described, real, more in (
        (RequestBody, GenerationRequest, {"client"}),
        (ControlBody, Control, set()),
    ):
        assert set(described.model_fields) == set(real.model_fields) | more
        for name, field in real.model_fields.items():
            told = described.model_fields[name]
            assert told.is_required() == field.is_required()
            if name != "controls" and not field.is_required():
                assert told.default == field.default


@pytest.mark.slow
@pytest.mark.parametrize("name", _operations())
def test_every_operation_answers_as_its_document_says(name: str) -> None:
    schema = schemathesis.openapi.from_asgi("/v1/openapi.json", build_app(_service()))
    operation = schema.find_operation_by_id(name)

    @settings(
        max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
    )
    @given(case=operation.as_strategy())
    def answers(case: Case) -> None:
        case.call_and_validate(checks=CHECKS, headers=LOCAL)

    answers()
