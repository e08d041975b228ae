"""The page: which event calls which handler."""

import inspect
import json
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import gradio as gr
from gradio.blocks import Block
from pydantic import BaseModel, ValidationError

from gallery.gallery import Gallery
from gallery.pages.submit.form import Samples
from gallery.pages.submit.handlers import Changes, Handlers
from gallery.pages.submit.layout import Parts, lay_out
from gallery.pages.submit.place import Place, Tab
from gallery.submissions.checking import Checker
from spaces.demo.queueing import bound
from spaces.door.blocks import GuardedBlocks
from spaces.errors import Refused

CHOSEN = """(value) => {
  document.dispatchEvent(new CustomEvent("sprint:typed", { detail: { ID: value } }));
}"""
TAKEN_AWAY = """(value) => {
  if (!document.activeElement?.closest("#" + ID)) return;
  document.dispatchEvent(new CustomEvent("sprint:typed", { detail: { [ID]: value } }));
}"""
"""The Backspace key takes entries away without `input`; `change` tells, but of filling in too."""
ALIVE = "() => { document.dispatchEvent(new CustomEvent('sprint:alive')); }"
TAKE_UP = """async (place, ...values) => {
  const unsaved = await import(document.getElementById("unsaved").href);
  return unsaved.take_up(IDS, place, values);
}"""
NOW = """(place, ...rest) => {
  const typed_at = performance.timeOrigin + performance.now();
  return [{...place, typed_at}, ...rest];
}"""
"""Says when the values were sent, so that a save that was overtaken is left out."""
ARRIVE = """(place) => {
  const asked = new URLSearchParams(location.search);
  return [{...place, event: asked.get("event") ?? "", wanted: asked.get("submission") ?? ""}];
}"""
SESSIONS = 400
"""Open pages whose saves are known in their order; Gradio keeps a copy of the page for each."""
SUMMARY = ("checked", "waiting")
THEIRS = "(place) => [{...place, wanted: String(place.submission)}]"
UP = "() => { document.querySelector('#work').scrollIntoView({block: 'start'}); }"


def build_page(gallery: Gallery, checker: Checker) -> GuardedBlocks:
    """One page for all visitors. Its endpoints are private, and safe all the same."""
    with GuardedBlocks(
        title="Hand in your demo",
        fill_width=True,
        analytics_enabled=False,
        delete_cache=(3600, 3600),
    ) as page:
        wiring = _Wiring(lay_out())
        wiring.connect(page, Handlers(gallery, checker))
        wiring.connect_ways()
    bound(page, default_concurrency_limit=8, sessions=SESSIONS)
    return page


