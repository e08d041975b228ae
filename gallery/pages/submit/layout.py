"""The whole page: the steps, and beside them the card that is always in view."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import gradio as gr
from gradio.blocks import Block

from gallery.pages.submit import form
from gallery.pages.submit.place import Place
from gallery.pages.submit.steps import (
    AddressStep,
    ChecksStep,
    FoundStep,
    StoryStep,
    address_step,
    checks_step,
    found_step,
    plain,
    story_step,
    timed,
)
from gallery.pages.submit.widgets import widget

TICK = 2.0
"""Seconds between two looks whether the checks are done."""


@dataclass(frozen=True)
class Parts:
    """Everything on the page that events start from or write to."""

    keeper: gr.HTML
    """Holds the `Place`, and says whether all is saved."""
    tab: gr.State
    """Holds the `Tab`, on the server."""
    head: gr.HTML
    standing: gr.HTML
    """Whether the demo is in."""
    proved: gr.Button
    """Shown while it waits for a proof that the Space is the team's."""
    notice: gr.HTML
    walk: gr.Column
    steps: gr.Walkthrough
    first: AddressStep
    second: FoundStep
    third: StoryStep
    fourth: ChecksStep
    last_step: gr.Step
    after: gr.Column
    done: gr.HTML
    edit: gr.Button
    card: gr.HTML
    checked: gr.HTML
    """What the checks said last, in a line."""
    waiting: gr.Timer
    """Ticks while checks are to come."""
    deadline: gr.HTML

    @property
    def named(self) -> dict[str, Block]:
        """What handlers may change, by name."""
        return dict(_components(self))

    @property
    def fields(self) -> list[Block]:
        """The form's, in its order."""
        named = self.named
        return [named[name] for name in form.FIELDS]


def _components(part: object) -> Iterator[tuple[str, Block]]:
    for one in fields(part):  # type: ignore[arg-type]  # a dataclass, as all parts are
        value = getattr(part, one.name)
        if isinstance(value, Block):
            yield one.name, value
        else:
            yield from _components(value)


def lay_out() -> Parts:
    """Makes the components, inside a `gr.Blocks`."""
    keeper = widget("keeper", value=Place(), render=False)
    with gr.Column(elem_id="submit-page"):
        head = timed("head")
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="work"):
                standing = timed("standing")
                proved = gr.Button("Check it now", visible=False, elem_id="proved")
                notice = plain("notice")
                with gr.Column(elem_id="walk") as walk, gr.Walkthrough(selected=1) as steps:
                    with gr.Step("Address", id=1):
                        first = address_step()
                    with gr.Step("What we found", id=2):
                        second = found_step()
                    with gr.Step("Story and pictures", id=3):
                        third = story_step()
                    with gr.Step("Checks", id=4) as last_step:
                        fourth = checks_step()
                with gr.Column(elem_id="after", visible=False) as after:
                    done = timed("done")
                    edit = gr.Button("Go on editing", elem_id="edit")
            with gr.Column(elem_id="aside"):
                card = plain("card")
                keeper.render()
                checked = plain("checked")
                waiting = gr.Timer(TICK, active=False)
                deadline = timed("deadline")
    return Parts(
        keeper=keeper,
        tab=gr.State(),
        head=head,
        standing=standing,
        proved=proved,
        notice=notice,
        walk=walk,
        steps=steps,
        first=first,
        second=second,
        third=third,
        fourth=fourth,
        last_step=last_step,
        after=after,
        done=done,
        edit=edit,
        card=card,
        checked=checked,
        waiting=waiting,
        deadline=deadline,
    )
