"""A visitor's session: whose turn it is, where several share an engine."""

from gradio.context import LocalContext


def visitor_session() -> str:
    """Of the event that is being handled; empty outside of one."""
    request = LocalContext.request.get(None)
    return getattr(request, "session_hash", None) or ""
