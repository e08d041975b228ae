"""Rules about a team's folder, beside the gallery's own about what is on the Hub."""

import re
from collections.abc import Iterator

from packaging.requirements import InvalidRequirement, Requirement

from spaces.checks.check import Check, Finding, failure, passed, warning
from spaces.checks.wording import listed
from spaces.commands.front_matter import problems, read_readme
from spaces.commands.merging import has_conflicts
from spaces.commands.project import RECORD, Project, read_files
from spaces.errors import CannotDo

THUMBNAIL = "thumbnail.png"
REQUIREMENTS = "requirements.txt"
UNFINISHED = re.compile(r"<!--.*?-->", re.DOTALL)


def folder_checks(project: Project) -> Iterator[Check]:
    for name, title, judge in (
        ("front_matter", "The README's front matter", _front_matter),
        ("conflicts", "Conflicts of an update", _conflicts),
        ("requirements", "Pinned requirements", _requirements),
        ("thumbnail", "The thumbnail", _thumbnail),
        ("story", "The README's story", _story),
    ):
        found = judge(project)
        yield Check(name, title, found.outcome, found.message, found.remedy)


def _front_matter(project: Project) -> Finding:
    try:
        values, _ = read_readme(project.folder)
    except CannotDo as error:
        return failure(f"{str(error)[:1].upper()}{str(error)[1:]}.", "Mend it, and check again.")
    wrong = problems(values)
    app = values.get("app_file")
    if not wrong and not (project.folder / str(app)).is_file():
        wrong = [f"app_file: there is no {app}"]
    if wrong:
        return failure(f"The Hub would not take it: {'; '.join(wrong)}.", "Correct README.md.")
    return passed("The Hub can read it.")


def _conflicts(project: Project) -> Finding:
    files = read_files(project.folder)
    marked = [
        path
        for path, content in files.items()
        if not path.startswith(f"{RECORD}/") and has_conflicts(content)
    ]
    if marked:
        return failure(
            f"Conflicts are left in {listed(marked)}.",
            "Choose between the two sides in each, and delete the lines that mark them.",
        )
    return passed("There are none.")


def _requirements(project: Project) -> Finding:
    path = project.folder / REQUIREMENTS
    if not path.is_file():
        return failure(f"There is no {REQUIREMENTS}.", "Take it back, or run `update`.")
    loose = []
    for line in path.read_text("utf-8", errors="replace").splitlines():
        text = line.partition("#")[0].strip()
        if not text:
            continue
        try:
            one = Requirement(text)
        except InvalidRequirement:
            return failure(f"{text[:80]!r} is no requirement.", "Write it as name==version.")
        if not any(each.operator == "==" for each in one.specifier):
            loose.append(one.name)
    if loose:
        return warning(
            f"Not pinned: {listed(loose)}.",
            "Pin each as name==version, so that the Space starts next month as it does today.",
        )
    return passed("Each has its version.")


def _thumbnail(project: Project) -> Finding:
    if (project.folder / THUMBNAIL).is_file():
        return passed(f"{THUMBNAIL} is there.")
    return warning(
        f"There is no {THUMBNAIL}.", "Run `check --thumbnail`, which puts a picture there."
    )


def _story(project: Project) -> Finding:
    try:
        _, text = read_readme(project.folder)
    except CannotDo:
        return failure("There is none to read.", "Write a README.md.")
    left = UNFINISHED.search(text)
    if left:
        return warning(
            "A line of the template still stands where your story belongs.",
            "Say what one can do here and what was hard, in the place of the comment.",
        )
    return passed("It is written.")
