"""The practice Hub's contents: the model, the house's Space, and one for each newcomer."""

from pathlib import Path

import pytest

from gallery.practice.contents import EMBEDDED, MODEL_ID, add_space, fill
from gallery.practice.entrants import EVERYBODY, HOUSE_TEAM, REHEARSAL_TEAMS
from gallery.practice.kinds import DRAWING, PHOTO
from gallery.practice.small_hub.hub import SmallHub

HUB, TAG = "http://127.0.0.1:7862", "jax-diffusers-event"
DEMO, OTHER = "http://127.0.0.1:7860", "http://127.0.0.1:7999"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hub")


def _filled(folder: Path, demo: str) -> SmallHub:
    hub = SmallHub(folder)
    fill(hub, address=HUB, demo=demo, tag=TAG)
    return hub


def test_the_model_is_the_one_that_ships_with_its_real_card(folder: Path) -> None:
    model = _filled(folder, DEMO).shelf.get("model", MODEL_ID)
    assert model is not None
    assert model.front_matter["license"] == "apache-2.0"
    assert {"README.md", "unet/diffusion_flax_model.msgpack"} <= set(model.head.files)
    assert (EMBEDDED / "README.md").exists()


def test_filling_again_makes_no_commit_and_follows_the_demo_to_another_port(folder: Path) -> None:
    first = _filled(folder, DEMO)
    add_space(first, "ada-l", address=HUB, demo=DEMO, tag=TAG, stage="RUNNING")
    again = _filled(folder, OTHER)
    drawing, photo = (HOUSE_TEAM.space_id(kind) for kind in (DRAWING, PHOTO))
    repositories = (("model", MODEL_ID), ("space", drawing), ("space", photo))
    for repo_type, repo_id in repositories:
        before, after = first.shelf.get(repo_type, repo_id), again.shelf.get(repo_type, repo_id)
        assert before is not None
        assert after is not None
        assert after.head.id == before.head.id
    newcomer = again.shelf.get("space", "ada-l/drawing-to-picture")
    assert newcomer is not None
    assert newcomer.host == OTHER
    moved = again.shelf.get("space", photo)
    assert moved is not None
    assert moved.host == f"{OTHER}/photo"


def test_no_two_spaces_have_the_same_application_so_none_is_a_mere_copy(folder: Path) -> None:
    hub = _filled(folder, DEMO)
    for name in ("ada-l", "team-lead"):
        add_space(hub, name, address=HUB, demo=DEMO, tag=TAG, stage="RUNNING")
    spaces = hub.shelf.all("space")
    assert len({space.head.files["app.py"].digest for space in spaces}) == len(spaces)


def test_nobody_signs_in_as_the_house(folder: Path) -> None:
    account = _filled(folder, DEMO).accounts.named("house")
    assert account is not None
    assert not account.is_open
    assert "program" in account.fullname


def test_a_rehearsal_adds_the_spaces_of_several_teams_with_pictures_of_their_own() -> None:
    hub = SmallHub()
    fill(hub, address=HUB, demo=DEMO, tag=TAG, entrants=EVERYBODY)
    covers = set()
    for entrant in EVERYBODY:
        account = hub.accounts.named(entrant.account)
        assert account is not None
        assert not account.is_open
        assert "program" in account.fullname
        for kind in entrant.kinds:
            space = hub.shelf.get("space", entrant.space_id(kind))
            assert space is not None
            assert space.host == f"{DEMO}{kind.path}"
            covers.add(space.head.files["thumbnail.png"].digest)
    assert len(covers) == sum(len(entrant.kinds) for entrant in EVERYBODY) == 12
    for kind in (kind for entrant in REHEARSAL_TEAMS for kind in entrant.kinds):
        assert "made by a program" in kind.story
        assert len(kind.pictures()) == len(kind.captions)
        assert max(map(len, kind.pictures())) < 200_000


def test_without_a_rehearsal_the_house_alone_has_spaces() -> None:
    hub = SmallHub()
    fill(hub, address=HUB, demo=DEMO, tag=TAG)
    assert {space.repo_id.partition("/")[0] for space in hub.shelf.all("space")} == {"house"}
