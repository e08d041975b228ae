"""The pace at which the Hub is asked."""

from gallery.sources.pace import Pace


def test_requests_are_evenly_spaced_and_a_pause_is_not_made_up_for() -> None:
    now, slept = [0.0], []

    def sleep(seconds: float) -> None:
        slept.append(round(seconds, 3))
        now[0] += seconds

    pace = Pace(2, clock=lambda: now[0], sleep=sleep)
    for _ in range(3):
        pace.wait()
    assert slept == [0.5, 0.5]
    now[0] += 10
    for _ in range(3):
        pace.wait()
    assert slept == [0.5, 0.5, 0.5, 0.5]
