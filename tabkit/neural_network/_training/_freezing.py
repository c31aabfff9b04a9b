"""Parts of a network that keep their weights for a while."""

from __future__ import annotations

from collections.abc import Collection

from tabkit.neural_network._modules import TabularNetwork
from tabkit.neural_network._training._plan import TrainingPlan

# What is unfrozen first comes first.
ROLES = {
    "trunk": ("weights", "member_adapters", "normalization", "activation"),
    "embeddings": ("numeric_embedding", "categorical_embedding", "input_scale"),
}
PARTS = tuple(ROLES)


def find_frozen(plan: TrainingPlan, epoch: int) -> tuple[str, ...]:
    """Parts that are frozen in an epoch, counted from 0.

    Examples
    --------
    >>> plan = TrainingPlan(frozen=("embeddings", "trunk"), unfreeze_after=5)
    >>> find_frozen(plan, 4), find_frozen(plan, 5), find_frozen(plan, 10)
    (('trunk', 'embeddings'), ('embeddings',), ())
    """
    frozen = tuple(part for part in PARTS if part in plan.frozen)
    if plan.unfreeze_after is None:
        return frozen
    return frozen[epoch // plan.unfreeze_after :]


def freeze(network: TabularNetwork, parts: Collection[str]) -> None:
    """Let these parts keep their weights, and train all others.

    Parameters
    ----------
    network : TabularNetwork
    parts : collection of {"embeddings", "trunk"}
    """
    roles = {role for part in parts for role in ROLES[part]}
    for role, parameters in network.parameter_groups().items():
        for parameter in parameters:
            parameter.requires_grad_(role not in roles)
