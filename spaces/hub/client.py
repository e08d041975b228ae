"""What the gallery and the teams' command line ask the Hub.

Whatever goes wrong outside becomes one error, `HubUnavailable`; whatever comes in becomes one of
our own types (`spaces.hub.facts`). The Hub is only ever read, except for waking a demo.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import httpx2
from huggingface_hub import get_session
from huggingface_hub.utils import parse_datetime

from spaces.errors import NotASpace
from spaces.hub import parsing as answers
from spaces.hub import weights
from spaces.hub.addresses import hosted_subdomain, is_repo_id, parse_space
from spaces.hub.facts import DatasetFacts, ModelFacts, SpaceFacts, WeightHeader
from spaces.hub.session import Asker, Query, nonsense

Facts = TypeVar("Facts")
HUGGING_FACE = "https://huggingface.co"
HOSTS = "hf.space"
"""Below this domain demos of huggingface.co answer."""
MOST_JSON = 20_000_000
MOST_README = 500_000
FIRST_BYTES = 65_536
MOST_HEADER = 10_000_000
PAGE = 500
MOST_PAGES = 1000
MOST_CUTS = 12
MOST_COMMITS = 500
LISTED = (
    "author",
    "cardData",
    "createdAt",
    "datasets",
    "lastModified",
    "likes",
    "models",
    "runtime",
    "sdk",
    "sha",
    "subdomain",
    "tags",
)


class Hub:
    """One Hub. `timeout` bounds each answer as a whole, in seconds.

    What fails is asked again up to `retries` times. Between them it waits as long as the Hub says
    (Retry-After), if that is at most `patience` seconds in all; if it is more, it gives up at once.
    """

    def __init__(
        self,
        endpoint: str = HUGGING_FACE,
        token: str | None = None,
        *,
        timeout: float = 10,
        retries: int = 2,
        patience: float = 20,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.endpoint = endpoint.rstrip("/")
        self._has_token = bool(token)
        self._timeout = timeout
        self._asker = Asker(
            self.endpoint, token, timeout=timeout, retries=retries, patience=patience, sleep=sleep
        )

    def space(self, repo_id: str, *, commit: str | None = None) -> SpaceFacts | None:
        """None when there is no such Space, or not for everyone's eyes. Raises HubUnavailable.

        With a `commit`, its card and files are as they were there.
        """
        found = self._described("spaces", repo_id, commit)
        if found is None:
            return None
        answer, readme = found
        return _understood(lambda: answers.space_facts(answer, readme=readme, hosts=self._hosts))

    def model(self, repo_id: str, *, commit: str | None = None) -> ModelFacts | None:
        """As `space`, for a model's repository."""
        found = self._described("models", repo_id, commit)
        if found is None:
            return None
        answer, readme = found
        return _understood(lambda: answers.model_facts(answer, readme=readme))

    def dataset(self, repo_id: str, *, commit: str | None = None) -> DatasetFacts | None:
        """As `space`, for a dataset's repository."""
        found = self._described("datasets", repo_id, commit)
        if found is None:
            return None
        answer, readme = found
        return _understood(lambda: answers.dataset_facts(answer, readme=readme))

    def tagged_spaces(self, tag: str) -> Iterator[SpaceFacts]:
        """Every Space with that tag, most liked first, page by page as they are taken.

        A list tells neither cards nor files: `space` does. Raises HubUnavailable in the middle when
        a page cannot be had; what was yielded before is good.
        """
        query: Query = [("filter", tag), ("sort", "likes"), ("limit", PAGE)]
        query += [("expand", name) for name in LISTED]
        for item in self._pages("/api/spaces", query):
            yield _understood(
                lambda item=item: answers.space_facts(item, readme=None, hosts=self._hosts)
            )

    def find_space(self, pasted: str) -> str:
        """`owner/name` from whatever people paste. Raises NotASpace, or HubUnavailable.

        `https://owner-name.hf.space` needs the Hub: only it knows where the owner's name ends.
        """
        subdomain = hosted_subdomain(pasted)
        if subdomain is None:
            return parse_space(pasted, endpoint=self.endpoint)
        words = subdomain.split("-")
        for cut in range(1, min(len(words), MOST_CUTS)):
            repo_id = f"{'-'.join(words[:cut])}/{'-'.join(words[cut:])}"
            answer = self._info("spaces", repo_id)
            if answer is not None:
                return str(answer.get("id", repo_id))
        raise NotASpace(
            f"there is no public Space behind {subdomain}.hf.space; paste the address of its page, "
            "https://huggingface.co/spaces/owner/name"
        )

    def weight_header(self, repo_id: str, path: str) -> WeightHeader | None:
        """What a file with weights says of itself, from its first bytes; None when it is not there.

        Raises HubUnavailable; HubRefused for a gated repository.
        """
        address = f"{self.endpoint}/{repo_id}/resolve/main/{quote(path)}"
        first = self._bytes(address, 0, FIRST_BYTES) if is_repo_id(repo_id) else None
        if first is None:
            return None
        content, size = first
        wanted = weights.header_size(content)
        if len(content) < wanted <= MOST_HEADER:
            whole = self._bytes(address, 0, wanted)
            content = content if whole is None else whole[0]
        return weights.read_header(path, content, size=size)

    def commit_before(self, repo_type: str, repo_id: str, when: datetime) -> str | None:
        """The newest commit before `when`, by the dates that whoever pushed it gave.

        None when there was none, or no such repository. Raises HubUnavailable; HubRefused for a
        gated repository.
        """
        if not is_repo_id(repo_id):
            return None
        for commit in self._pages(f"/api/{repo_type}s/{repo_id}/commits/main", []):
            if _understood(lambda commit=commit: parse_datetime(commit["date"]) < when):
                return _understood(lambda commit=commit: str(commit["id"]))
        return None

    def commit_authors(self, repo_type: str, repo_id: str) -> frozenset[str]:
        """Who has commits in a repository, of its newest `MOST_COMMITS`: names in small letters.

        Empty when there is no such repository. Raises HubUnavailable; HubRefused for a gated one.
        """
        if not is_repo_id(repo_id):
            return frozenset()
        pages = self._pages(f"/api/{repo_type}s/{repo_id}/commits/main", [])
        return frozenset(
            name.casefold()
            for commit in islice(pages, MOST_COMMITS)
            for name in _understood(
                lambda commit=commit: [str(one["user"]) for one in commit.get("authors", ())]
            )
        )

    def wake(self, repo_id: str) -> None:
        """Asks a sleeping demo to start; it takes minutes until it answers.

        An owner's token restarts it; anybody wakes it by a visit. Raises HubUnavailable.
        """
        if not is_repo_id(repo_id):
            return
        address = f"{self.endpoint}/api/spaces/{repo_id}/restart"
        if self._has_token and self._asker.ask("POST", address, most=MOST_JSON).status < 400:
            return
        answer = self._info("spaces", repo_id)
        host = answer.get("host") if answer else None
        if isinstance(host, str) and self._is_trusted(host):
            _visit(host, self._timeout)

    @property
    def _hosts(self) -> str | None:
        return HOSTS if self.endpoint == HUGGING_FACE else None

    def _is_trusted(self, host: str) -> bool:
        """Demos of huggingface.co run below its own domain; of another Hub, on that Hub."""
        name = urlsplit(host).hostname or ""
        return name.endswith(f".{HOSTS}") or name == urlsplit(self.endpoint).hostname

    def _pages(self, path: str, query: Query) -> Iterator[Any]:
        """The items of a list, however many pages it has; none when there is no such list."""
        for _ in range(MOST_PAGES):
            reply = self._asker.ask("GET", f"{self.endpoint}{path}", query=query, most=MOST_JSON)
            if reply.is_missing:
                return
            page = reply.json()
            if not isinstance(page, list):
                raise nonsense("a list")
            yield from page
            if reply.next_page is None:
                return
            # Wherever the link leads, it is this Hub that is asked, and that sees the token.
            following = urlsplit(reply.next_page)
            path, query = f"{following.path}?{following.query}", []
        raise nonsense(f"a list of at most {MOST_PAGES} pages")

    def _info(self, kind: str, repo_id: str, commit: str | None = None) -> dict[str, Any] | None:
        if not is_repo_id(repo_id):
            return None
        address = f"{self.endpoint}/api/{kind}/{repo_id}"
        if commit is not None:
            address += f"/revision/{quote(commit, safe='')}"
        reply = self._asker.ask("GET", address, query=[("blobs", True)], most=MOST_JSON)
        if reply.is_missing:
            return None
        answer = reply.json()
        if not isinstance(answer, dict):
            raise nonsense("a repository's description")
        return answer

    def _described(
        self, kind: str, repo_id: str, commit: str | None
    ) -> tuple[Mapping[str, Any], str | None] | None:
        """What the Hub says of a repository, and its README; of the newest commit, or of that."""
        answer = self._info(kind, repo_id, commit)
        if answer is None:
            return None
        path = "" if kind == "models" else f"{kind}/"
        readme = self._readme(f"{path}{answer.get('id', repo_id)}", answer)
        return (answer if commit is None else answers.as_in_readme(answer, readme)), readme

    def _readme(self, path: str, answer: dict[str, Any]) -> str | None:
        """None when there is none, or when the repository is gated and we were not let in."""
        siblings = answer.get("siblings")
        names = _understood(lambda: {one["rfilename"] for one in siblings or ()})
        if "README.md" not in names:
            return None
        revision = answer.get("sha") or "main"
        address = f"{self.endpoint}/{quote(path)}/raw/{quote(str(revision))}/README.md"
        reply = self._asker.ask("GET", address, most=MOST_README)
        return None if reply.status >= 400 else reply.content.decode("utf-8", "replace")

    def _bytes(self, address: str, start: int, stop: int) -> tuple[bytes, int | None] | None:
        """A range of a file, and the whole file's size where it is told."""
        reply = self._asker.ask(
            "GET", address, headers={"Range": f"bytes={start}-{stop - 1}"}, most=stop - start
        )
        if reply.status == 416:
            return b"", 0
        if reply.is_missing:
            return None
        told = reply.granted().headers.get("content-range", "").rpartition("/")[2]
        return reply.content, int(told) if told.isdigit() else None


def _visit(host: str, seconds: float) -> None:
    """Knocks and goes: who is still asleep need not answer."""
    with (
        suppress(httpx2.HTTPError, RuntimeError),
        get_session().stream("GET", host, timeout=seconds, follow_redirects=False),
    ):
        pass


def _understood(read: Callable[[], Facts]) -> Facts:
    try:
        return read()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise nonsense("a repository's description") from error
