"""A gallery whose Hub is a small one on loopback, at the tests' own time."""

from tests.gallery.watched import enter, gallery, pace, paged_hub, settings, small_hub

__all__ = ["enter", "gallery", "pace", "paged_hub", "settings", "small_hub"]
