"""A folder made from a template and a few answers."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
import yaml
from PIL import Image

from spaces.commands.answers import TASKS, Answers
from spaces.commands.front_matter import problems, read_readme
from spaces.commands.new import ask, make
from spaces.commands.project import open_project, read_files
from spaces.commands.questions import Asking
from spaces.commands.rendering import render
from spaces.commands.ways import WAYS
from spaces.errors import CannotDo
from spaces.host.listing import read_listing
from tests.pins import pinned
from tests.spaces.commands.conftest import CHECKPOINT, STATIC, Make, Spaces

CONTROLS = {
    "controlnet": ["canny=ada-l/canny"],
    "several-controls": ["canny=ada-l/canny", "palette=ada-l/palette", "depth=ada-l/depth"],
    "text-to-image": [],
    "image-to-image": [],
    "inpainting": [],
}
NOBODY = Asking(None)


def typed(*lines: str) -> Asking:
    """Somebody who types these lines."""
    waiting = iter(lines)
    shown: list[str] = []

    def read(prompt: str) -> str:
        shown.append(prompt)
        line = next(waiting, None)
        if line is None:
            raise EOFError
        return line

    return Asking(read, shown.append)


def test_a_space_of_several_controls_offers_all_of_them_at_once(project: Make) -> None:
    made = project(task="several-controls", controlnet=CONTROLS["several-controls"])
    assert "most_controls=3," in (made.folder / "app.py").read_text()
    assert "more_controls=more" in (made.folder / "test_app.py").read_text()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("task", TASKS)
def test_every_task_is_written_in_every_way(project: Make, task: str, way: str) -> None:
    made = project(task=task, controlnet=CONTROLS[task], **{**STATIC, "way": way})
    app = (made.folder / "app.py").read_text()
    assert len(app.splitlines()) <= 40
    ast.parse(app)
    ast.parse((made.folder / "test_app.py").read_text())
    values, text = read_readme(made.folder)
    assert problems(values) == []
    assert values["title"] in text
    card = yaml.safe_load((made.folder / "model" / "README.md").read_text().split("---")[1])
    assert card["license"] == "apache-2.0"
    assert (made.folder / "index.html").exists() == (way == "static")


@pytest.mark.parametrize("task", TASKS)
def test_a_static_space_brings_the_lines_for_its_host(project: Make, task: str) -> None:
    made = project("Clay.and_Glaze", task=task, controlnet=CONTROLS[task], **STATIC)
    lines = (made.folder / "host.toml").read_text()
    (made.folder / "spaces.toml").write_text(f'title = "All"\ndescription = "Of us."\n{lines}')
    entry = read_listing(made.folder / "spaces.toml").demos["clay-and-glaze"]
    assert (entry.title, entry.lead or "") == (made.answers.title, made.answers.control)
    assert entry.controlnets == made.answers.controlnets


def test_titles_are_quoted_as_each_file_wants_it(project: Make) -> None:
    title = """It's a "blue" {{ kettle }}: #1 \\ 茶 <b>"""
    made = project(title=title, **STATIC)
    assert read_readme(made.folder)[0]["title"] == title
    tree = ast.parse((made.folder / "app.py").read_text("utf-8"))
    strings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert title in strings
    assert "<b>" not in (made.folder / "index.html").read_text("utf-8")


def test_the_pins_are_those_that_the_software_was_tried_with(project: Make) -> None:
    folder = project().folder
    repository = Path(__file__).parents[3] / "requirements.txt"
    lines = (folder / "requirements.txt").read_text().splitlines()
    assert set(lines[1:]) <= set(repository.read_text().splitlines())
    assert f"gradio=={read_readme(folder)[0]['sdk_version']}" in lines
    assert pinned("Serving: the gallery, the demos, the command line")


def test_a_trained_controlnet_tells_task_base_and_kind(tmp_path: Path) -> None:
    given = {"name": "clay", "into": tmp_path, "owner": "ada-l", "way": "home"}
    made = make({**given, "checkpoint": CHECKPOINT}, NOBODY)
    assert made.answers.task == "controlnet"
    assert made.answers.base == "embedded"
    assert made.answers.controlnets == {"canny": "ada-l/clay-canny"}
    assert made.checkpoints == {"ada-l/clay-canny": str(CHECKPOINT)}
    assert open_project(made.folder) == made


