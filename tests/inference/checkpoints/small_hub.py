"""A Hub of our own on loopback: enough of its API for the real client to list and download."""

import hashlib
import http.server
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs

COMMITS = {"main": "a" * 40, "next": "b" * 40}

_INFO = re.compile(r"/api/models/(?P<repo>[^/]+/[^/]+?)(/revision/(?P<revision>[^?]+))?(\?.*)?$")
_DATES = re.compile(r"/api/models/(?P<repo>[^/]+/[^/]+?)/paths-info/(?P<revision>[^?]+)")
_FILE = re.compile(r"/(?P<repo>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<path>[^?]+)")


class SmallHub:
    """Repositories as folders, one for each revision; `requests` is what was asked for."""

    def __init__(self, repositories: Mapping[str, Mapping[str, Path]]) -> None:
        self.repositories = repositories
        self.gated: set[str] = set()
        self.requests: list[tuple[str, str]] = []
        self.url = ""

    def downloaded(self) -> list[str]:
        """The files that were fetched, without their repository and revision."""
        found = (_FILE.match(path) for method, path in self.requests if method == "GET")
        return sorted(match["path"] for match in found if match)

    @contextmanager
    def running(self) -> Iterator["SmallHub"]:
        handler = type("Handler", (_Handler,), {"hub": self})
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    hub: SmallHub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_POST(self) -> None:
        """When files were changed, which is when they were written."""
        asked = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        match = _DATES.match(self.path)
        assert match is not None
        folder = self._folder(match["repo"], match["revision"])
        content = json.dumps([self._dated(folder, path) for path in asked["paths"]]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _dated(self, folder: Path, path: str) -> dict[str, object]:
        written = (folder / path).stat()
        date = datetime.fromtimestamp(written.st_mtime, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        commit = {"id": "c" * 40, "title": "Write it", "date": date}
        size = written.st_size
        return {"type": "file", "path": path, "size": size, "oid": "d" * 40, "lastCommit": commit}

    def log_message(self, format: str, *args: object) -> None:
        self.hub.requests.append((self.command, self.path))

    def _answer(self, *, body: bool) -> None:
        if match := _INFO.match(self.path):
            status, content, headers = self._info(match["repo"], match["revision"] or "main")
        elif match := _FILE.match(self.path):
            status, content, headers = self._file(match["repo"], match["revision"], match["path"])
        else:
            status, content, headers = 404, b"", {}
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(content)

    def _info(self, repo: str, revision: str) -> tuple[int, bytes, dict[str, str]]:
        refused = self._refused(repo, revision)
        if refused:
            return refused
        folder = self._folder(repo, revision)
        files = [p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()]
        info = {
            "id": repo,
            "modelId": repo,
            "sha": COMMITS.get(revision, revision),
            "siblings": [{"rfilename": name} for name in files],
            "tags": [],
            "private": False,
            "downloads": 0,
        }
        return 200, json.dumps(info).encode(), {"Content-Type": "application/json"}

    def _file(self, repo: str, revision: str, path: str) -> tuple[int, bytes, dict[str, str]]:
        refused = self._refused(repo, revision)
        if refused:
            return refused
        file = self._folder(repo, revision) / path
        if not file.is_file():
            return 404, b"", {"X-Error-Code": "EntryNotFound"}
        content = file.read_bytes()
        etag = hashlib.sha256(content).hexdigest()
        commit = COMMITS.get(revision, revision)
        return 200, content, {"ETag": f'"{etag}"', "X-Repo-Commit": commit}

    def _refused(self, repo: str, revision: str) -> tuple[int, bytes, dict[str, str]] | None:
        if repo in self.hub.gated:
            return 403, b"", {"X-Error-Code": "GatedRepo"}
        if repo not in self.hub.repositories:
            return 404, b"", {"X-Error-Code": "RepoNotFound"}
        if self._branch(revision) not in self.hub.repositories[repo]:
            return 404, b"", {"X-Error-Code": "RevisionNotFound"}
        return None

    def _branch(self, revision: str) -> str:
        branches = {commit: name for name, commit in COMMITS.items()}
        return branches.get(revision, revision)

    def _folder(self, repo: str, revision: str) -> Path:
        return self.hub.repositories[repo][self._branch(revision)]
