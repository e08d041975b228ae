"""The arithmetic of what is nearest, compared with plain sums."""

from hypothesis import given, settings
from hypothesis import strategies as st

from gallery.browsing.related import RAREST, nearest, weight_of

shared = st.lists(st.tuples(st.integers(0, 2**12 - 1), st.integers(1, RAREST)), max_size=8)


@settings(max_examples=200, deadline=None)
@given(shared=shared, after=st.integers(0, 11), limit=st.integers(1, 12))
def test_it_gives_the_positions_with_the_greatest_sums(
    shared: list[tuple[int, int]], after: int, limit: int
) -> None:
    sums = [sum(weight for bits, weight in shared if bits >> place & 1) for place in range(12)]
    found = list(nearest(shared, after=after, limit=limit))
    order = sorted(range(12), key=lambda place: (-sums[place], (place - after - 1) % 12))
    assert found == [place for place in order if sums[place]][:limit]


def test_rare_things_weigh_more_and_nothing_weighs_nothing() -> None:
    weights = [weight_of(count, 10_000) for count in (1, 10, 100, 1000, 10_000)]
    assert weights == sorted(weights, reverse=True)
    assert weights[-1] == 1
