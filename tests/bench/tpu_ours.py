"""What our guided step costs a TPU v4-8, as JSON. Run by `tests.bench.tpu`, beside libtpu."""

import json

from tests.bench.models import SD15
from tests.bench.ours import guided_step
from tests.bench.v4_8 import V4x8


def main() -> None:
    devices = V4x8()
    step = guided_step(SD15, devices, devices.weights)
    devices.calls.clear()  # what came before is done once a picture
    step()
    names = ("controlnet", "added", "unet")
    costs = (devices.cost(call)._asdict() for call in devices.calls)
    print(json.dumps(dict(zip(names, costs, strict=True))))


if __name__ == "__main__":
    main()
