"""Settings: each is in the guide's table, with its default and its description."""

import re
from pathlib import Path

import pytest

from gallery.settings import Settings

GUIDE = (Path(__file__).parents[2] / "docs" / "running-a-gallery.md").read_text("utf-8")
ROWS = dict(re.findall(r"^\| `([A-Z_]+)` \|(.*)\|$", GUIDE, re.MULTILINE))


@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_setting_is_documented_as_it_is(name: str) -> None:
    field = Settings.model_fields[name]
    assert name.upper() in ROWS, "add a row to docs/running-a-gallery.md"
    row = ROWS[name.upper()]
    assert field.description
    assert field.description in row
    default = field.get_default(call_default_factory=True)
    if default not in (None, "", []):
        shown = str(default).lower() if isinstance(default, bool) else str(default)
        assert f"`{shown}`" in row


def test_no_setting_is_documented_that_is_none() -> None:
    assert set(ROWS) == {name.upper() for name in Settings.model_fields}


def test_an_address_loses_its_last_slash() -> None:
    assert Settings.model_validate({"base_url": "https://sprint.example/"}).base_url == (
        "https://sprint.example"
    )
