"""The demo's queue: Gradio's, with so many places in all and so many for one visitor.

Gradio's own bound counts everybody together and answers in words that no client shows. Who meets a
bound here gets an event that ends at once with a sentence, so that the page, `gradio_client` and
`curl` all show it.
"""

import time
from asyncio import Queue as Messages
from collections.abc import Collection
from typing import Any, Literal

import fastapi
import gradio as gr
from gradio import route_utils
from gradio.data_classes import PredictBodyInternal
from gradio.queueing import Event, Queue
from gradio.server_messages import EventMessage, ProcessCompletedMessage
from gradio.utils import LRUCache, error_payload

from spaces.door.visitor import visitor_address

IN_ALL = 64
"""Jobs of one lane, waiting and running; a lane is a Gradio `concurrency_id`."""
PER_ADDRESS = 24
"""A classroom behind one address still fits."""
PER_SESSION = 8
"""The page itself never has more than three; the rest is for programs."""
UNLIMITED_IN_ALL = 1000
"""For lanes without a limit on what runs at once: their jobs only wait for something."""
SECONDS_UNREAD = 60.0
"""How long the answers of a session that has no job any more are kept for whoever fetches them."""
SESSIONS = 100
"""Sessions whose copy of the page's configuration Gradio keeps (0.1 MB each).

It serves components that change their properties for one visitor and deep links, and is made again
for a session that comes back.
"""


def bound(
    demo: gr.Blocks,
    *,
    default_concurrency_limit: int = 1,
    lanes_of_page: Collection[str] = (),
    sessions: int = SESSIONS,
    beside: "list[BoundedQueue] | None" = None,
) -> "BoundedQueue":
    """Gives `demo` a bounded queue as its only way in, and bounds what is kept of its sessions.

    `lanes_of_page` are those of which the page itself says in its place why a job failed, by
    `why_failed`; of others Gradio's page shows the sentence in a corner. `sessions` is how many
    may have state at a time (`gr.State`, mostly); the least recently used gives way. `beside` are
    the queues of other pages whose jobs count towards the same bounds; this one joins them.
    """
    demo.queue(default_concurrency_limit=default_concurrency_limit, api_open=False)
    demo.state_session_capacity = sessions
    queue = BoundedQueue(
        demo,
        default_concurrency_limit=default_concurrency_limit,
        lanes_of_page=lanes_of_page,
        beside=[] if beside is None else beside,
    )
    demo._queue = queue
    return queue


class BoundedQueue(Queue):
    """The queue of one page. Made by `bound`."""

    def __init__(
        self,
        demo: gr.Blocks,
        *,
        default_concurrency_limit: int,
        lanes_of_page: Collection[str],
        beside: "list[BoundedQueue]",
    ) -> None:
        super().__init__(
            live_updates=True,
            concurrency_count=demo.max_threads,
            update_intervals=1,
            max_size=None,
            blocks=demo,
            default_concurrency_limit=default_concurrency_limit,
        )
        self._lanes_of_page = lanes_of_page
        self._counted = beside
        beside.append(self)
        self._failed: LRUCache[tuple[str, str], str] = LRUCache(SESSIONS)
        self._last_push: dict[str, float] = {}

    async def push(
        self, body: PredictBodyInternal, request: fastapi.Request, username: str | None
    ) -> tuple[
        bool,
        str | list[dict[str, Any]],
        Literal["success", "error", "queue_full", "validator_error"],
    ]:
        """Takes a job, or answers it with the sentence that says which bound is met."""
        now = time.monotonic()
        self._forget_unread(now)
        fn = route_utils.get_fn(self.blocks, None, body)
        event = Event(body.session_hash, fn, request, username)
        sentence = self._refusal(event)
        if sentence is not None:
            self._note(event.session_hash, now)
            return self._refuse(event, sentence)
        taken = await super().push(body, request, username)
        if body.session_hash is not None:
            self._note(body.session_hash, now)
        return taken

    def send_message(self, event: Event, event_message: EventMessage) -> None:
        """Sends it on. A failure that the page says in its place is noted, and not in a corner."""
        if isinstance(event_message, ProcessCompletedMessage) and self._is_said_by_page(event):
            key = (event.session_hash, event.concurrency_id)
            sentence = event_message.output.get("error")
            if event_message.success or not isinstance(sentence, str):
                self._failed.pop(key, None)
            else:
                self._failed[key] = sentence
                event_message.output["visible"] = False
        super().send_message(event, event_message)

    def why_failed(self, session_hash: str | None, lane: str) -> str | None:
        """The sentence with which the session's last job of that lane failed; None without one.

        It stays until another one ends there: of two that failed together, both are asked about.
        """
        return self._failed.get((session_hash or "", lane))

    def compute_analytics_summary(self, records: Any) -> dict[str, Any]:
        """Nothing: it is for a page that we do not serve, and reads all of the last 10,000 jobs
        whenever one ends."""
        return self.cached_event_analytics_summary

    def _refusal(self, event: Event) -> str | None:
        lane = [
            other
            for queue in self._counted
            for other in queue.event_ids_to_events.values()
            if other.concurrency_id == event.concurrency_id
        ]
        most = UNLIMITED_IN_ALL if event.fn.concurrency_limit is None else IN_ALL
        if len(lane) >= most:
            return (
                f"The queue holds at most {most} jobs and is full; try again in a minute, when "
                "some of them are done."
            )
        if sum(other.session_hash == event.session_hash for other in lane) >= PER_SESSION:
            return (
                f"One visitor may have {PER_SESSION} jobs in the queue, and you have as many; "
                "wait until one is done, then try again."
            )
        address = visitor_address(event.request)
        if address is None:
            return None
        if sum(visitor_address(other.request) == address for other in lane) >= PER_ADDRESS:
            return (
                f"One network address may have {PER_ADDRESS} jobs in the queue, and yours has as "
                "many; wait until some are done, then try again."
            )
        return None

    def _refuse(self, event: Event, sentence: str) -> tuple[bool, str, Literal["success"]]:
        """An event that has ended already, for whoever fetches its answer."""
        session = event.session_hash
        unread = self.pending_event_ids_session.setdefault(session, set())
        if len(unread) >= 2 * PER_SESSION:  # a program that asks and asks, and reads nothing
            raise fastapi.HTTPException(429, sentence)
        unread.add(event._id)
        if session not in self.pending_messages_per_session:
            self.pending_messages_per_session[session] = Messages()
        payload = error_payload(gr.Error(sentence), show_error=False)
        self.send_message(event, ProcessCompletedMessage(output=payload, success=False))
        return True, event._id, "success"

    def _is_said_by_page(self, event: Event) -> bool:
        is_of_page = event.fn.api_visibility == "private"  # programs have lanes in common with it
        return is_of_page and event.concurrency_id in self._lanes_of_page

    def _note(self, session: str, now: float) -> None:
        self._last_push.pop(session, None)
        self._last_push[session] = now  # at the end, as its order is that of time

    def _forget_unread(self, now: float) -> None:
        """Drops the answers of sessions that have no job and were last heard of long ago.

        Gradio keeps them for a reader who may never come, and a little of every session for ever.
        """
        busy = {event.session_hash for event in self.event_ids_to_events.values()}
        for session, pushed in list(self._last_push.items()):
            if now - pushed <= SECONDS_UNREAD:
                break
            if session in busy:
                self._note(session, now)
                continue
            del self._last_push[session]
            self.pending_messages_per_session.pop(session, None)
            self.pending_event_ids_session.pop(session, None)
