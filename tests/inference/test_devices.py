"""Slots on devices, and what is compiled for them."""

import threading
import time

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


class SlowDevices(Devices):
    """Compiles when it is told to; `begun` says for how many slots."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: list[int] = []
        self.go_on = threading.Event()
        self.go_on.set()

    def compile(self, function, arguments):
        self.begun.append(arguments[1].shape[1])
        assert self.go_on.wait(60)
        return super().compile(function, arguments)


def _doubling(devices: Devices):
    """A program, and what calls it with so many slots."""
    double, params = devices.program(lambda p, x: x * p), devices.replicate(np.float32(2.0))
    return lambda slots: double(params, devices.shard(np.ones((slots, 3), np.float32)))


def test_what_ran_with_one_slot_is_compiled_for_more_one_program_at_a_time() -> None:
    devices = SlowDevices()
    double, again = _doubling(devices), _doubling(devices)
    for program, slots in ((double, 1), (again, 1), (double, 4)):
        program(slots)
    before = devices.compile_seconds
    widening = devices.widen(2)
    for done in ([1, 1, 4], [1, 1, 4, 2]):
        assert next(widening) == 2
        assert devices.begun == done
    assert list(widening) == []
    assert double(2).shape == again(2).shape == (1, 2, 3)
    assert devices.begun == [1, 1, 4, 2, 2]
    assert list(devices.widen(4)) == [4]  # one of the two was there
    assert devices.compile_seconds == before


def test_a_call_during_a_widening_waits_only_for_its_own_program() -> None:
    devices = SlowDevices()
    double, other = _doubling(devices), _doubling(devices)
    for program, slots in ((double, 1), (other, 1), (other, 2)):
        program(slots)
    devices.go_on.clear()
    widening = threading.Thread(target=lambda: list(devices.widen(2)))
    widening.start()
    while len(devices.begun) < 4:
        time.sleep(0.01)
    assert other(2).shape == (1, 2, 3)
    assert double(1).shape == (1, 1, 3)
    waited = devices.compile_seconds
    needed: list[tuple[int, ...]] = []
    calling = threading.Thread(target=lambda: needed.append(double(2).shape))
    calling.start()
    calling.join(0.1)
    assert calling.is_alive()
    devices.go_on.set()
    calling.join(60)
    widening.join(60)
    assert needed == [(1, 2, 3)]
    assert devices.begun == [1, 1, 2, 2]
    assert devices.compile_seconds > waited
