"""What runs on devices, and what is compiled for them."""

import threading
import time

import jax
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
    ("platform", "dtype"), [("cpu", jnp.float32), ("gpu", jnp.bfloat16), ("tpu", jnp.bfloat16)]
)
def test_networks_use_bfloat16_where_the_hardware_multiplies_it(platform: str, dtype) -> None:
    assert Devices([FakeDevice(platform, "chip")]).dtype == dtype


def test_the_devices_are_named_with_their_number() -> None:
    assert str(Devices([FakeDevice("tpu", "TPU v4")] * 4)) == "4 × TPU v4"
    assert str(Devices([FakeDevice("cpu", "cpu")])) == "cpu"


def test_each_device_computes_on_its_own_part() -> None:
    devices = Devices()
    add = devices.program(lambda params, x: params + x)
    total = add(devices.replicate(np.float32(10.0)), devices.on_each(np.arange(3.0)))
    assert np.asarray(total).tolist() == [[10.0, 11.0, 12.0]] * devices.count


def test_a_program_is_compiled_once_for_each_shape() -> None:
    devices = Devices()
    double = devices.program(lambda params, x: x * params)
    params = devices.replicate(np.float32(2.0))
    seconds = []
    for rows in (1, 2, 1, 2):
        double(params, devices.on_each(np.ones((rows, 3), np.float32)))
        seconds.append(devices.compile_seconds)
    assert 0 < seconds[0] < seconds[1]
    assert seconds[1] == seconds[2] == seconds[3]


def test_what_a_program_consumes_is_gone_and_its_memory_is_the_answers() -> None:
    devices = Devices()
    count = devices.program(lambda params, x: x + params, consumes=(1,))
    one = devices.replicate(np.float32(1.0))
    x = devices.replicate(np.zeros(3, np.float32))
    after = count(one, x)
    assert x.is_deleted()
    assert np.asarray(count(one, after)).tolist() == [[2.0] * 3] * devices.count


class SlowDevices(Devices):
    """Compiles when it is told to; `begun` says for how many rows."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: list[int] = []
        self.go_on = threading.Event()
        self.go_on.set()

    def compile(self, function, arguments, **told):
        self.begun.append(arguments[1].shape[1])
        assert self.go_on.wait(60)
        return super().compile(function, arguments, **told)


def test_what_is_prepared_is_not_run_and_a_call_then_waits_for_nothing() -> None:
    devices = SlowDevices()
    double, params = devices.program(lambda p, x: x * p), devices.replicate(np.float32(2.0))
    shapes = jax.ShapeDtypeStruct((devices.count, 4, 3), np.float32)
    double.prepare(params, shapes)
    double.prepare(params, shapes)
    assert devices.begun == [4]
    assert double(params, devices.on_each(np.ones((4, 3), np.float32))).shape[1:] == (4, 3)
    assert devices.begun == [4]
    assert devices.compile_seconds == 0.0


def test_a_call_during_a_compilation_waits_only_for_what_it_needs() -> None:
    devices = SlowDevices()
    double, params = devices.program(lambda p, x: x * p), devices.replicate(np.float32(2.0))

    def call(rows: int) -> tuple[int, ...]:
        return double(params, devices.on_each(np.ones((rows, 3), np.float32))).shape[1:]

    call(1)
    devices.go_on.clear()
    wide = jax.ShapeDtypeStruct((devices.count, 2, 3), np.float32)
    preparing = threading.Thread(target=double.prepare, args=(params, wide))
    preparing.start()
    while len(devices.begun) < 2:
        time.sleep(0.01)
    assert call(1) == (1, 3)
    waited = devices.compile_seconds
    needed: list[tuple[int, ...]] = []
    calling = threading.Thread(target=lambda: needed.append(call(2)))
    calling.start()
    calling.join(0.1)
    assert calling.is_alive()
    devices.go_on.set()
    calling.join(60)
    preparing.join(60)
    assert needed == [(2, 3)]
    assert devices.begun == [1, 2]
    assert devices.compile_seconds > waited