class _Wiring:
    """Connects components with handlers, which speak of them by name."""

    _quiet: ClassVar[dict[str, Any]] = {"api_visibility": "private", "show_progress": "hidden"}

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def connect(self, page: GuardedBlocks, handlers: Handlers) -> None:
        parts, keeper = self.parts, self.parts.keeper
        first, fourth = parts.first, parts.fourth
        place: list[Block] = [keeper]
        form: list[Block] = [keeper, parts.tab, *parts.fields]
        look: list[Block] = [keeper, parts.tab, first.address, first.team_name]
        opened = self._on(page.load, handlers.open, place, js=ARRIVE)
        held: list[Block] = [keeper, *parts.fields]
        ids = json.dumps([field.elem_id for field in parts.fields])
        opened.then(None, held, held, js=TAKE_UP.replace("IDS", ids), **self._quiet)
        keeper.alive(None, js=ALIVE, **self._quiet)
        for event in (first.look.click, first.address.submit, first.team_name.submit):
            self._on(event, handlers.look_up, look, trigger_mode="once")
        for field in parts.fields:
            if isinstance(field, gr.Dropdown):
                name = json.dumps(field.elem_id)
                field.input(None, field, js=CHOSEN.replace("ID", name), **self._quiet)
                field.change(None, field, js=TAKEN_AWAY.replace("ID", name), **self._quiet)
        self._on(
            keeper.draw,
            handlers.draw,
            [keeper, *parts.fields],
            changes=("card", "story"),
            trigger_mode="always_last",
        )
        saving: dict[str, Any] = {"changes": ("keeper", "tab", *SUMMARY), "js": NOW}
        self._on(keeper.keep, handlers.keep, form, trigger_mode="always_last", **saving)
        self._on(keeper.mine, handlers.keep_mine, form, **saving)
        self._on(
            parts.waiting.tick, handlers.look_again, place, changes=SUMMARY, trigger_mode="once"
        )
        self._on(keeper.theirs, handlers.open, place, js=THEIRS)
        for event in (parts.last_step.select, fourth.again.click):
            self._on(
                event,
                handlers.check,
                form,
                changes=("keeper", "tab", "checks", *SUMMARY),
                js=NOW,
                trigger_mode="once",
                concurrency_limit=4,
            )
        self._on(fourth.submit.click, handlers.submit, form, js=NOW, trigger_mode="once")
        self._on(parts.proved.click, handlers.check_claim, place, trigger_mode="once")
        self._on(fourth.withdraw.click, handlers.withdraw, place, trigger_mode="once")
        self._on(fourth.come_back.click, handlers.come_back, place, trigger_mode="once")

    def connect_ways(self) -> None:
        """Forwards and back, which nobody but the page has to know."""
        parts = self.parts
        second, third, fourth = parts.second, parts.third, parts.fourth
        buttons = (second.back, second.forward, third.back, third.forward, fourth.back)
        for button, step in zip(buttons, (1, 3, 2, 4, 3), strict=True):
            turned = button.click(_to(step), None, parts.steps, **self._quiet)
            turned.then(None, js=UP, api_visibility="private")
        parts.edit.click(
            lambda: (gr.Column(visible=True), gr.Column(visible=False)),
            None,
            [parts.walk, parts.after],
            **self._quiet,
        )

    def _on(
        self,
        event: Callable[..., Any],
        handler: Callable[..., Changes] | Callable[..., Iterator[Changes]],
        inputs: list[Block],
        *,
        changes: tuple[str, ...] = (),
        **options: Any,
    ) -> Any:
        """`changes` names the parts that the handler may change; all when empty."""
        named = self.parts.named

        models: dict[Block, type[BaseModel]] = {
            self.parts.keeper: Place,
            self.parts.third.samples: Samples,
        }

        def taken(values: tuple[Any, ...]) -> Iterator[Any]:
            for component, value in zip(inputs, values, strict=True):
                model = models.get(component)
                if model is not None:
                    yield _read(model, value)
                elif component is self.parts.tab:
                    yield value or Tab()  # new when the page was opened, or after a restart
                elif isinstance(component, gr.Textbox):
                    yield value or ""  # the page sends text, programs may send none
                else:
                    yield value

        outputs = [named[name] for name in changes or named]

        def given(changed: Changes) -> dict[Block, Any]:
            if not changed:
                return {outputs[0]: gr.skip()}  # Gradio takes an empty mapping for one value
            return {
                named[name]: value.model_dump() if isinstance(value, BaseModel) else value
                for name, value in changed.items()
            }

        def once(request: gr.Request, *values: Any) -> dict[Block, Any]:
            changed = handler(request, *taken(values))
            assert isinstance(changed, dict), "a handler without steps gives its changes at once"
            return given(changed)

        def stepwise(request: gr.Request, *values: Any) -> Iterator[dict[Block, Any]]:
            for changed in handler(request, *taken(values)):
                assert isinstance(changed, dict), "each step gives its changes"
                yield given(changed)

        return event(
            stepwise if inspect.isgeneratorfunction(handler) else once,
            inputs,
            outputs,
            **self._quiet,
            **options,
        )


def _read(model: type[BaseModel], value: Any) -> BaseModel:
    try:
        return model.model_validate(value or {})
    except ValidationError:
        raise Refused(
            "what the page keeps of a submission must be as it was given, got something else; "
            "load the page again"
        ) from None


def _to(step: int) -> Callable[[], gr.Walkthrough]:
    return lambda: gr.Walkthrough(selected=step)
