"""Sharding: a batch spread over devices, and parameters too where they do not fit on one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

AXIS = "devices"
SMALL = 2**14
"""Leaves of fewer numbers are whole on each device: moving them costs more than it saves."""


@dataclass(frozen=True)
class Placement:
    """The devices of a run, of all hosts, in one row.

    With `shard`, each large parameter (its optimizer state and average with it) is cut along its
    longest axis that the devices divide; the compiler gathers it where it is used (Rajbhandari et
    al. 2020, stage 3).
    """

    mesh: Mesh
    shard: bool = False

    @classmethod
    def of(cls, *, shard: bool = False, devices: Sequence[Any] | None = None) -> "Placement":
        return cls(Mesh(np.asarray(devices or jax.devices()), (AXIS,)), shard)

    @property
    def here(self) -> "Placement":
        """The devices of this host alone."""
        host = jax.process_index()
        mine = [one for one in self.mesh.devices.flat if one.process_index == host]
        return Placement.of(devices=mine)

    @property
    def count(self) -> int:
        return self.mesh.size

    @property
    def whole(self) -> NamedSharding:
        """A copy on each device."""
        return NamedSharding(self.mesh, PartitionSpec())

    @property
    def rows(self) -> NamedSharding:
        """The first axis cut into a piece for each device."""
        return NamedSharding(self.mesh, PartitionSpec(AXIS))

    def of_tree(self, tree: Any) -> Any:
        """Where each leaf of parameters, or of anything shaped like them, lies."""
        return jax.tree.map(self._of_leaf, tree)

    def _of_leaf(self, leaf: Any) -> NamedSharding:
        shape = np.shape(leaf)
        fitting = [at for at, length in enumerate(shape) if length % self.count == 0]
        if not (self.shard and fitting and np.prod(shape) >= SMALL):
            return self.whole
        longest = max(fitting, key=lambda at: shape[at])
        return NamedSharding(self.mesh, PartitionSpec(*[None] * longest, AXIS))

    def put(self, tree: Any) -> Any:
        """Parameters on their devices."""
        return jax.device_put(tree, self.of_tree(tree))

    def row_by_row(self, function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        """`function(params, rows)` for each row alone, on the device that has it.

        So what comes out of a row is the same to the bit, whatever lies beside it and wherever:
        compiled code treats the rows of a batch differently, such as those that fill no vector.
        """

        def mapped(params: Any, rows: Any) -> Any:
            def one(row: Any) -> Any:
                return jax.tree.map(lambda made: made[0], function(params, row[None]))

            return jax.lax.map(one, rows)

        held, cut = PartitionSpec(), PartitionSpec(AXIS)
        shared = jax.shard_map(
            mapped,
            mesh=self.mesh,
            in_specs=(held, cut),
            out_specs=cut,
            check_vma=False,  # kernels that others wrote do not say how their results vary
        )
        return jax.jit(shared)

    def put_rows(self, batch: Any) -> Any:
        """A global batch from the rows that this host has of it."""
        return jax.tree.map(
            lambda rows: jax.make_array_from_process_local_data(self.rows, np.asarray(rows)), batch
        )
