"""People as they come, not signed up for anything."""

from tests.gallery.conftest import person

__all__ = ["person"]
