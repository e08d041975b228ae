"""Engine settings, as `service.toml` states them: a model, its ControlNets, and bounds. No JAX."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from inference.serving.counts import Budget
from inference.serving.work import Limits

Name = Annotated[str, Field(min_length=1, max_length=60)]
Source = Annotated[str, Field(min_length=1, max_length=500)]
Gibibytes = Annotated[float, Field(gt=0, le=100_000)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class ControlNetSettings(Section):
    """`[controlnets.NAME]`."""

    source: Source
    annotator: Name | None = None
    pinned: bool = False


class MemorySettings(Section):
    """`[memory]`: of ControlNets, on each device and in host memory."""

    device_gib: Gibibytes | None = None
    host_gib: Gibibytes | None = None


class QueueSettings(Section):
    """`[queue]`: jobs that wait, and those of one client that are not done."""

    waiting: Count = Limits.waiting
    per_client: Count = Limits.per_client


class EngineSettings(Section):
    """A model, its ControlNets, and bounds."""

    model: Source = "embedded"
    upscaler: Source | None = None
    safety_checker: bool = True
    clip_skip: Annotated[int, Field(ge=0, le=100)] = 0
    controlnets: dict[Name, ControlNetSettings] = {}
    memory: MemorySettings = MemorySettings()
    queue: QueueSettings = QueueSettings()

    @property
    def budget(self) -> Budget:
        device, host = self.memory.device_gib, self.memory.host_gib
        return Budget(*(None if gib is None else int(gib * 2**30) for gib in (device, host)))
