"""What is kept stays within its bytes, and what was used least recently goes first."""

from inference.kept import Kept


def kept(most_bytes: int = 10) -> Kept:
    return Kept(most_bytes, len)


def test_a_value_is_made_once_and_then_found() -> None:
    cache, made = kept(), []
    for _ in range(2):
        assert cache.get("a", lambda: made.append(1) or b"12345") == b"12345"
    assert made == [1]
    assert (cache.hits, cache.misses, cache.bytes) == (1, 1, 5)


def test_what_was_used_least_recently_goes_when_the_bytes_do_not_suffice() -> None:
    cache = kept()
    for key in "abc":
        cache.get(key, lambda: b"1234")
        cache.find("a")
    assert [key for key in "abc" if cache.find(key) is not None] == ["a", "c"]
    assert cache.bytes == 8


def test_what_is_larger_than_all_is_made_each_time_and_drives_nothing_out() -> None:
    cache = kept()
    cache.put("a", b"1234")
    assert cache.get("large", lambda: bytes(11)) == bytes(11)
    assert cache.find("large") is None
    assert cache.find("a") == b"1234"


def test_values_are_forgotten_by_their_key() -> None:
    cache = kept()
    cache.put(("map", "canny"), b"12")
    cache.put(("map", "depth"), b"34")
    cache.forget(lambda key: key == ("map", "canny"))
    assert cache.find(("map", "canny")) is None
    assert (cache.bytes, len(cache)) == (2, 1)
