"""Receiving a file, bounded in bytes, number and seconds."""

import re
import shutil
from collections import Counter
from pathlib import Path
from typing import BinaryIO

import anyio
from anyio.to_thread import run_sync
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from spaces.door.files import MAX_BYTES, Files
from spaces.door.visitor import visitor_address
from spaces.errors import Refused

MAX_FILES = 8
"""In one upload."""
FORM = 16 * 1024
"""Bytes beside the files: the form around them."""
MAX_SECONDS = 120
UNDER_WAY = 12 * MAX_BYTES
"""Bytes of all uploads that are being received at one time."""
OF_ONE_ADDRESS = 6 * MAX_BYTES
"""Of those of one network address, where it is known: so nobody keeps all others from sending."""
MAX_NAME = 100


class Uploads:
    """Receives files for `files`, from many visitors at once.

    `under_way` counts bytes by the address that sends them; several pages may share one.
    """

    def __init__(
        self,
        files: Files,
        *,
        max_seconds: float = MAX_SECONDS,
        under_way: Counter[str] | None = None,
    ) -> None:
        self._files = files
        self._max_seconds = max_seconds
        self._under_way: Counter[str] = Counter() if under_way is None else under_way

    async def receive(self, request: Request) -> list[str]:
        """The names of the files of a multipart form, in its order. Raises Refused."""
        if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
            raise Refused("an upload must be a form with files in its field “files”; send one")
        owner = visitor_address(request) or ""
        received = 0

        async def stream():
            nonlocal received
            async for chunk in request.stream():
                received += len(chunk)
                self._under_way[owner] += len(chunk)
                if received > MAX_BYTES + FORM:
                    raise Refused(
                        f"a file must have at most {MAX_BYTES // 10**6} MB, got more; "
                        "make it smaller first",
                        status=413,
                    )
                is_greedy = owner and self._under_way[owner] > OF_ONE_ADDRESS
                if is_greedy or self._under_way.total() > UNDER_WAY:
                    raise Refused(
                        "too many files are being sent at this moment; try again in a minute",
                        status=503,
                    )
                yield chunk

        try:
            with anyio.fail_after(self._max_seconds):
                form = await MultiPartParser(
                    request.headers, stream(), max_files=MAX_FILES, max_fields=MAX_FILES
                ).parse()
                try:
                    sent = [one for one in form.getlist("files") if isinstance(one, UploadFile)]
                    if not sent:
                        raise Refused(
                            "an upload must hold a file in its field “files”, got none; send one"
                        )
                    return [await run_sync(self._keep, one, owner) for one in sent]
                finally:
                    await form.close()
        except MultiPartException as error:
            raise Refused(
                f"an upload must be a whole form of at most {MAX_FILES} files, got something else "
                f"({error.message}); send it again"
            ) from error
        except TimeoutError:
            raise Refused(
                f"an upload must be done within {self._max_seconds:g} seconds, got no end; "
                "send a smaller file",
                status=408,
            ) from None
        finally:
            self._under_way[owner] -= received
            if not self._under_way[owner]:
                del self._under_way[owner]

    def _keep(self, sent: UploadFile, owner: str) -> str:
        path = self._files.place(plain_name(sent.filename or ""))
        with path.open("xb") as file:
            shutil.copyfileobj(_readable(sent), file)
        return self._files.keep_upload(path, owner=owner)


def plain_name(name: str) -> str:
    """A file's own name as it can lie in any folder and stand in any address: short, not hidden."""
    last = name.replace("\\", "/").rpartition("/")[2]
    cleaned = re.sub(r"[^\w.\- ]", "_", last).strip(". ")
    stem, suffix = Path(cleaned).stem, Path(cleaned).suffix
    short = stem.encode()[: MAX_NAME - len(suffix.encode()[:12])].decode(errors="ignore")
    return f"{short}{suffix[:12]}" or "file"


def _readable(sent: UploadFile) -> BinaryIO:
    sent.file.seek(0)
    return sent.file
