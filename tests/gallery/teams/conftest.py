"""The sprint in which people do things by name."""

from tests.gallery.people.conftest import mails, sprint

__all__ = ["mails", "sprint"]
