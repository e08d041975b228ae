"""The form's values, to a submission's content and back."""

import pytest

from gallery.errors import Invalid
from gallery.pages.submit.form import FIELDS, Sample, Samples, content_of, values_of
from gallery.submissions.content import SubmissionContent, Task
from tests.gallery.submissions.conftest import content

WHOLE = content(
    emoji="✎",
    summary="A few lines become a photograph.",
    description="## How\n\nWith *patience*.",
    task="inpainting",
    controls=["scribble"],
    base_model="runwayml/stable-diffusion-v1-5",
    models=["ada-l/net"],
    datasets=["ada-l/lines"],
    tags=["art"],
    license="mit",
    thumbnail="b" * 64,
    pictures=[{"digest": "a" * 64, "caption": "A house"}, {"digest": "b" * 64}],
    links=[{"label": "Our code", "url": "https://example.org/code"}],
    video="https://example.org/video",
)


@pytest.mark.parametrize("whole", [WHOLE, content()])
def test_values_and_content_are_the_same_both_ways(whole: SubmissionContent) -> None:
    assert content_of(whole.space_id, values_of(whole)) == whole


def test_an_emptied_field_is_empty_and_not_a_mistake() -> None:
    values = dict(zip(FIELDS, values_of(WHOLE), strict=True))
    for name in FIELDS:
        if name != "title":
            values[name] = None
    emptied = content_of("ada-l/demo", list(values.values()))
    assert emptied == SubmissionContent(space_id="ada-l/demo", title=WHOLE.title, task=Task.OTHER)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("links", "Our code", "a label and then an address"),
        ("links", "Our code javascript:alert(1)", "a label and then an address"),
        ("video", "ftp://example.org", "the video must be"),
        ("title", "", "title is empty"),
        ("samples", Samples(pictures=[Sample(digest="/etc/passwd")]), "pictures"),
        ("models", ["no repo"], "number 1 of the models must be owner/name"),
    ],
)
def test_a_mistake_names_its_field(field: str, value: object, sentence: str) -> None:
    values = dict(zip(FIELDS, values_of(WHOLE), strict=True))
    with pytest.raises(Invalid, match=sentence):
        content_of("ada-l/demo", list((values | {field: value}).values()))


def test_a_link_without_a_label_is_called_by_its_address() -> None:
    values = dict(zip(FIELDS, values_of(content()), strict=True)) | {
        "links": "\n  https://example.org/code \n\nPaper  https://example.org/paper"
    }
    links = content_of("ada-l/demo", list(values.values())).links
    assert [link.label for link in links] == ["example.org/code", "Paper"]
