"""`python -m spaces publish FOLDER --to owner/name`: the Space on the Hub, and in the gallery.

Three repositories may be written: the team's model (its card, and the weights of its checkpoint),
its dataset's card, and the Space. What is there already is left; what broke is gone on with.
"""

import argparse
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi

from spaces.checks.wording import listed
from spaces.commands import hub_state, space_settings, update
from spaces.commands.answers import Answers
from spaces.commands.folder_hub import CARD_OF_DATASET, CARD_OF_MODEL
from spaces.commands.front_matter import README, problems, read_readme
from spaces.commands.hub_state import Plan, Repository
from spaces.commands.hub_words import patiently
from spaces.commands.packing import packed, weights_of
from spaces.commands.project import Project, open_project
from spaces.commands.space_settings import read_settings
from spaces.commands.submitting import TOKEN, Gallery
from spaces.errors import CannotDo, HubRefused
from spaces.hub.addresses import is_space_id
from spaces.hub.client import HUGGING_FACE

LOOK_EVERY = 3.0
WAIT_SECONDS = 1800
GOOD = ("RUNNING",)
BAD = {
    "BUILD_ERROR": "could not be built",
    "RUNTIME_ERROR": "stopped with an error",
    "CONFIG_ERROR": "has front matter that the Hub cannot use",
    "NO_APP_FILE": "has no app file",
    "PAUSED": "is paused",
    "STOPPED": "is stopped",
    "DELETING": "is being deleted",
}
MEGABYTE = 1_000_000


def add(commands: Any) -> None:
    """The command and its options."""
    publish = commands.add_parser(
        "publish",
        help="put it on the Hub, and hand it in",
        description="Puts the Space on the Hub, with all that it needs inside, waits until it "
        "runs, and hands it in to a gallery. Again, it changes only what changed.",
    )
    publish.set_defaults(run=run)
    publish.add_argument("folder", type=Path)
    publish.add_argument("--to", metavar="OWNER/NAME", help="as `new` was told, if left out")
    publish.add_argument("--dry-run", action="store_true", help="say what would be done")
    publish.add_argument(
        "--overwrite", action="store_true", help="also files that somebody else changed there"
    )
    publish.add_argument("--variable", action="append", default=[], metavar="NAME=VALUE")
    publish.add_argument(
        "--secret",
        action="append",
        default=[],
        metavar="NAME",
        help="an environment variable whose value becomes the Space's secret of that name",
    )
    publish.add_argument("--hardware", metavar="NAME", help="such as cpu-upgrade or t4-small")
    publish.add_argument(
        "--wait-seconds", type=float, default=WAIT_SECONDS, metavar="N", help="until it runs (1800)"
    )
    publish.add_argument(
        "--gallery", metavar="URL", help=f"hand it in there, with the team's token in {TOKEN}"
    )
    publish.add_argument("--event", metavar="NAME", help="the gallery's, where it has several")


def run(options: argparse.Namespace) -> int:
    project = open_project(options.folder)
    if options.to and options.to != project.answers.space_id:
        project = _renamed(project, options.to, is_for_good=not options.dry_run)
    space_id = project.answers.space_id
    if project.answers.way == "home":
        raise CannotDo(
            "the Space must be a gradio or a static one to be published, got one that is shown at "
            f"home; choose with `python -m spaces update {project.folder} --way …`"
        )
    wanted = read_settings(
        options.variable, options.secret, options.hardware, environment=os.environ
    )
    gallery = Gallery(options.gallery, os.environ.get(TOKEN)) if options.gallery else None
    api = HfApi(endpoint=os.environ.get("HF_ENDPOINT") or HUGGING_FACE)
    publishing = Publishing(api, project, space_id, wanted)
    publishing.require_owner()
    plans = list(publishing.plans(overwrites=options.overwrite))
    for plan in plans:
        print(told(plan), flush=True)
    if options.dry_run:
        for words, _ in publishing.steps(is_there=not plans[-1].creates):
            print(f"would {words}")
        print("Nothing was changed.")
        return 0
    for plan in plans:
        publishing.apply(plan)
    for words, call in publishing.steps(is_there=not plans[-1].creates):
        print(words, flush=True)
        patiently(call, words)
    address = f"{api.endpoint}/spaces/{space_id}"
    wait(api, space_id, options.wait_seconds)
    print(f"It runs: {address}", flush=True)
    if gallery is not None:
        handed = gallery.hand_in(project, space_id, options.event)
        print(f"In the gallery it is {handed.state}: {handed.address}")
        if handed.claim:
            print(f"Add this line to README.md and publish again: {handed.claim}")
    return 0


def _renamed(project: Project, space_id: str, *, is_for_good: bool) -> Project:
    """The project under another name, its files too: addresses in them are the Space's own."""
    if not is_space_id(space_id):
        raise CannotDo(f"--to must be owner/name, got {space_id[:80]!r}; correct it")
    owner, _, name = space_id.partition("/")
    steps = update.plan(project, {"owner": owner, "name": name})
    if any(step.is_conflict for step in steps):
        raise CannotDo(
            f"{project.folder} must take the name {space_id}, got a conflict in its files; see "
            f"`python -m spaces update {project.folder} --owner {owner} --name {name}`"
        )
    if is_for_good:
        update.apply(project, steps)
        return open_project(project.folder)
    values = {**project.answers.model_dump(), "owner": owner, "name": name}
    record = project.record.model_copy(update={"answers": Answers.of(values)})
    return Project(project.folder, record)


