"""What goes up to the Hub, and above all what does not."""

from pathlib import Path

import pytest

from spaces.commands.packing import own_files, packed
from spaces.errors import CannotDo
from tests.spaces.commands.conftest import STATIC, TOKEN, Make

SECRET = (
    ".env",
    ".git/config",
    ".cache/huggingface/token",
    "team.token",
    "notes/hub.token",
    "server.key",
    "id_rsa",
    "credentials.json",
    "secrets.toml",
    "__pycache__/app.cpython-311.pyc",
    "own-venv/bin/python",
    ".gradio/certificate.pem",
)


def test_nothing_secret_hidden_or_made_by_itself_goes_up(project: Make) -> None:
    made = project(**STATIC)
    before = set(own_files(made))
    for name in SECRET:
        (made.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (made.folder / name).write_text("x")
    (made.folder / "own-venv" / "pyvenv.cfg").write_text("")
    assert set(own_files(made)) == before
    assert not any(name.startswith((".", "model/", "dataset/")) for name in before)


@pytest.mark.parametrize("token", [TOKEN, "sprint_" + "a" * 40, "ghp_" + "b" * 36])
def test_a_token_in_a_file_is_refused_and_not_repeated(project: Make, token: str) -> None:
    made = project(**STATIC)
    (made.folder / "app.py").write_text(f'KEY = "{token}"\n')
    with pytest.raises(CannotDo, match=r"app\.py must hold no token") as caught:
        packed(made)
    assert token not in str(caught.value)


def test_links_are_not_followed(project: Make, tmp_path: Path) -> None:
    made = project(**STATIC)
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "diary.md").write_text("dear diary")
    (made.folder / "diary.md").symlink_to(tmp_path / "private" / "diary.md")
    (made.folder / "all").symlink_to(tmp_path / "private")
    assert not {name for name in own_files(made) if "diary" in name or "all" in name}


def test_names_that_cannot_be_read_are_refused(project: Make) -> None:
    made = project(**STATIC)
    (made.folder / "a\nb.txt").write_text("")
    with pytest.raises(CannotDo, match="names that can be read"):
        own_files(made)


def test_a_gradio_space_holds_our_packages_and_a_static_one_does_not(project: Make) -> None:
    inside = packed(project())
    assert {"app.py", "inference/engine.py", "spaces/demo/page.py"} <= inside.keys()
    assert not [name for name in inside if name.startswith(("spaces/commands", "spaces/templates"))]
    assert "spaces/demo/page.py" not in packed(project("still", **STATIC))


def test_the_weights_that_ship_go_along_only_where_they_are_used(project: Make) -> None:
    weights = "inference/embedded/unet/config.json"
    assert weights in packed(project())
    base = "stable-diffusion-v1-5/stable-diffusion-v1-5"
    inside = packed(project("large", base=base))
    assert weights not in inside
    assert "inference/embedded/vocabulary.json" in inside  # an engine elsewhere may have the model


def test_a_package_that_the_team_changed_is_left_as_it_is(project: Make) -> None:
    made = project()
    (made.folder / "spaces").mkdir()
    (made.folder / "spaces" / "__init__.py").write_text("# ours\n")
    inside = packed(made)
    assert inside["spaces/__init__.py"] == made.folder / "spaces" / "__init__.py"
    assert "spaces/demo/page.py" not in inside
    assert "inference/engine.py" in inside


def test_a_space_that_is_too_large_is_refused(project: Make) -> None:
    made = project(**STATIC)
    with (made.folder / "weights.bin").open("wb") as file:
        file.truncate(1_000_000_001)
    with pytest.raises(CannotDo, match="must be at most 1,000 MB"):
        own_files(made)
