"""Routing: to whoever holds the ControlNets, as long as nobody waits much longer for it there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.serving.replicas.routing import SPARE, Standing, ranked

NAMES = st.frozensets(st.sampled_from(["canny", "depth", "hue", "pose"]), max_size=3)
STANDING = st.builds(Standing, unfinished=st.integers(0, 30), held=NAMES)
REPLICAS = st.dictionaries(st.sampled_from("abcdefgh"), STANDING, max_size=8)


@pytest.mark.parametrize(
    ("names", "replicas", "first"),
    [
        ((), {"a": Standing(0), "b": Standing(3)}, {"a", "b"}),
        (("canny",), {"a": Standing(0), "b": Standing(3, frozenset({"canny"}))}, {"b"}),
        (
            ("canny", "hue"),
            {
                "a": Standing(0, frozenset({"canny"})),
                "b": Standing(1, frozenset({"canny", "hue", "pose"})),
            },
            {"b"},
        ),
        (("canny",), {"a": Standing(0), "b": Standing(SPARE + 1, frozenset({"canny"}))}, {"a"}),
        ((), {"a": Standing(0), "b": Standing(SPARE + 1)}, {"a"}),
        (("hue",), {"a": Standing(0, frozenset({"canny"})), "b": Standing(3)}, {"b"}),
    ],
    ids=[
        "no ControlNet",
        "its holder",
        "who has both",
        "too long a line",
        "a shorter line",
        "who holds least",
    ],
)
def test_a_job_goes_first_to(
    names: tuple[str, ...], replicas: dict[str, Standing], first: set[str]
) -> None:
    assert set(ranked(names, replicas)[0]) == first


@given(NAMES, REPLICAS)
def test_every_replica_is_in_one_rank_and_none_is_empty(
    names: frozenset[str], replicas: dict[str, Standing]
) -> None:
    ranks = ranked(names, replicas)
    assert sorted(one for rank in ranks for one in rank) == sorted(replicas)
    assert all(ranks)


@given(NAMES, REPLICAS)
def test_nobody_waits_much_longer_than_elsewhere_for_a_controlnet_that_is_there(
    names: frozenset[str], replicas: dict[str, Standing]
) -> None:
    shortest = min((one.unfinished for one in replicas.values()), default=0)
    for rank in ranked(names, replicas)[:1]:
        assert all(replicas[who].unfinished <= shortest + SPARE for who in rank)


@given(NAMES.filter(bool), st.sets(st.sampled_from("abcdefgh"), min_size=2))
def test_what_nobody_holds_has_one_home_and_keeps_it_when_another_replica_goes(
    names: frozenset[str], replicas: set[str]
) -> None:
    (home,) = ranked(names, {who: Standing() for who in replicas})[0]
    for gone in replicas - {home}:
        assert ranked(names, {who: Standing() for who in replicas - {gone}})[0] == [home]