CARD = """---
license: openrail
base_model: {base}
datasets: [ada-l/pictures]
tags: [controlnet, scribble]
---
# Birds
"""


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """A folder as a training leaves it, whose name tells nothing."""
    folder = tmp_path / "model"
    shutil.copytree(CHECKPOINT, folder)
    return folder


def test_the_card_beside_the_weights_tells_more_and_is_the_models_card(
    trained: Path, tmp_path: Path
) -> None:
    (trained / "README.md").write_text(CARD.format(base="deep-sea/base"))
    given = {"name": "clay", "into": tmp_path, "owner": "ada-l", "way": "home"}
    made = make({**given, "checkpoint": trained}, NOBODY)
    said = made.answers
    assert said.controlnets == {"scribble": "ada-l/clay-scribble"}
    assert (said.base, said.dataset, said.license) == (
        "deep-sea/base",
        "ada-l/pictures",
        "openrail",
    )
    assert (made.folder / "model" / "README.md").read_bytes() == (
        trained / "README.md"
    ).read_bytes()
    assert "model/README.md" in made.base(), "an update compares with the template's"


@pytest.mark.parametrize("card", ["# A card without front matter\n", CARD.format(base="/srv/sd")])
def test_what_a_card_says_that_no_answer_can_be_is_left_aside(
    trained: Path, tmp_path: Path, card: str
) -> None:
    (trained / "README.md").write_text(card)
    given = {"name": "clay", "into": tmp_path, "owner": "ada-l", "way": "home"}
    made = make({**given, "checkpoint": trained, "controlnet": ["canny=ada-l/canny"]}, NOBODY)
    assert made.answers.base == "embedded"


def test_a_whole_model_tells_that_it_needs_words_alone(tmp_path: Path) -> None:
    given = {"name": "clay", "into": tmp_path, "owner": "ada-l", "way": "home"}
    made = make({**given, "checkpoint": CHECKPOINT.parent}, NOBODY)
    assert (made.answers.task, made.answers.own_model) == ("text-to-image", "ada-l/clay-model")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "must hold config.json"),
        ({"config.json": b"[]"}, "must be a JSON object"),
        ({"config.json": b'{"_class_name": "UNet2DConditionModel"}'}, "got UNet2DConditionModel"),
        ({"config.json": b'{"_class_name": "ControlNetModel"}'}, "must hold weights"),
    ],
)
def test_a_folder_that_is_no_checkpoint_is_refused_in_a_sentence(
    tmp_path: Path, content: dict[str, bytes] | None, sentence: str
) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    for name, data in (content or {}).items():
        (folder / name).write_bytes(data)
    given = {"name": "clay", "into": tmp_path, "owner": "ada-l", "way": "home"}
    with pytest.raises(CannotDo, match=sentence):
        make({**given, "checkpoint": folder}, NOBODY)
    assert not (tmp_path / "clay").exists()


def test_a_person_is_asked_and_the_ways_are_said_first(tmp_path: Path) -> None:
    answers = (
        "static",
        "c",
        "ada-l",
        "canny",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "https://host.example/c",
    )
    asking = typed(*answers)
    made = make({"name": "clay", "into": tmp_path}, asking)
    assert made.answers.way == "static"
    assert made.answers.task == "controlnet"
    assert made.answers.address == "https://host.example/c"
    shown = asking.says.__self__  # pyright: ignore[reportFunctionMemberAccess]
    for lines in WAYS.values():
        assert all(line in shown[0] for line in lines)
    assert shown.index(next(one for one in shown if one.startswith("How is it shown"))) == 1


def test_nobody_to_ask_is_told_which_option_is_missing(spaces: Spaces) -> None:
    code, _, error = spaces("new", "clay", "--way", "home", "--task", "controlnet")
    assert code == 2
    assert error.startswith("error: --owner must be said")
    assert not Path("clay").exists()


