"""What people write, as a part of a page that has its title already."""

import pytest

from gallery.web.render import markdown


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("# Ours\n\n## How\n\n# Why", ["h2", "h3", "h2"]),
        ("### How\n\n#### Why", ["h2", "h3"]),
        ("## How\n\n###### Why", ["h2", "h4"]),
        ("Ours\n====\n\nIt draws.", ["h2"]),
    ],
)
def test_the_largest_heading_comes_next_after_the_title(text: str, tags: list[str]) -> None:
    found = [part[:2] for part in markdown(text).split("<") if part.startswith("h")]
    assert found == tags
