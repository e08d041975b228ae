"""Every rule, as tables from facts to outcomes. No network, no database."""

import pytest

from spaces.checks.check import Finding, Outcome
from spaces.checks.rules import (
    card,
    demo_answers,
    licence,
    linked,
    space_exists,
    space_is_gradio,
    space_original,
    space_runs,
    space_tag,
    team_size,
    weights,
)
from spaces.errors import DemoUnavailable, HubRefused, HubUnavailable
from spaces.hub.demo_api import DemoAnswer
from spaces.hub.facts import DatasetFacts, FileFacts, ModelFacts, SpaceFacts, WeightHeader

PASS, WARNING, FAILURE, UNKNOWN = Outcome


def _space(**fields: object) -> SpaceFacts:
    usual = {
        "repo_id": "ada-l/clouds",
        "sdk": "gradio",
        "stage": "RUNNING",
        "app_file": "app.py",
        "files": [FileFacts(path="app.py", digest="ours")],
        "models": ["ada-l/m"],
        "tags": ["gradio", "summer-sprint"],
    }
    return SpaceFacts.model_validate({**usual, **fields})


def _twin(digest: str, *models: str) -> SpaceFacts:
    files = [FileFacts(path="app.py", digest=digest)]
    return SpaceFacts(repo_id="x/first", app_file="app.py", files=tuple(files), models=models)


def _says_what_to_do(check: Finding) -> bool:
    sentences = (check.message, check.remedy) if check.outcome != PASS else (check.message,)
    return all((one and one[-1] in ".`") or "http" in one for one in sentences)


@pytest.mark.parametrize(
    ("size", "outcome", "words"),
    [
        (1, WARNING, "1 person; teams are 3 to 5"),
        (2, WARNING, "2 people"),
        (3, PASS, "3 people"),
        (5, PASS, "5 people"),
        (6, FAILURE, "6 people; teams are 3 to 5"),
    ],
)
def test_team_size(size: int, outcome: Outcome, words: str) -> None:
    check = team_size.check(size, 3, 5)
    assert check.outcome == outcome
    assert words in check.message
    assert _says_what_to_do(check)


def test_a_missing_space_may_be_private() -> None:
    check = space_exists.check("ada-l/clouds", None)
    assert check.outcome == FAILURE
    assert "private" in check.remedy
    assert space_exists.check("ada-l/clouds", _space()).outcome == PASS


@pytest.mark.parametrize(
    ("sdk", "outcome", "words"),
    [
        ("gradio", PASS, ""),
        ("streamlit", FAILURE, "a streamlit Space"),
        ("docker", FAILURE, "a docker Space"),
        (None, FAILURE, "names no sdk"),
        ("static", FAILURE, "names no demo"),
    ],
)
def test_only_gradio_is_gradio(sdk: str | None, outcome: Outcome, words: str) -> None:
    check = space_is_gradio.check(_space(sdk=sdk))
    assert (check.outcome, words in check.message) == (outcome, True)
    assert _says_what_to_do(check)


def test_a_static_page_that_names_its_demo_is_as_good() -> None:
    check = space_is_gradio.check(_space(sdk="static", demo="https://host.example/clay"))
    assert check.outcome == PASS
    assert "https://host.example/clay" in check.message


