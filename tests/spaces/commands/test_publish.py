"""A Space put on the small Hub by the real client, again and against all that can go wrong."""

import shutil
from pathlib import Path

import pytest
from huggingface_hub.errors import HfHubHTTPError

from gallery.practice.small_hub import Trouble
from spaces.commands.hub_words import patiently
from spaces.errors import CannotDo, HubRefused, HubUnavailable
from spaces.hub.client import Hub
from tests.gallery.hub_fixtures import ServedHub
from tests.spaces.commands.conftest import CHECKPOINT, STATIC, TOKEN, Make, Spaces

SPACE = "ada-l/clay"


def written(hub: ServedHub) -> list[tuple[str, str]]:
    """What was asked that changes something."""
    return [one for one in hub.hub.requests if one[0] != "GET" and "validate-yaml" not in one[1]]


def test_model_data_and_space_are_there_for_everybody(
    hub: ServedHub, project: Make, spaces: Spaces, tmp_path: Path
) -> None:
    made = project(checkpoint=CHECKPOINT, dataset="ada-l/clay-data")
    code, said, error = spaces("publish", made.folder, "--to", SPACE)
    assert (code, error) == (0, "")
    assert said.endswith(f"It runs: {hub.address}/spaces/{SPACE}\n")
    everybody = Hub(hub.address)
    space, model = everybody.space(SPACE), everybody.model("ada-l/clay-canny")
    assert space is not None
    assert model is not None
    paths = {file.path for file in space.files}
    assert {"app.py", "README.md", "requirements.txt", "inference/engine.py"} <= paths
    assert (space.sdk, space.stage, space.models) == ("gradio", "RUNNING", ("ada-l/clay-canny",))
    assert "diffusion_flax_model.msgpack" in {file.path for file in model.files}
    assert everybody.dataset("ada-l/clay-data") is not None


def test_a_model_that_its_training_pushed_is_left_as_it_is(
    hub: ServedHub, project: Make, spaces: Spaces, tmp_path: Path
) -> None:
    trained = tmp_path / "model"
    shutil.copytree(CHECKPOINT, trained)
    (trained / "README.md").write_text("---\nlicense: mit\n---\n# Lines to clay\n")
    files = {path.name: path.read_bytes() for path in trained.iterdir()}
    hub.hub.add_model("ada-l/clay-canny", files=files)
    made = project(checkpoint=trained, **STATIC)
    code, said, error = spaces("publish", made.folder)
    assert (code, error) == (0, "")
    assert "model ada-l/clay-canny: nothing to change" in said


def test_data_that_were_published_with_their_card_keep_it(
    hub: ServedHub, project: Make, spaces: Spaces
) -> None:
    files = {"README.md": b"---\nlicense: mit\n---\n# Pictures\n", "data/train.parquet": b"PAR1"}
    before = hub.hub.add_dataset("ada-l/clay-data", files=files).head.id
    folder = project(**STATIC, dataset="ada-l/clay-data").folder
    code, said, error = spaces("publish", folder)
    assert (code, error) == (0, "")
    assert "dataset ada-l/clay-data: its card there is left as it is" in said
    there = hub.hub.shelf.get("dataset", "ada-l/clay-data")
    assert there is not None
    assert there.head.id == before


def test_again_it_changes_only_what_changed(hub: ServedHub, project: Make, spaces: Spaces) -> None:
    folder = project(**STATIC).folder
    (folder / "old.md").write_text("old")
    spaces("publish", folder)
    first = hub.hub.shelf.get("space", SPACE)
    assert first is not None
    commit = first.head.id
    hub.hub.requests.clear()
    code, said, _ = spaces("publish", folder)
    assert (code, "nothing to change" in said) == (0, True)
    assert written(hub) == []
    (folder / "app.py").write_text("# changed\n")
    (folder / "old.md").unlink()
    _, said, _ = spaces("publish", folder)
    assert "1 files to upload" in said
    assert "1 to delete (old.md)" in said
    assert first.head.parent == commit
    assert "old.md" not in first.head.files


@pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # the client's own call
def test_large_files_are_known_again_and_their_storage_may_be_away(
    hub: ServedHub, project: Make, spaces: Spaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    hub.hub.lfs_from = 5000
    folder = project(**STATIC).folder
    (folder / "film.webp").write_bytes(b"1" * 6000)
    hub.hub.trouble = Trouble.down(path="/lfs/", times=1)
    assert spaces("publish", folder)[0] == 0
    assert "nothing to change" in spaces("publish", folder)[1]
    (folder / "film.webp").write_bytes(b"2" * 6000)
    code, said, _ = spaces("publish", folder)
    assert (code, "1 files to upload" in said) == (0, True)


def test_a_dry_run_says_all_and_changes_nothing(
    hub: ServedHub, project: Make, spaces: Spaces
) -> None:
    folder = project(**STATIC).folder
    before = sorted(folder.rglob("*"))
    code, said, _ = spaces(
        *("publish", folder, "--to", "deep-sea/clay", "--dry-run", "--variable", "A=1"),
        *("--hardware", "t4-small"),
    )
    assert code == 0
    assert "space deep-sea/clay: to create" in said
    assert "would set the variable A" in said
    assert "would take the hardware t4-small" in said
    assert written(hub) == []
    assert hub.hub.shelf.all("space") == []
    assert sorted(folder.rglob("*")) == before


def test_another_name_is_taken_into_the_files(
    hub: ServedHub, project: Make, spaces: Spaces
) -> None:
    folder = project(**STATIC).folder
    assert spaces("publish", folder, "--to", "deep-sea/kiln")[0] == 0
    assert "spaces/deep-sea/kiln/resolve" in (folder / "README.md").read_text()
    assert hub.hub.shelf.get("space", "deep-sea/kiln") is not None


def test_variables_secrets_and_hardware_are_set_and_no_secret_is_shown(
    hub: ServedHub, project: Make, spaces: Spaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project(**STATIC).folder
    monkeypatch.setenv("INFERENCE_KEY", "very-secret")
    options = ("--variable", "INFERENCE_URL=https://engine.example", "--secret", "INFERENCE_KEY")
    code, said, error = spaces("publish", folder, *options, "--hardware", "cpu-upgrade")
    assert code == 0
    made = hub.hub.shelf.get("space", SPACE)
    assert made is not None
    assert made.runtime is not None
    assert made.variables == {"INFERENCE_URL": "https://engine.example"}
    assert made.secrets == {"INFERENCE_KEY": "very-secret"}
    assert made.runtime.hardware == "cpu-upgrade"
    assert "very-secret" not in said + error
    _, said, _ = spaces("publish", folder, *options, "--hardware", "cpu-upgrade")
    assert "variable" not in said
    assert "hardware" not in said


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--variable", "A"], "--variable must be NAME=VALUE"),
        (["--variable", "1A=2"], "--variable must be NAME=VALUE"),
        (["--variable", f"KEY={TOKEN}"], "--variable KEY must be what everybody may read"),
        (["--secret", "NOT_SET_ANYWHERE"], "--secret NOT_SET_ANYWHERE must be set"),
        (["--secret", "A=very-secret"], "--secret must be the name of an environment variable"),
        (["--to", "clay"], "--to must be owner/name"),
        (["--to", "a/b/c"], "--to must be owner/name"),
        (["--to", "somebody/clay"], "--to must be owned by ada-l or deep-sea"),
        (["--gallery", "http://gallery.example"], "SPRINT_TOKEN must be set"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_written(
    hub: ServedHub, project: Make, spaces: Spaces, options: list[str], sentence: str
) -> None:
    code, said, error = spaces("publish", project(**STATIC).folder, *options)
    assert code == 2
    assert sentence in error
    assert error.count("\n") == 1
    assert TOKEN not in said + error
    assert "very-secret" not in said + error
    assert written(hub) == []


def test_a_refused_token_is_a_sentence_without_the_token(
    hub: ServedHub, project: Make, spaces: Spaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = "hf_" + "w" * 34
    monkeypatch.setenv("HF_TOKEN", wrong)
    code, said, error = spaces("publish", project(**STATIC).folder)
    assert code == 2
    assert "the Hub must take your token" in error
    assert wrong not in said + error


def test_no_token_at_all_is_a_sentence(
    hub: ServedHub, project: Make, spaces: Spaces, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "none"))
    code, _, error = spaces("publish", project(**STATIC).folder)
    assert (code, "got no token" in error) == (2, True)


def test_a_plan_that_is_too_small_leads_to_the_static_way(
    hub: ServedHub, project: Make, spaces: Spaces
) -> None:
    hub.hub.free_sdks = frozenset({"static"})
    made = project(base="stable-diffusion-v1-5/stable-diffusion-v1-5")
    code, _, error = spaces("publish", made.folder)
    assert code == 2
    assert "got 402 (A paid plan is required" in error
    assert "--way static" in error
    assert error.count("\n") == 1
    spaces("update", made.folder, "--way", "static", "--address", STATIC["address"])
    assert spaces("publish", made.folder)[0] == 0


def test_a_name_that_holds_something_else_is_not_written_over(
    hub: ServedHub, project: Make, spaces: Spaces
) -> None:
    hub.hub.add_space(SPACE, files={"app.py": b"# another demo\n", "data.csv": b"1"})
    folder = project(**STATIC).folder
    code, _, error = spaces("publish", folder)
    assert code == 2
    assert "got README.md and app.py from somebody else" in error
    assert spaces("publish", folder, "--overwrite")[0] == 0
    made = hub.hub.shelf.get("space", SPACE)
    assert made is not None
    assert "data.csv" in made.head.files


def test_what_a_team_mate_changed_on_the_hub_is_not_written_over(
    hub: ServedHub, project: Make, spaces: Spaces
) -> None:
    folder = project(**STATIC).folder
    spaces("publish", folder)
    hub.hub.change("space", SPACE, {"README.md": b"---\ntitle: Theirs\n---\n"})
    (folder / "app.py").write_text("# ours\n")
    code, _, error = spaces("publish", folder)
    assert code == 2
    assert "got README.md from somebody else" in error


def test_a_push_in_between_is_said_and_nothing_is_lost(
    hub: ServedHub, project: Make, spaces: Spaces
) -> None:
    folder = project(**STATIC).folder
    spaces("publish", folder)
    (folder / "app.py").write_text("# ours\n")
    hub.hub.trouble = Trouble(status=412, path="/commit/")
    code, _, error = spaces("publish", folder)
    assert code == 2
    assert "nobody else must push meanwhile" in error


def test_a_network_that_breaks_in_the_middle_is_gone_on_with(
    hub: ServedHub, project: Make, spaces: Spaces
) -> None:
    folder = project(**STATIC).folder
    hub.hub.trouble = Trouble(status=400, path="/commit/", times=1)
    code, _, error = spaces("publish", folder, "--variable", "A=1")
    assert (code, error.count("\n")) == (2, 1)
    made = hub.hub.shelf.get("space", SPACE)
    assert made is not None
    assert "app.py" not in made.head.files
    hub.hub.trouble = Trouble(drops=True, path="/variables", times=1)
    assert spaces("publish", folder, "--variable", "A=1")[0] == 0
    assert made.variables == {"A": "1"}
    assert "app.py" in made.head.files


@pytest.mark.parametrize("stage", ["BUILD_ERROR", "RUNTIME_ERROR", "CONFIG_ERROR", "PAUSED"])
def test_a_space_that_does_not_run_is_said(
    hub: ServedHub, project: Make, spaces: Spaces, stage: str
) -> None:
    hub.hub.after_push = stage
    code, _, error = spaces("publish", project(**STATIC).folder)
    assert code == 2
    assert error.startswith("error: the Space must run, but it ")


def test_a_space_that_takes_too_long_is_said(hub: ServedHub, project: Make, spaces: Spaces) -> None:
    hub.hub.after_push = "BUILDING"
    code, said, error = spaces("publish", project(**STATIC).folder, "--wait-seconds", "0")
    assert code == 2
    assert "building …" in said
    assert "must run within 0 seconds, got BUILDING" in error


@pytest.mark.parametrize("damage", ["sdk", "no readme", "a link", "no app"])
def test_what_the_hub_could_not_run_is_not_published(
    hub: ServedHub, project: Make, spaces: Spaces, tmp_path: Path, damage: str
) -> None:
    folder = project(base="stable-diffusion-v1-5/stable-diffusion-v1-5").folder
    readme, app = folder / "README.md", folder / "app.py"
    if damage == "sdk":
        readme.write_text(readme.read_text().replace("sdk: gradio", "sdk: docker"))
    elif damage == "no readme":
        readme.unlink()
    else:
        app.rename(tmp_path / "elsewhere.py")
    if damage == "a link":
        app.symlink_to(tmp_path / "elsewhere.py")
    code, _, error = spaces("publish", folder)
    assert (code, error.count("\n")) == (2, 1)
    assert written(hub) == []


def test_a_card_that_is_a_link_stays_here(
    hub: ServedHub, project: Make, spaces: Spaces, tmp_path: Path
) -> None:
    folder = project(**STATIC, dataset="ada-l/clay-data").folder
    card = folder / "dataset" / "README.md"
    card.rename(tmp_path / "private.md")
    card.symlink_to(tmp_path / "private.md")
    assert spaces("publish", folder)[0] == 0
    assert hub.hub.shelf.all("dataset") == []


def test_what_is_shown_at_home_is_not_published(
    hub: ServedHub, project: Make, spaces: Spaces
) -> None:
    code, _, error = spaces("publish", project(way="home").folder)
    assert (code, "got one that is shown at home" in error) == (2, True)


def asked(hub: ServedHub, status: int, **trouble: object) -> HfHubHTTPError:
    """The client's own error for such an answer."""
    from huggingface_hub import HfApi

    hub.hub.trouble = Trouble(status=status, **trouble)  # pyright: ignore[reportArgumentType]
    with pytest.raises(HfHubHTTPError) as caught:
        HfApi(endpoint=hub.address, token=TOKEN).get_space_runtime("ada-l/any")
    return caught.value


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, HubRefused, "must take your token"),
        (402, HubRefused, "must let your plan"),
        (403, HubRefused, "must let you"),
        (404, HubRefused, "got 404"),
        (409, CannotDo, "the name must be free"),
        (412, CannotDo, "nobody else must push"),
        (429, HubUnavailable, "too many requests"),
        (503, HubUnavailable, "got 503"),
    ],
)
def test_every_refusal_is_one_sentence(
    hub: ServedHub, status: int, kind: type[Exception], words: str
) -> None:
    error = asked(hub, status)
    waited: list[float] = []

    def call() -> None:
        raise error

    with pytest.raises(kind, match=words) as caught:
        patiently(call, "write to it", sleep=waited.append)
    assert "\n" not in str(caught.value)
    assert waited == ([1, 2, 4] if kind is HubUnavailable else [])


def test_a_rate_limit_is_waited_for_as_long_as_the_hub_says_and_no_longer(hub: ServedHub) -> None:
    waited: list[float] = []
    short, long = asked(hub, 429, retry_after=7), asked(hub, 429, retry_after=3600)
    answers: list[Exception | None] = [short, None]

    def call() -> str:
        error = answers.pop(0)
        if error is not None:
            raise error
        return "done"

    assert patiently(call, "write to it", sleep=waited.append) == "done"
    assert waited == [7]
    answers = [long]
    with pytest.raises(HubUnavailable, match="goes on where it stopped in 3600 s"):
        patiently(call, "write to it", sleep=waited.append)
