"""What values the parameters of the networks may have."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np

from tabkit._core import InputError
from tabkit._core._sklearn import make_interval, make_options
from tabkit.neural_network._callbacks import refuse_callback
from tabkit.neural_network._parameters import NetworkParameters
from tabkit.neural_network._training._freezing import PARTS

_COUNT = make_interval(Integral, 1, None, closed="left")
_POSITIVE = make_interval(Real, 0, None, closed="neither")
_FROM_ZERO = make_interval(Real, 0, None, closed="left")
_SHARE = make_interval(Real, 0, 1, closed="left")
_MAYBE_COUNT = [_COUNT, None]
_MAYBE_FROM_ZERO = [_FROM_ZERO, None]

# What is not here is checked where it is used, with a suggestion.
SHARED: dict[str, Any] = {
    "preset": [str],
    "hidden_sizes": ["array-like", None],
    "activation": [str, None],
    "dropout": [_SHARE, None],
    "normalization": [str, None],
    "residual": ["boolean", None],
    "n_members": _MAYBE_COUNT,
    "member_adapters": [str, None],
    "numeric_embedding": [str, None],
    "numeric_embedding_size": _MAYBE_COUNT,
    "embedding_size": [_COUNT, make_options("auto"), None],
    "max_one_hot": [make_interval(Integral, 0, None, closed="left"), None],
    "initialization": [str, None],
    "mixup": _MAYBE_FROM_ZERO,
    "l1": _MAYBE_FROM_ZERO,
    "weight_decay": _MAYBE_FROM_ZERO,
    "optimizer": [str, type, None],
    "optimizer_options": [Mapping, None],
    "learning_rate": [_POSITIVE, None],
    "scale_learning_rate": ["boolean"],
    "schedule": [str, None],
    "schedule_options": [Mapping, None],
    "warmup": _MAYBE_FROM_ZERO,
    "max_epochs": _MAYBE_COUNT,
    "batch_size": _MAYBE_COUNT,
    "n_accumulated": [_COUNT],
    "clip_norm": [_POSITIVE, None],
    "average_decay": [_SHARE, None],
    "checkpoint_gradients": ["boolean"],
    "precision": [str],
    "initial_scale": [_POSITIVE],
    "compile_network": ["boolean"],
    "device": [str],
    "early_stopping": ["boolean"],
    "validation_fraction": [make_interval(Real, 0, 1, closed="neither")],
    "patience": _MAYBE_COUNT,
    "validate_every": _MAYBE_COUNT,
    "refit": ["boolean", None],
    "on_divergence": [make_options("raise", "retry")],
    "n_checkpoints": [_COUNT],
    "max_categories": _MAYBE_COUNT,
    "strict": ["boolean"],
    "callbacks": [list, tuple, None],
    "frozen": [list, tuple],
    "unfreeze_after": _MAYBE_COUNT,
    "warm_start": ["boolean"],
    "verbose": ["verbose"],
    "random_state": ["random_state"],
    "n_jobs": [Integral, None],
}
OF_CLASSES: dict[str, Any] = {
    "label_smoothing": [_SHARE, None],
    "focal_gamma": _MAYBE_FROM_ZERO,
}
OF_VALUES: dict[str, Any] = {"huber_delta": [_POSITIVE]}
OF_PRETRAINING: dict[str, Any] = {
    **{
        name: SHARED[name]
        for name in ("preset", "hidden_sizes", "max_categories", "strict", "device", "n_jobs")
    },
    "method": [make_options("vime", "scarf")],
    "corruption": [make_interval(Real, 0, 1, closed="neither")],
    "max_epochs": [_COUNT],
    "batch_size": [_COUNT],
    "learning_rate": [_POSITIVE],
    "random_state": ["random_state"],
}


def check_together(parameters: NetworkParameters) -> None:
    """Refuse what one parameter alone does not show, with an InputError."""
    check_hidden_sizes(parameters.hidden_sizes)
    for part in parameters.frozen:
        if part not in PARTS:
            raise InputError(f"frozen has {part!r}: expected {' or '.join(map(repr, PARTS))}")
    if parameters.frozen and parameters.start_from is None and not parameters.warm_start:
        raise InputError("frozen: parts keep the weights they start with, so pass start_from or warm_start")
    if parameters.checkpoint_dir is not None and not isinstance(parameters.random_state, int | np.integer):
        raise InputError(
            "checkpoint_dir: training goes on only from the same seed, so pass a number as random_state"
        )
    for callback in parameters.callbacks or ():
        refuse_callback(callback)


def check_hidden_sizes(hidden_sizes: Any) -> None:
    """Refuse what are no numbers of units, with an InputError."""
    if hidden_sizes is None:
        return
    if not all(isinstance(size, int | np.integer) and size >= 1 for size in hidden_sizes):
        raise InputError(
            f"hidden_sizes={hidden_sizes!r}: expected whole numbers from 1 on, such as (256, 256)"
        )
