"""A small Hub in a folder outlives its process; one in memory does not need one."""

from pathlib import Path

import pytest

from gallery.practice.small_hub import SmallHub


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    first = SmallHub(tmp_path)
    first.add_account("ada-l", token="hf_ada", fullname="Ada L", is_open=False)
    first.add_space("ada-l/clouds", card={"tags": ["t"]}, runtime="SLEEPING", likes=2)
    first.add_model("ada-l/gone")
    first.delete("model", "ada-l/gone")
    second = SmallHub(tmp_path)
    space = second.shelf.get("space", "Ada-L/Clouds")
    assert space is not None
    assert (space.likes, space.front_matter["tags"]) == (2, ["t"])
    assert space.runtime is not None
    assert space.runtime.stage == "SLEEPING"
    assert space.head == first.shelf.get("space", "ada-l/clouds").head  # pyright: ignore[reportOptionalMemberAccess]
    assert second.shelf.readme(space) == first.shelf.readme(space)
    assert second.shelf.get("model", "ada-l/gone") is None
    account = second.accounts.of_token("hf_ada")
    assert account is not None
    assert (account.fullname, account.is_open) == ("Ada L", False)


def test_bringing_up_to_date_commits_only_what_changed(tmp_path: Path) -> None:
    hub = SmallHub(tmp_path)
    before = hub.add_space("ada-l/clouds", files={"app.py": b"1"}).head.id
    assert hub.add_space("ada-l/clouds", files={"app.py": b"1"}, likes=9).head.id == before
    assert hub.add_space("ada-l/clouds", files={"app.py": b"2"}).head.id != before


def test_tokens_are_not_kept_in_the_clear(tmp_path: Path) -> None:
    hub = SmallHub(tmp_path)
    account = hub.add_account("ada-l", token="hf_first")
    second = hub.accounts.new_token(account)
    kept = (tmp_path / "accounts" / "ada-l.json").read_text("utf-8")
    assert "hf_first" not in kept
    assert second not in kept
    assert hub.accounts.of_token("hf_first") == hub.accounts.of_token(second)


@pytest.mark.parametrize("name", ["", "ada l", "../x", "a" * 97, "-a", "ada/l"])
def test_an_impossible_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="an account name is"):
        SmallHub().add_account(name)


def test_clearing_forgets_everything(tmp_path: Path) -> None:
    hub = SmallHub(tmp_path)
    hub.add_account("ada-l", token="hf_ada")
    hub.add_space("ada-l/clouds")
    hub.clear()
    for one in (hub, SmallHub(tmp_path)):
        assert one.shelf.get("space", "ada-l/clouds") is None
        assert one.accounts.of_token("hf_ada") is None
