"""The cluster: Ray Serve with the replicas in it, begun and ended with the service.

Without an address it is one of this process's own, and ends with it. Ray listens on all addresses
of a machine, and runs what it is told by whoever has its token: that is made anew each time, and
stands in the environment of these processes alone.
"""

import os
import secrets
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from inference.errors import EngineUnavailable, InvalidRequest
from inference.serving.http.config import ReplicaSettings, ServiceSettings
from inference.serving.replicas.engine import ReplicatedEngine
from inference.serving.replicas.replica import Opened, Replica
from inference.serving.settings import EngineSettings

NAME = "engine"
NEEDED = "ray[serve]"
ROUTER = "inference.serving.replicas.router:HoldersFirst"
RAY = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_worker_niceness": "0"}
"""Else it tells its makers of every start, and replicas run behind all else on their machine."""
AT_WORK = 64
"""Jobs that a replica may have in the making, beside those that wait for it."""
ROUTING_SECONDS = 1.0
"""Between two looks at what each replica holds."""


@contextmanager
def replicated(
    settings: ServiceSettings, wanted: ReplicaSettings, *, opened: Opened | None = None
) -> Iterator[ReplicatedEngine]:
    """An engine of replicas, the least number of them warm; `opened` makes the engine in each.

    Raises InvalidRequest where Ray is not installed, EngineUnavailable where they do not start.
    """
    own = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    for name, value in {**RAY, **({} if wanted.address else own)}.items():
        os.environ.setdefault(name, value)  # Ray reads them as it is imported
    _require_ray()
    import ray
    from ray import serve

    here = {"_node_ip_address": "127.0.0.1", "include_dashboard": False}
    try:
        ray.init(wanted.address, log_to_driver=False, **({} if wanted.address else here))
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, signal.default_int_handler)  # Ray's ends without cleaning
        serve.start(proxy_location="Disabled")
        yield _deployed(settings, wanted, opened)
    finally:
        if ray.is_initialized():
            serve.delete(NAME) if wanted.address else serve.shutdown()
        ray.shutdown()


def _deployed(
    settings: ServiceSettings, wanted: ReplicaSettings, opened: Opened | None
) -> ReplicatedEngine:
    from ray import serve

    told = EngineSettings.model_validate(
        settings.model_dump(include=set(EngineSettings.model_fields))
    )
    deployment = serve.deployment(
        name=NAME,
        ray_actor_options={
            "num_cpus": wanted.cpus,
            "num_gpus": wanted.gpus,
            "resources": {"TPU": wanted.tpus} if wanted.tpus else {},
        },
        max_ongoing_requests=settings.queue.waiting + AT_WORK,
        max_queued_requests=settings.queue.waiting,
        graceful_shutdown_timeout_s=settings.patience,
        max_constructor_retry_count=1,
        request_router_config={
            "request_router_class": ROUTER,
            "request_routing_stats_period_s": ROUTING_SECONDS,
        },
        **_scaled(wanted),
    )
    try:
        handle = serve.run(deployment(Replica).bind(told, opened), name=NAME, route_prefix=None)
    except RuntimeError as error:
        raise EngineUnavailable(f"replicas must start, got {_reason()}") from error
    return ReplicatedEngine(handle)


def _scaled(wanted: ReplicaSettings) -> dict[str, Any]:
    """One number, or as many as the jobs that are not done ask for."""
    if wanted.most is None or wanted.most <= wanted.least:
        return {"num_replicas": wanted.least}
    return {
        "autoscaling_config": {
            "min_replicas": wanted.least,
            "initial_replicas": wanted.least,
            "max_replicas": wanted.most,
            "target_ongoing_requests": wanted.jobs,
            "upscale_delay_s": wanted.grow_after,
            "look_back_period_s": wanted.grow_after,
            "metrics_interval_s": min(wanted.grow_after / 4, 10.0),
            "downscale_delay_s": wanted.shrink_after,
        }
    }


def _require_ray() -> None:
    try:
        import ray.serve  # noqa: F401
    except ImportError as error:
        raise InvalidRequest(
            f"[replicas] needs the package {NEEDED}, got none; install it as requirements.txt pins "
            "it, or leave [replicas] out",
            field="replicas",
        ) from error


def _reason() -> str:
    """The last line of what the first replica that did not start said."""
    from ray import serve

    applications = serve.status().applications.values()
    said = [one.message for app in applications for one in app.deployments.values()]
    lines = [line.strip() for line in "\n".join(said).splitlines() if line.strip()]
    errors = [line for line in lines if "Error" in line.partition(":")[0]]
    return (errors or lines or ["no word from them"])[-1][:500]