class Publishing:
    """One project on its way to the Hub."""

    def __init__(
        self, api: HfApi, project: Project, space_id: str, wanted: space_settings.Settings
    ) -> None:
        self._api = api
        self._project = project
        self._space_id = space_id
        self._wanted = wanted

    def require_owner(self) -> None:
        """Raises where the token is missing, refused, or speaks for somebody else."""
        me = patiently(self._api.whoami, "say whose token this is")
        names = [me["name"], *(one["name"] for one in me.get("orgs") or ())]
        owner = self._space_id.partition("/")[0]
        if owner.casefold() not in {name.casefold() for name in names}:
            raise CannotDo(
                f"--to must be owned by {' or '.join(names[:8])}, whose token this is, got "
                f"{owner}; take a token of theirs, or another owner"
            )

    def plans(self, *, overwrites: bool) -> Iterator[Plan]:
        """For the model and the dataset, where they are the team's, and last for the Space."""
        for repository in (*self._beside(overwrites), self._space()):
            yield hub_state.plan(self._api, repository, overwrites=overwrites)

    def apply(self, plan: Plan) -> None:
        """Raises HubRefused with a way out where the plan of the account is too small."""
        sdk = self._project.answers.way
        try:
            hub_state.apply(self._api, plan, sdk=sdk, message="Publish from the sprint's template")
        except HubRefused as error:
            is_space = plan.creates and plan.repository.repo_type == "space"
            if is_space and sdk == "gradio" and ("402" in str(error) or "403" in str(error)):
                raise HubRefused(
                    f"{error}; Gradio Spaces need a paid plan, static ones do not: "
                    f"`python -m spaces update {self._project.folder} --way static --address …`"
                ) from None
            raise

    def steps(self, *, is_there: bool) -> Iterator[tuple[str, Callable[[], object]]]:
        """Variables, secrets and hardware that differ."""
        return space_settings.steps(self._api, self._space_id, self._wanted, is_there=is_there)

    def _space(self) -> Repository:
        """Raises CannotDo where the Hub could make nothing of it."""
        values, _ = read_readme(self._project.folder)
        wrong = problems(values)
        if wrong:
            raise CannotDo(
                f"{self._project.folder / README} must have front matter that the Hub takes, got "
                f"{'; '.join(wrong)}; see `python -m spaces check {self._project.folder}`"
            )
        files = packed(self._project)
        for name in (README, str(values["app_file"])):
            if name not in files:
                raise CannotDo(
                    f"{self._project.folder} must hold {name} as a file, got none; take it back"
                )
        return Repository("space", self._space_id, files)

    def _beside(self, overwrites: bool) -> Iterator[Repository]:
        answers = self._project.answers
        card = self._project.folder / CARD_OF_MODEL / README
        if self._project.record.checkpoint and _is_own(card):
            files = {**weights_of(self._project.record.checkpoint), README: card}
            yield Repository("model", answers.own_model, files)
        card = self._project.folder / CARD_OF_DATASET / README
        if answers.dataset and _is_own(card):
            dataset = Repository("dataset", answers.dataset, {README: card})
            # Whoever published the data, with `training.prepare --push` say, described them.
            if overwrites or not hub_state.has_own(self._api, dataset, README):
                yield dataset
            else:
                print(f"{dataset.words}: its card there is left as it is")


def _is_own(card: Path) -> bool:
    """A file, and no link that leads to one elsewhere."""
    return card.is_file() and not (card.is_symlink() or card.parent.is_symlink())


def told(plan: Plan) -> str:
    """A plan in words."""
    words = plan.repository.words
    if not plan.has_changes:
        return f"{words}: nothing to change ({plan.unchanged} files)"
    size = f"{plan.size / MEGABYTE:.1f} MB"
    parts = [f"{len(plan.add)} files to upload ({size})"] if plan.add else []
    if plan.delete:
        parts.append(f"{len(plan.delete)} to delete ({listed(plan.delete[:3])})")
    if plan.unchanged:
        parts.append(f"{plan.unchanged} as they are")
    return f"{words}: {'to create, ' if plan.creates else ''}{', '.join(parts)}"


def wait(
    api: HfApi, space_id: str, seconds: float, *, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Until it runs. Raises CannotDo where it ends otherwise, or not in time."""
    until = time.monotonic() + seconds
    said = ""
    while True:
        runtime = patiently(lambda: api.get_space_runtime(space_id), "tell how the Space is doing")
        stage = str(runtime.stage)
        if stage in GOOD:
            return
        if stage in BAD:
            raise CannotDo(
                f"the Space must run, but it {BAD[stage]}; read {api.endpoint}/spaces/{space_id}"
                "?logs=container, mend what it says, and publish again"
            )
        if stage != said:
            print(f"{stage.lower().replace('_', ' ')} …", flush=True)
            said = stage
        if time.monotonic() > until:
            raise CannotDo(
                f"the Space must run within {seconds:g} seconds, got {stage}; look at "
                f"{api.endpoint}/spaces/{space_id}, or wait with --wait-seconds"
            )
        sleep(LOOK_EVERY)
