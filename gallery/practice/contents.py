"""What lies on the practice Hub: the model that ships, entrants' Spaces, one for each account."""

from pathlib import Path

from gallery.practice.entrants import entrants
from gallery.practice.kinds import DRAWING, HOUSE, Kind
from gallery.practice.small_hub.hub import SmallHub
from gallery.practice.small_hub.repository import write_readme

ROOT = Path(__file__).parents[2]
EMBEDDED = ROOT / "inference" / "embedded"
MODEL_ID = f"{HOUSE}/icons-canny"


def fill(
    hub: SmallHub,
    *,
    address: str,
    demo: str,
    tag: str,
) -> None:
    """Brings all entrants' repositories up to date; doing it again changes nothing."""
    for entrant in entrants():
        hub.add_account(entrant.account, fullname=entrant.full_name, is_open=False)
    hub.add_model(
        MODEL_ID,
        files={
            path.relative_to(EMBEDDED).as_posix(): path.read_bytes()
            for path in sorted(EMBEDDED.rglob("*"))
            if path.is_file() and "__pycache__" not in path.parts
        },
    )
    for entrant in entrants():
        add_space(
            hub,
            entrant.account,
            kind=entrant.kind,
            address=address,
            demo=demo,
            tag=tag,
            stage="APP_STARTING",
        )
    paths = {entrant.kind.name: entrant.kind.path for entrant in entrants()}
    for space in hub.shelf.all("space"):
        if space.host is not None:  # of an earlier start, when the demo had another port
            space.host = demo + paths.get(space.repo_id.partition("/")[2], "")
            hub.shelf.save(space)


def add_space(
    hub: SmallHub,
    owner: str,
    *,
    address: str,
    demo: str,
    tag: str,
    stage: str,
    kind: Kind = DRAWING,
) -> None:
    """A Space of `owner` that shows the running demo, as a fork of the template would.

    `address` is the Hub's own, for the thumbnail.
    """
    space_id = f"{owner}/{kind.name}"
    hub.add_space(
        space_id,
        readme=write_readme(
            {
                "title": kind.title,
                "emoji": kind.emoji,
                "colorFrom": "yellow",
                "colorTo": "red",
                "sdk": "gradio",
                "app_file": "app.py",
                "models": [MODEL_ID],
                "tags": [tag, *tags(kind)],
                "license": "apache-2.0",
                "short_description": kind.summary,
                "thumbnail": f"{address}/spaces/{space_id}/resolve/main/thumbnail.webp",
            },
            f"# {kind.title}\n\n{kind.summary}\n\nThe model is [{MODEL_ID}](/{MODEL_ID}).\n",
        ),
        files={"app.py": _app(space_id), "thumbnail.webp": kind.cover},
        host=demo + kind.path,
        runtime=stage,
    )


def tags(kind: Kind) -> tuple[str, ...]:
    """Of its Space, the event's aside."""
    task = ("controlnet", *kind.controls) if kind.controls else ("text-to-image",)
    return (*task, "jax")


def _app(space_id: str) -> bytes:
    return (
        f'"""The demo of {space_id}."""\n\n'
        "import sys\n\n"
        "from spaces.__main__ import main\n\n"
        f'sys.exit(main(["--model", "{MODEL_ID}"]))\n'
    ).encode()