@pytest.mark.parametrize(
    ("stage", "outcome"),
    [
        ("RUNNING", PASS),
        ("Running", PASS),
        ("RUNNING_BUILDING", PASS),
        ("RUNNING_APP_STARTING", PASS),
        ("BUILDING", WARNING),
        ("APP_STARTING", WARNING),
        ("SLEEPING", WARNING),
        ("PAUSED", FAILURE),
        ("STOPPED", FAILURE),
        ("NO_APP_FILE", FAILURE),
        ("CONFIG_ERROR", FAILURE),
        ("BUILD_ERROR", FAILURE),
        ("RUNTIME_ERROR", FAILURE),
        ("DELETING", FAILURE),
        ("HIBERNATING", UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_every_stage_has_its_outcome(stage: str | None, outcome: Outcome) -> None:
    check = space_runs.check(_space(stage=stage))
    assert check.outcome == outcome
    assert _says_what_to_do(check)


@pytest.mark.parametrize(
    ("tags", "outcome"),
    [
        (["summer-sprint"], PASS),
        (["Summer-Sprint"], PASS),
        (["summer"], FAILURE),
        ([], FAILURE),
    ],
)
def test_the_tag_must_be_there(tags: list[str], outcome: Outcome) -> None:
    check = space_tag.check(_space(tags=tags), "summer-sprint")
    assert check.outcome == outcome
    assert _says_what_to_do(check)


@pytest.mark.parametrize(
    ("duplicated_from", "twins", "outcome", "words"),
    [
        (None, [], PASS, "no duplicate"),
        ("x/first", [_twin("theirs", "ada-l/m")], PASS, "began as x/first"),
        ("x/first", [], PASS, "began as x/first"),
        ("x/first", [_twin("ours", "ada-l/m")], FAILURE, "that of x/first, to the letter"),
        (None, [_twin("ours", "ada-l/m")], FAILURE, "that of x/first, to the letter"),
        (None, [_twin("ours", "x/other")], WARNING, "with other models"),
        (None, [_twin("theirs", "ada-l/m")], PASS, "no duplicate"),
    ],
)
def test_a_mere_duplicate_is_told_from_a_fork(
    duplicated_from: str | None, twins: list[SpaceFacts], outcome: Outcome, words: str
) -> None:
    check = space_original.check(_space(duplicated_from=duplicated_from), twins)
    assert (check.outcome, words in check.message) == (outcome, True)
    assert _says_what_to_do(check)


def test_spaces_without_an_app_file_are_no_twins() -> None:
    bare = _space(files=[])
    assert space_original.check(bare, [_twin("x").model_copy(update={"files": ()})]).outcome == (
        PASS
    )


def test_a_space_without_a_licence_is_warned() -> None:
    assert licence.of_space(_space(license="mit")).outcome == PASS
    assert licence.of_space(_space()).outcome == WARNING


MODEL = ModelFacts(repo_id="ada-l/m", license="mit", card="A model.")


@pytest.mark.parametrize(
    ("models", "found", "in_readme", "outcome", "words"),
    [
        ((), {}, (), FAILURE, "No model repository is named"),
        (("ada-l/m",), {"ada-l/m": None}, (), FAILURE, "no public model ada-l/m"),
        (("ada-l/m",), {"ada-l/m": MODEL}, (), WARNING, "README does not name ada-l/m"),
        (("ada-l/m",), {"ada-l/m": MODEL}, ("Ada-L/m",), PASS, "is there, and linked"),
        (
            ("a/a", "b/b", "c/c"),
            {"a/a": None, "b/b": None, "c/c": None},
            (),
            FAILURE,
            "a/a, b/b and c/c",
        ),
        (("ada-l/m", "b/b"), {"ada-l/m": MODEL}, ("ada-l/m",), WARNING, "does not name b/b"),
        (("ada-l/m", "b/b"), {"ada-l/m": MODEL}, ("ada-l/m", "b/b"), PASS, "The first 1 of 2 are"),
        (("ada-l/m", "b/b"), {"ada-l/m": None}, ("ada-l/m", "b/b"), FAILURE, "model ada-l/m."),
    ],
)
def test_models_must_be_there_and_linked(
    models: tuple[str, ...],
    found: dict[str, ModelFacts | None],
    in_readme: tuple[str, ...],
    outcome: Outcome,
    words: str,
) -> None:
    check = linked.models(_space(models=in_readme), models, found)
    assert (check.outcome, words in check.message) == (outcome, True)
    assert _says_what_to_do(check)


DATASET = DatasetFacts(repo_id="a/d")


@pytest.mark.parametrize(
    ("datasets", "found", "in_readme", "outcome", "words"),
    [
        ((), {}, (), WARNING, "No dataset repository is named"),
        (("a/d",), {"a/d": None}, ("a/d",), FAILURE, "no public dataset a/d"),
        (("a/d",), {"a/d": DATASET}, (), WARNING, "README does not name a/d"),
        (("a/d",), {"a/d": DATASET}, ("A/d",), PASS, "a/d is there, and linked"),
        (("a/d", "b/e"), {"a/d": DATASET}, ("a/d", "b/e"), PASS, "The first 1 of 2 are"),
    ],
)
def test_datasets_may_be_absent_but_not_missing_nor_unlinked(
    datasets: tuple[str, ...],
    found: dict[str, DatasetFacts | None],
    in_readme: tuple[str, ...],
    outcome: Outcome,
    words: str,
) -> None:
    check = linked.datasets(_space(datasets=in_readme), datasets, found)
    assert (check.outcome, words in check.message) == (outcome, True)
    assert _says_what_to_do(check)


@pytest.mark.parametrize(
    ("text", "gated", "outcome"),
    [
        (None, False, FAILURE),
        ("", False, FAILURE),
        ("Short.", False, FAILURE),
        (None, True, UNKNOWN),
        (
            f"{'Words about clouds. ' * 10}\n\n## Training\n\n{'Photos of skies. ' * 5}",
            False,
            WARNING,
        ),
    ],
)
def test_cards_are_judged_by_what_they_lack(
    text: str | None, gated: bool, outcome: Outcome
) -> None:
    model = ModelFacts(repo_id="ada-l/m", license="mit", card=text, gated=gated)
    check = card.of_model(model)
    assert check.outcome == outcome
    assert _says_what_to_do(check)


def test_without_a_licence_nobody_may_use_it() -> None:
    bare = DatasetFacts(repo_id="a/d")
    assert licence.of_repository(bare).outcome == FAILURE
    assert licence.of_repository(MODEL).outcome == PASS


def _header(path: str, format: str, problem: str | None = None) -> WeightHeader:
    return WeightHeader.model_validate({"path": path, "format": format, "problem": problem})


@pytest.mark.parametrize(
    ("headers", "outcome", "words"),
    [
        ([], FAILURE, "no file with weights"),
        ([_header("a", "safetensors")], PASS, "They are safetensors"),
        ([_header("a", "msgpack")], PASS, "They are Flax msgpack"),
        ([_header("a", "msgpack"), _header("b", "pickle")], PASS, "They are Flax msgpack"),
        ([_header("a.bin", "pickle")], FAILURE, "pickled only (a.bin)"),
        ([_header("a.h5", "other")], WARNING, "a format that we do not know"),
        ([_header("a", "safetensors", "is empty")], FAILURE, "a is empty"),
        (
            [_header("a", "safetensors"), _header("b", "msgpack", "is empty")],
            WARNING,
            "b is empty",
        ),
    ],
)
def test_weights_must_load_without_running_anything(
    headers: list[WeightHeader], outcome: Outcome, words: str
) -> None:
    check = weights.check(MODEL, headers)
    assert (check.outcome, words in check.message) == (outcome, True)
    assert _says_what_to_do(check)


def test_gated_weights_are_not_open() -> None:
    assert weights.check(MODEL, HubRefused("a gated repository")).outcome == FAILURE
    assert weights.check(MODEL, HubUnavailable("the Hub is slow")).outcome == UNKNOWN


@pytest.mark.parametrize(
    ("answer", "outcome", "words"),
    [
        (DemoAnswer("/make", 3.21, picture=b"PNG"), PASS, "in 3.2 s"),
        (DemoAnswer("/make", 41.7, picture=b"PNG"), PASS, "in 42 s"),
        (DemoAnswer("/make", 90, picture=b"PNG"), WARNING, "after 90 s"),
        (DemoAnswer("/make", 1, picture=None), WARNING, "without a picture"),
    ],
)
def test_a_demo_must_answer_with_a_picture(
    answer: DemoAnswer, outcome: Outcome, words: str
) -> None:
    check = demo_answers.check(_space(), answer)
    assert (check.outcome, words in check.message) == (outcome, True)
    assert _says_what_to_do(check)


def test_a_demo_that_is_asleep_is_not_blamed_for_its_silence() -> None:
    assert demo_answers.check(_space(stage="SLEEPING"), None).outcome == UNKNOWN
    assert demo_answers.check(_space(), DemoUnavailable("no answer.")).outcome == FAILURE
