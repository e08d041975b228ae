"""Router: what `routing` says, as Ray Serve asks for it. Imported by Ray, where it is installed."""

from ray.serve.request_router import (
    FIFOMixin,
    MultiplexMixin,
    PendingRequest,
    RequestRouter,
    RunningReplica,
)

from inference.serving.replicas.routing import Standing, ranked


class HoldersFirst(FIFOMixin, MultiplexMixin, RequestRouter):
    """The ControlNets that a job needs come as the id of a model, a line each."""

    async def choose_replicas(
        self,
        candidate_replicas: list[RunningReplica],
        pending_request: PendingRequest | None = None,
    ) -> list[list[RunningReplica]]:
        wanted = "" if pending_request is None else pending_request.metadata.multiplexed_model_id
        known = {one.replica_id.unique_id: one for one in candidate_replicas}
        ranks = ranked(
            [name for name in wanted.split("\n") if name],
            {who: _standing(one) for who, one in known.items()},
        )
        return [[known[who] for who in rank] for rank in ranks]


def _standing(replica: RunningReplica) -> Standing:
    """As it was told last, which may not have been yet."""
    told = replica.routing_stats or {}
    return Standing(told.get("unfinished", 0), frozenset(told.get("held", ())))
