"""One team's part of a shared engine: its own ControlNets by its own names, defaults, limits."""

from collections.abc import Generator, Mapping
from dataclasses import replace
from typing import Any

from inference.engine import Engine
from inference.errors import CheckpointError, CheckpointNotFound, InvalidRequest, shown
from inference.request import Defaults as ModelDefaults
from inference.request import EngineInfo, GenerationRequest, Result, Update
from spaces.demo.warming import Warms
from spaces.host.listing import EMBEDDED, Defaults, DemoEntry, Limits, name_in_engine


class SharedEngine:
    """An `Engine` that shows and does what one demo may; `controls` leads from its names to the
    engine's."""

    def __init__(
        self,
        engine: Engine,
        *,
        controls: Mapping[str, str],
        defaults: Defaults | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._engine = engine
        self._names = dict(controls)
        self._own = {there: here for here, there in controls.items()}
        self._limits = limits or Limits()
        info = engine.info
        most = {
            name: min(self._limits.steps, info.most_steps.get(name, self._limits.steps))
            for name in info.samplers
        }
        own = {} if defaults is None else defaults.model_dump(exclude_none=True)
        usual = {name: own.get(name, value) for name, value in vars(info.defaults).items()}
        usual["steps"] = min(usual["steps"], most.get(usual["sampler"], usual["steps"]))
        self.info: EngineInfo = replace(
            info, controls=tuple(controls), most_steps=most, defaults=ModelDefaults(**usual)
        )

    @property
    def is_warm(self) -> bool:
        """Whether the engine's first picture comes at once."""
        return self._engine.is_warm if isinstance(self._engine, Warms) else True

    def generate(
        self, request: GenerationRequest, *, client: str = ""
    ) -> Generator[Update, None, None]:
        """Raises InvalidRequest as well for what this demo does not do."""
        usual = {
            name: value
            for name, value in vars(self.info.defaults).items()
            if getattr(request, name) is None
        }
        request = request.model_copy(update=usual)
        self._require_within(request)
        controls = tuple(
            control.model_copy(update={"name": self._names[control.name]})
            for control in request.controls
        )
        updates = self._engine.generate(
            request.model_copy(update={"controls": controls}), client=client
        )
        try:
            for update in updates:
                yield self._as_own(update) if isinstance(update, Result) else update
        finally:
            updates.close()

    def _require_within(self, request: GenerationRequest) -> None:
        for control in request.controls:
            if control.name not in self._names:
                raise InvalidRequest(
                    f"control must be one of {', '.join(self._names) or 'none'}, got "
                    f"{shown(control.name)}; choose one of them",
                    field="control",
                )
        for name, asked, most in (
            ("steps", request.steps or 0, self._limits.steps),
            ("number of images", request.num_images, self._limits.num_images),
        ):
            if asked > most:
                raise InvalidRequest(
                    f"{name} must be at most {most} in this demo, got {asked}; choose fewer",
                    field=name,
                )

    def _as_own(self, result: Result) -> Result:
        """What its pictures tell of the ControlNets, in the demo's own names."""
        return replace(result, parameters=tuple(map(self._renamed, result.parameters)))

    def _renamed(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        told = parameters.get("controls")
        if not told:
            return dict(parameters)
        named = [{**one, "name": self._own.get(one["name"], one["name"])} for one in told]
        return {**parameters, "controls": named}


def shared_engine(
    engine: Engine, path: str, entry: DemoEntry, *, refused: Mapping[str, CheckpointError]
) -> SharedEngine:
    """The part of the demo at `path`. Raises CheckpointError for a ControlNet that is not there,
    with why in `refused` where it could not be loaded, and InvalidRequest for its defaults."""
    controls = {}
    for name, source in entry.controlnets.items():
        there = name_in_engine(path, name, source)
        if there in refused:
            raise refused[there]
        if there not in engine.info.controls:
            serve = "" if source == EMBEDDED else f" (--controlnet {there}={source})"
            raise CheckpointNotFound(
                f"the engine must have the ControlNet {there}{serve}, got "
                f"{', '.join(engine.info.controls) or 'none'}; let it load that one too"
            )
        controls[name] = there
    sampler = entry.defaults.sampler
    if sampler is not None and sampler not in engine.info.samplers:
        raise InvalidRequest(
            f"defaults.sampler must be one of {', '.join(engine.info.samplers)}, got "
            f"{shown(sampler)}; choose one of them",
            field="sampler",
        )
    return SharedEngine(engine, controls=controls, defaults=entry.defaults, limits=entry.limits)
