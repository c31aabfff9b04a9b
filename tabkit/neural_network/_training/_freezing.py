"""Parts of a network that keep their weights for a while."""

from __future__ import annotations

from collections.abc import Collection

from tabkit.neural_network._modules import Network
from tabkit.neural_network._training._plan import TrainingPlan

# The modules and parameters at the top of a `Network`; what is unfrozen first comes first.
_CHILDREN = {"trunk": ("trunk",), "embeddings": ("numeric", "categorical", "input_scale", "tokenizer")}
PARTS = tuple(_CHILDREN)


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


def freeze(network: Network, parts: Collection[str]) -> None:
    """Let these parts keep their weights, and train all others.

    Parameters
    ----------
    network : Network
    parts : collection of {"embeddings", "trunk"}
    """
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(not any(is_of(name, part) for part in parts))


def set_training(network: Network, parts: Collection[str]) -> None:
    """Train, with the running statistics of batch normalisation kept as they are in these parts.

    Parameters
    ----------
    network : Network
    parts : collection of {"embeddings", "trunk"}
    """
    network.train()
    for name, module in network.named_modules():
        if hasattr(module, "running_mean") and any(is_of(name, part) for part in parts):
            module.eval()


def is_of(name: str, part: str) -> bool:
    """Whether a module or parameter belongs to a part.

    Examples
    --------
    >>> is_of("trunk.blocks.0.linear.bias", "trunk"), is_of("head.bias", "trunk")
    (True, False)
    """
    return name.partition(".")[0] in _CHILDREN[part]