BAD_NAMES = ["", "a/b", "../a", "..", ".hidden", "-a", "a..b", "söm", "a b", "a\n", "x" * 97]


@pytest.mark.parametrize("name", [*BAD_NAMES, "spaces", "Inference", "a\0b", "ａ"])
def test_names_that_are_no_names_are_refused(tmp_path: Path, name: str) -> None:
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(CannotDo, match="the name must be"):
        make({"name": name, "into": tmp_path, "owner": "ada-l"}, NOBODY)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"owner": "a/b"}, "--owner must be 1 to 96 letters"),
        ({"title": "a\x1b[31mb"}, "--title must be a line of characters"),
        ({"title": "t" * 81}, "--title must be at most 80 characters"),
        ({"summary": "s" * 61}, "--summary must be at most 60 characters"),
        ({"license": "my own: yes"}, "--license must be a licence"),
        ({"tag": "two words"}, "--tag must be one word"),
        ({"dataset": "only-a-name"}, "--dataset must be a repository"),
        ({"base": "../model"}, "--base must be embedded, or"),
        ({"way": "static"}, "--address must be where"),
        ({"way": "static", "address": "javascript:alert(1)"}, "--address must be an address"),
        ({"way": "static", "address": 'https://a"><script>'}, "--address must be an address"),
        ({"way": "moon"}, "--way must be one of gradio, static, home"),
        ({"controlnet": ["canny"]}, "--controlnet must be NAME=OWNER/REPOSITORY"),
        ({"controlnet": ["canny=a/b", "depth=a/c"]}, "--controlnet must be 1 of them"),
        ({"controlnet": ["Canny=a/b"]}, "--controlnet must be a control's name"),
    ],
)
def test_answers_that_do_not_fit_are_one_sentence_and_write_nothing(
    project: Make, tmp_path: Path, given: dict, sentence: str
) -> None:
    with pytest.raises(CannotDo, match=sentence) as caught:
        project(**given)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "clay").exists()


def occupied(place: Path) -> Iterator[str]:
    place.mkdir()
    yield "a folder"
    place.rmdir()
    place.write_text("mine")
    yield "a file"
    place.unlink()
    place.symlink_to("/nowhere")
    yield "a link"


def test_what_is_there_is_never_written_into(project: Make, tmp_path: Path) -> None:
    for kind in occupied(tmp_path / "clay"):
        with pytest.raises(CannotDo, match=f"must not be there yet, got {kind}"):
            project()
    assert [path.name for path in tmp_path.iterdir()] == ["clay"]


def test_a_place_that_cannot_be_written_to_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    given = {"name": "clay", "owner": "ada-l", "way": "home", "task": "text-to-image"}
    with pytest.raises(CannotDo, match="must be a place to write to"):
        make({**given, "into": tmp_path / "file"}, NOBODY)


def test_the_record_holds_every_file_as_the_template_wrote_it(project: Make) -> None:
    made = project()
    assert made.base() == render(made.answers)
    own = {path: one for path, one in read_files(made.folder).items() if path[0] != "."}
    thumbnail = own.pop("thumbnail.png")
    assert own.items() <= made.base().items()
    assert Image.open(BytesIO(thumbnail)).size == (1200, 630)


def test_no_network_is_asked(project: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("a network was asked"))
    project()


def test_all_answers_come_back_from_json() -> None:
    given = {"name": "clay", "owner": "ada-l", "way": "home", "task": "controlnet"}
    answers = ask({**given, "controlnet": ["canny=a/b"]}, NOBODY)
    assert Answers.model_validate_json(answers.model_dump_json()) == answers


@pytest.mark.slow
def test_a_space_is_made_without_loading_gradio_or_jax(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom spaces.__main__ import main\nmain(sys.argv[1:])\n"
        "assert not {'gradio', 'jax'} & set(sys.modules), 'they take seconds'"
    )
    options = ["--task", "text-to-image", "--way", "home", "--owner", "ada-l"]
    command = [sys.executable, "-c", code, "new", "clay", *options, "--into", str(tmp_path)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 0
    assert (tmp_path / "clay" / "app.py").is_file()
