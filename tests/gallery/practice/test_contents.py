"""The practice Hub's contents: the model, the teams' Spaces, and one for each newcomer."""

from pathlib import Path

import pytest

from gallery.practice.contents import EMBEDDED, MODEL_ID, add_space, fill
from gallery.practice.entrants import entrants
from gallery.practice.kinds import KINDS
from gallery.practice.small_hub.hub import SmallHub
from spaces.host.listing import SHIPPED, read_listing

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
    drawing, photo = (entrant.space_id for entrant in entrants()[:2])
    repositories = (("model", MODEL_ID), ("space", drawing), ("space", photo))
    for repo_type, repo_id in repositories:
        before, after = first.shelf.get(repo_type, repo_id), again.shelf.get(repo_type, repo_id)
        assert before is not None
        assert after is not None
        assert after.head.id == before.head.id
    newcomer = again.shelf.get("space", "ada-l/drawing-to-picture")
    assert newcomer is not None
    assert newcomer.host == f"{OTHER}/drawing-to-picture"
    moved = again.shelf.get("space", photo)
    assert moved is not None
    assert moved.host == f"{OTHER}/photo-to-icon"


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


def test_twelve_teams_have_a_demo_each_that_the_host_serves_with_pictures_of_its_own() -> None:
    hub = SmallHub()
    fill(hub, address=HUB, demo=DEMO, tag=TAG)
    served = read_listing(SHIPPED).demos
    covers, names = set(), set()
    for entrant in entrants():
        account = hub.accounts.named(entrant.account)
        assert account is not None
        assert not account.is_open
        assert "program" in account.fullname
        space = hub.shelf.get("space", entrant.space_id)
        assert space is not None
        assert space.host == f"{DEMO}/{entrant.kind.name}"
        covers.add(space.head.files["thumbnail.webp"].digest)
        names.add(entrant.kind.name)
    assert names == set(served)
    assert len(covers) == len({entrant.team for entrant in entrants()}) == 12


def test_each_entry_has_a_story_that_says_whose_it_is_and_a_few_small_pictures() -> None:
    for kind in KINDS:
        assert "made by a program" in kind.story
        assert 2 <= len(kind.pictures()) == len(kind.captions)
        assert max(map(len, kind.pictures())) < 30_000
