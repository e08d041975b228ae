"""What each of the four steps holds."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from gallery.pages.submit import form
from gallery.pages.submit.widgets import widget

REPOSITORIES = "owner/name on the Hub, then Enter"


@dataclass(frozen=True)
class AddressStep:
    """Where the demo is, and what the team has already."""

    address: gr.Textbox
    team_name: gr.Textbox
    look: gr.Button
    mine: gr.HTML


@dataclass(frozen=True)
class FoundStep:
    """What the Hub said, to be put right."""

    found: gr.HTML
    emoji: gr.Textbox
    title: gr.Textbox
    summary: gr.Textbox
    task: gr.Dropdown
    base_model: gr.Textbox
    controls: gr.Dropdown
    models: gr.Dropdown
    datasets: gr.Dropdown
    tags: gr.Dropdown
    license: gr.Dropdown
    back: gr.Button
    forward: gr.Button


@dataclass(frozen=True)
class StoryStep:
    """What only the team can tell and show."""

    samples: gr.HTML
    description: gr.Textbox
    story: gr.HTML
    links: gr.Textbox
    video: gr.Textbox
    back: gr.Button
    forward: gr.Button


@dataclass(frozen=True)
class ChecksStep:
    """What the checks say, and handing in."""

    checks: gr.HTML
    refusal: gr.HTML
    back: gr.Button
    again: gr.Button
    submit: gr.Button
    come_back: gr.Button
    withdraw: gr.Button


def timed(name: str) -> gr.HTML:
    """HTML with times in it, which become the visitor's."""
    return widget("shown", elem_id=name)


def plain(name: str) -> gr.HTML:
    """HTML from the server, as it is."""
    return gr.HTML(elem_id=name, apply_default_css=False)


def address_step() -> AddressStep:
    return AddressStep(
        address=gr.Textbox(
            label="The address of your Space",
            info="Its page on the Hub, or owner/name",
            placeholder="https://huggingface.co/spaces/owner/name",
            max_lines=1,
            elem_id="address",
        ),
        team_name=gr.Textbox(
            label="Your team's name",
            info="You are in no team yet: handing in makes one. Left empty, it is called like you",
            max_length=60,
            max_lines=1,
            visible=False,
            elem_id="team-name",
        ),
        look=gr.Button("Look it up", variant="primary", elem_id="look"),
        mine=timed("mine"),
    )


def found_step() -> FoundStep:
    found = timed("found")
    with gr.Row(elem_id="name-row"):
        emoji = gr.Textbox(label="Emoji", max_length=8, max_lines=1, elem_id="emoji")
        title = gr.Textbox(label="Title", max_length=120, max_lines=1, elem_id="title")
    summary = gr.Textbox(
        label="In one sentence",
        info="For the card, and for previews elsewhere",
        max_length=200,
        max_lines=3,
        elem_id="summary",
    )
    with gr.Row():
        task = gr.Dropdown(list(form.TASKS), label="What it does", filterable=False, elem_id="task")
        base_model = gr.Textbox(
            label="Base model",
            placeholder="runwayml/stable-diffusion-v1-5",
            max_length=200,
            max_lines=1,
            elem_id="base-model",
        )
    controls = _several("Kinds of control", "controls", form.CONTROLS, info="Choose, or type one")
    models = _several("Models", "models", info=REPOSITORIES)
    datasets = _several("Datasets", "datasets", info=REPOSITORIES)
    with gr.Row():
        tags = _several("Tags", "tags", info="A word, then Enter")
        license = gr.Dropdown(
            list(form.LICENSES),
            label="Licence",
            info="Of the demo's code",
            allow_custom_value=True,
            elem_id="license",
        )
    back, forward = _ways("Continue to the story")
    return FoundStep(
        found=found,
        emoji=emoji,
        title=title,
        summary=summary,
        task=task,
        base_model=base_model,
        controls=controls,
        models=models,
        datasets=datasets,
        tags=tags,
        license=license,
        back=back,
        forward=forward,
    )


def story_step() -> StoryStep:
    samples = widget("samples", value=form.Samples())
    description = gr.Textbox(
        label="The story",
        info="What it does, how you made it, what it cannot do; in Markdown",
        lines=10,
        max_lines=24,
        max_length=20_000,
        elem_id="description",
    )
    with gr.Accordion("How the story will look", open=False, elem_id="story-box"):
        story = plain("story")
    links = gr.Textbox(
        label="Links",
        info="One a line: a label, then the address",
        placeholder="Our code https://github.com/…",
        lines=2,
        max_lines=12,
        elem_id="links",
    )
    video = gr.Textbox(
        label="Video",
        info="Where it can be watched",
        placeholder="https://…",
        max_length=2000,
        max_lines=1,
        elem_id="video",
    )
    back, forward = _ways("Continue to the checks")
    return StoryStep(samples, description, story, links, video, back, forward)


def checks_step() -> ChecksStep:
    checks, refusal = plain("checks"), plain("refusal")
    with gr.Row(elem_classes="ways"):
        back = gr.Button("Back", elem_classes="back")
        again = gr.Button("Check again", elem_id="again")
        submit = gr.Button("Hand it in", variant="primary", elem_id="submit")
        come_back = gr.Button("Bring it back", variant="primary", visible=False)
    withdraw = gr.Button("Withdraw it", visible=False, elem_id="withdraw")
    return ChecksStep(checks, refusal, back, again, submit, come_back, withdraw)


def _several(label: str, name: str, choices: tuple[str, ...] = (), **options: Any) -> gr.Dropdown:
    return gr.Dropdown(
        list(choices),
        label=label,
        multiselect=True,
        allow_custom_value=True,
        elem_id=name,
        **options,
    )


def _ways(forward: str) -> tuple[gr.Button, gr.Button]:
    with gr.Row(elem_classes="ways"):
        return gr.Button("Back", elem_classes="back"), gr.Button(forward, variant="primary")
