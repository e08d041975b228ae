"""Addresses of styles and scripts, which caches keep forever."""

import re

from gallery.web import assets


def test_a_script_changes_its_address_with_those_that_it_imports() -> None:
    for path in assets.FOLDER.glob("*.js"):
        folder = assets.address(path.name).rpartition("/")[0]
        for imported in re.findall(r'from "\./(.+?)"', path.read_text()):
            assert assets.address(imported).rpartition("/")[0] == folder, (path.name, imported)
