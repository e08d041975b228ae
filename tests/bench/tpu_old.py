"""What the old guided step costs a TPU v4-8, as JSON. Run by `tests.bench.tpu`, beside libtpu."""

import json

from tests.bench.models import SD15
from tests.bench.old import OldStep
from tests.bench.v4_8 import Call, V4x8


def main() -> None:
    devices = V4x8()
    step = OldStep(SD15, devices.dtype)
    arguments = (step.params(devices.weights), *step.arrays())
    cost = devices.cost(Call(step.run, devices.replicate(arguments)))
    print(json.dumps({"step": cost._asdict()}))


if __name__ == "__main__":
    main()
