"""From settings to a network and the plan of its training."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from tabkit.neural_network._encoder import TableEncoder, find_bins
from tabkit.neural_network._modules import NetworkSpec, TabularNetwork, initialize_from_data
from tabkit.neural_network._parameters import TrainingParameters
from tabkit.neural_network._settings import Settings, TrainingSettings
from tabkit.neural_network._training._plan import TrainingPlan
from tabkit.neural_network._training._rows import TensorRows

# Rows that the first weights are made from, and batch size that a scaled learning rate refers to.
_INITIALIZED_ON = 4_096
_REFERENCE_BATCH = 256


def build_network(
    settings: Settings,
    encoder: TableEncoder,
    rows: TensorRows,
    n_outputs: int,
    *,
    checkpoint_gradients: bool = False,
) -> TabularNetwork:
    """Build a network for encoded rows, with its first weights.

    Parameters
    ----------
    settings : Settings
    encoder : TableEncoder
        Fitted.
    rows : TensorRows
        Training rows, for bins and first weights.
    n_outputs : int
    checkpoint_gradients : bool, default=False

    Returns
    -------
    network : TabularNetwork
        Drawn from torch's global generator.
    """
    bins = None
    if settings.numeric_embedding == "piecewise_linear":
        bins = find_bins(rows.numbers[:, : encoder.n_scaled], settings.n_bins)
    network = TabularNetwork(
        NetworkSpec(
            n_numbers=encoder.n_numbers,
            n_plain_numbers=encoder.n_numbers - encoder.n_scaled,
            cardinalities=encoder.cardinalities,
            n_outputs=n_outputs,
            numeric_bins=bins,
            checkpoint_gradients=checkpoint_gradients,
            **shared_fields(settings, NetworkSpec),
        )
    )
    if settings.initialization == "realmlp":
        some = rows.slice(0, _INITIALIZED_ON)
        initialize_from_data(network, some.numbers, some.codes)
    return network


def plan_training(
    settings: TrainingSettings,
    parameters: TrainingParameters,
    *,
    seed: int,
    stop_after: int | None = None,
    plateau_factors: tuple[float, ...] = (),
) -> TrainingPlan:
    """Plan a training from its start.

    Parameters
    ----------
    settings : TrainingSettings
    parameters : TrainingParameters
        For what no preset decides.
    seed : int
    stop_after : int or None, default=None
        Epochs.
    plateau_factors : tuple of float, default=()
        See `TrainingPlan`.

    Returns
    -------
    plan : TrainingPlan
    """
    chosen = shared_fields(settings, TrainingPlan)
    if parameters.scale_learning_rate:
        chosen["learning_rate"] *= (settings.batch_size / _REFERENCE_BATCH) ** 0.5
    return TrainingPlan(
        **chosen,
        n_epochs=settings.max_epochs,
        stop_after=stop_after,
        plateau_factors=plateau_factors,
        n_parts=parameters.n_accumulated,
        precision=parameters.precision,
        initial_scale=parameters.initial_scale,
        compiles=parameters.compile_network,
        frozen=tuple(parameters.frozen),
        unfreeze_after=parameters.unfreeze_after,
        seed=seed,
    )


def shared_fields(settings: TrainingSettings, target: Any) -> dict[str, Any]:
    """The settings that a dataclass has a field for."""
    names = {field.name for field in fields(target)}
    return {name: value for name, value in asdict(settings).items() if name in names}
