"""`python -m gallery backup FILE` and `restore FILE`."""

import argparse
from pathlib import Path
from typing import Any

from gallery.backups import rows
from gallery.backups.archive import Manifest, open_archive
from gallery.backups.backup import back_up
from gallery.backups.restore import restore
from gallery.errors import Invalid
from gallery.gallery import Gallery


def add_commands(commands: Any) -> None:
    """`commands` is what argparse's `add_subparsers` gives."""
    parser = commands.add_parser(
        "backup", help="write rows and pictures to one file, while the gallery runs or not"
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.set_defaults(command=_back_up)

    parser = commands.add_parser(
        "restore", help="put a backup in place, on either kind of database; stop the gallery first"
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument(
        "--replace", action="store_true", help="even if the gallery holds something, which is lost"
    )
    parser.set_defaults(command=_restore)


def _back_up(options: argparse.Namespace, gallery: Gallery) -> int:
    folder = options.file.absolute().parent
    if not folder.is_dir():
        raise Invalid(
            f"a backup goes into a folder that is there, got {folder}, which is not; make it first",
            field="file",
        )
    manifest = back_up(
        gallery.database, gallery.settings.pictures_dir, options.file, now=gallery.clock()
    )
    print(f"{options.file}: {_told(manifest)}.")
    if manifest.missing:
        count = len(manifest.missing)
        lacking = "1 picture has" if count == 1 else f"{count} pictures have"
        print(f"{lacking} no file in DATA_DIR, and what has none is not in it.")
    print(f"Not in it: the secret key, {', '.join(rows.LEFT_OUT.values())}.")
    print("It holds e-mail addresses: keep it private.")
    return 0


def _restore(options: argparse.Namespace, gallery: Gallery) -> int:
    if not options.file.is_file():
        raise Invalid(
            f"restoring takes a backup's file, got {options.file}, where none is; check the path",
            field="file",
        )
    with open_archive(options.file) as archive:
        left_out = restore(
            gallery.database,
            gallery.settings.pictures_dir,
            archive,
            replace=options.replace,
        )
    made = archive.manifest.made_at.strftime("%-d %B %Y, %H:%M UTC")
    print(f"Restored {_told(archive.manifest)}, as they were on {made}.")
    if left_out:
        print(f"{len(left_out)} picture files in it are damaged or of another kind: left out.")
    print("Everybody signs in again, and teams make new API tokens.")
    return 0


def _told(manifest: Manifest) -> str:
    return f"{sum(manifest.rows.values()):,} rows and {len(manifest.pictures):,} picture files"
