"""A team with a demo, and who organises."""

from tests.gallery.submissions.conftest import desk, make_team, person

__all__ = ["desk", "make_team", "person"]
