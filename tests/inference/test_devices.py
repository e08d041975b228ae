"""Slots on devices, and what is compiled for them."""

import jax.numpy as jnp
import numpy as np
import pytest

from inference.devices import Devices


class FakeDevice:
    """As much of a device as its platform and name."""

    def __init__(self, platform: str, kind: str) -> None:
        self.platform = platform
        self.device_kind = kind


@pytest.mark.parametrize(
    ("devices", "images", "slots"),
    [(1, 1, 1), (1, 2, 2), (1, 3, 4), (1, 5, 8), (1, 9, 8), (4, 1, 1), (4, 5, 2), (4, 32, 8)],
)
def test_the_smallest_batch_that_fits_is_used(devices: int, images: int, slots: int) -> None:
    assert Devices([FakeDevice("tpu", "TPU v4")] * devices).slots(images) == slots


@pytest.mark.parametrize(
    ("platform", "dtype"), [("cpu", jnp.float32), ("gpu", jnp.bfloat16), ("tpu", jnp.bfloat16)]
)
def test_networks_use_bfloat16_where_the_hardware_multiplies_it(platform: str, dtype) -> None:
    assert Devices([FakeDevice(platform, "chip")]).dtype == dtype


def test_the_devices_are_named_with_their_number() -> None:
    assert str(Devices([FakeDevice("tpu", "TPU v4")] * 4)) == "4 × TPU v4"
    assert str(Devices([FakeDevice("cpu", "cpu")])) == "cpu"


def test_slots_come_back_in_order() -> None:
    devices = Devices()
    add = devices.program(lambda params, x: params + x)
    slots = np.arange(6.0, dtype=np.float32).reshape(6, 1)
    total = add(devices.replicate(np.float32(10.0)), devices.shard(slots))
    assert devices.gather(total).ravel().tolist() == [10.0, 11.0, 12.0, 13.0, 14.0, 15.0]


def test_a_program_is_compiled_once_for_each_batch_size() -> None:
    devices = Devices()
    double = devices.program(lambda params, x: x * params)
    params = devices.replicate(np.float32(2.0))
    seconds = []
    for slots in (1, 2, 1, 2):
        double(params, devices.shard(np.ones((slots, 3), np.float32)))
        seconds.append(devices.compile_seconds)
    assert 0 < seconds[0] < seconds[1]
    assert seconds[1] == seconds[2] == seconds[3]
