"""The small Hub as the place of backups."""

from tests.gallery.hub_fixtures import served_hub, small_hub

__all__ = ["served_hub", "small_hub"]
