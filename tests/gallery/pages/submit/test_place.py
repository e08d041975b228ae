"""Which saves of a tab are late, and what each begins on."""

from gallery.pages.submit.place import Place, Tab


def place(*, submission: int = 1, number: int = 1, typed_at: float = 0) -> Place:
    return Place(submission=submission, number=number, typed_at=typed_at)


def test_a_save_that_overtook_another_is_built_upon() -> None:
    tab = Tab()
    button = place(number=1, typed_at=20)
    assert tab.begins_on(button) == 1
    tab.note(button, 2)
    autosave = place(number=1, typed_at=10)
    assert tab.is_late(autosave)
    later = place(number=1, typed_at=30)
    assert not tab.is_late(later)
    assert tab.begins_on(later) == 2


def test_after_a_restart_the_browsers_number_counts() -> None:
    assert Tab().begins_on(place(number=7)) == 7


def test_another_submission_in_the_same_tab_begins_anew() -> None:
    tab = Tab()
    tab.note(place(submission=1, number=1, typed_at=10), 5)
    other = place(submission=2, number=1, typed_at=5)
    assert not tab.is_late(other)
    assert tab.begins_on(other) == 1
