"""Names to paths on the way in, paths to names on the way out."""

import secrets
import shutil
import time
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gradio.utils import get_upload_folder

from spaces.door.folder import own_folder
from spaces.door.shelf import Shelf, is_plain, new_name
from spaces.door.values import shown
from spaces.errors import Refused

MAX_BYTES = 20_000_000
"""Of one file."""
UPLOADED_BYTES = 1_000_000_000
"""Of all uploads that are kept."""
OFFERED_BYTES = 1_000_000_000
"""Of all pictures that were made and are kept."""
KEPT_SECONDS = 12 * 3600
MAX_DEPTH = 40
META = {"_type": "gradio.FileData"}


class Files:
    """All files that a page's visitors can name: their own, and those that they were given.

    A name holds 192 bits of chance and is told once: in the answer to whoever sent the file, or
    was given it. Whoever knows it may use the file, so a page that is loaded again, or a program
    that has no session, still can; nobody else can, whatever they know of the server's folders.
    """

    def __init__(
        self, *, uploaded_bytes: int = UPLOADED_BYTES, offered_bytes: int = OFFERED_BYTES
    ) -> None:
        self._root = Path(get_upload_folder()).absolute()
        self.folder = own_folder(self._root) / f"door-{secrets.token_hex(8)}"
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        self.uploads = Shelf(max_bytes=uploaded_bytes, max_seconds=KEPT_SECONDS)
        self._offered = Shelf(max_bytes=offered_bytes, max_seconds=KEPT_SECONDS)
        self._pinned: dict[Path, str] = {}
        self._by_name: dict[str, Path] = {}

    def place(self, name: str) -> Path:
        """Where to write an upload that its sender calls `name`: in a folder of its own."""
        folder = self.folder / secrets.token_hex(16)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        folder.mkdir(mode=0o700)
        return folder / name

    def find(self, name: str) -> Path | None:
        """The file of that name; None when there is none, whatever the name looks like."""
        pinned = self._by_name.get(name)
        if pinned is not None:
            return pinned if is_plain(pinned) else None
        return self.uploads.find(name) or self._offered.find(name)

    def keep_upload(self, path: Path, *, owner: str) -> str:
        """The name of a file that was just written to a `place`."""
        return self.uploads.put(path, owner=owner, now=time.monotonic())

    def offer(self, path: Path, *, for_good: bool = False) -> str:
        """The name of a file that the program itself gives out; `for_good` it is never deleted.

        Raises ValueError for what is not a plain file that Gradio keeps: no other may be given out.
        """
        known = self.uploads.name_of(path) or self._pinned.get(path)
        if known is not None:
            return known
        if not path.is_relative_to(self._root) or not is_plain(path):
            raise ValueError("only a file that Gradio keeps can be given out")
        if not for_good:
            return self._offered.put(path, owner="", now=time.monotonic())
        name = self._pinned[path] = new_name(path)
        self._by_name[name] = path
        return name

    def taken_in(self, value: Any, *, field: str) -> Any:
        """`value` with the path of each file instead of its name. Raises Refused."""
        return self._taken_in(value, field, MAX_DEPTH)

    def _taken_in(self, value: Any, field: str, depth: int) -> Any:
        if not depth:
            raise Refused(
                f"{field} must not be nested deeper than {MAX_DEPTH} levels, got more; "
                "send what the page or the API asks for"
            )
        if isinstance(value, list):
            return [self._taken_in(one, field, depth - 1) for one in value]
        if not isinstance(value, dict):
            return value
        if "path" in value or "meta" in value:
            return self._file(value, field)
        return {key: self._taken_in(one, field, depth - 1) for key, one in value.items()}

    def _file(self, value: Mapping[str, Any], field: str) -> dict[str, Any]:
        name = value.get("path")
        if not isinstance(name, str):
            raise Refused(
                f"the path of {field} must be the name that its upload was answered with, "
                f"got {shown(name)}; upload the file and send that name"
            )
        path = self.find(name)
        if path is None:
            if name.lstrip().lower().startswith(("http:", "https:", "ftp:", "data:", "file:")):
                raise Refused(
                    f"{field} must be a file that was uploaded here, got an address, and addresses "
                    "are not fetched; load it yourself and upload it"
                )
            raise Refused(
                f"{field} must be a file that was uploaded here and is still kept, got one that "
                "is not; send it once more"
            )
        return {
            "path": str(path),
            "orig_name": _text(value.get("orig_name")),
            "mime_type": _text(value.get("mime_type")),
            "size": path.lstat().st_size,
            "is_stream": False,
            "meta": META,
        }

    def handed_out(self, value: Any, *, for_good: bool = False) -> Any:
        """`value` with a name instead of each file's path, and the address that serves it."""
        if isinstance(value, list | tuple):
            return [self.handed_out(one, for_good=for_good) for one in value]
        if not isinstance(value, dict):
            return value
        if isinstance(value.get("path"), str) and value.get("meta") == META:
            if value["path"].startswith("https://"):  # Gradio's own example in its API's page
                return value
            name = self.offer(Path(value["path"]), for_good=for_good)
            return {**value, "path": name, "url": f"/gradio_api/file={quote(name)}"}
        return {key: self.handed_out(one, for_good=for_good) for key, one in value.items()}


def _text(value: Any) -> str | None:
    return value[:200] if isinstance(value, str) else None
