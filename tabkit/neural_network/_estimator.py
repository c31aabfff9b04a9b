"""What the classifier and the regressor share: a template whose open steps are about the target."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
import torch
from sklearn.base import BaseEstimator, clone
from sklearn.utils import Tags, check_consistent_length
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import Tensor

from tabkit._core import InputError
from tabkit._core._processors import count_threads
from tabkit._core._random import draw_seed
from tabkit._core._weights import check_weight
from tabkit.model_selection._early_stopping import split_for_early_stopping
from tabkit.neural_network._building import build_network, choose_device, load_fitting, plan_training
from tabkit.neural_network._diagnosis import Diagnosis, diagnose_history
from tabkit.neural_network._encoder import TableEncoder
from tabkit.neural_network._learning_rate_curve import LearningRateCurve, smooth_curve
from tabkit.neural_network._modules import TabularNetwork
from tabkit.neural_network._packing import pack, unpack
from tabkit.neural_network._parameters import NetworkParameters
from tabkit.neural_network._pretrainer import TabularPretrainer
from tabkit.neural_network._settings import Extent, Settings, choose_settings
from tabkit.neural_network._threads import threads
from tabkit.neural_network._training._checkpoints import Checkpoints, fingerprint_training
from tabkit.neural_network._training._errors import TrainingDivergedError
from tabkit.neural_network._training._forward import predict_rows
from tabkit.neural_network._training._freezing import PARTS
from tabkit.neural_network._training._loss import Loss
from tabkit.neural_network._training._losses import make_loss
from tabkit.neural_network._training._net import TabularNet, list_columns
from tabkit.neural_network._training._plan import TrainingPlan
from tabkit.neural_network._training._rows import TensorRows

_RETRIES = 3


@dataclass(eq=False, repr=False)
class TabularMLP(NetworkParameters, BaseEstimator, ABC):
    """Encodes the table, sets validation rows aside, trains, and keeps the best weights."""

    __metadata_request__fit: ClassVar[dict[str, bool]] = {
        "sample_weight": True,
        "groups": True,
        "times": True,
    }

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, groups: Any = None, times: Any = None
    ) -> Self:
        """Train the network, keeping the weights that did best on a split of these rows.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_features)
            Numbers, booleans, dates, categories and text, with missing values.
        y : array-like of shape (n_rows,)
        sample_weight : array-like of shape (n_rows,), default=None
        groups : array-like of shape (n_rows,), default=None
            Rows of one group are not divided between training and validation.
        times : array-like of shape (n_rows,), default=None
            Numbers or dates: the validation rows are the last ones.

        Returns
        -------
        self : estimator

        Raises
        ------
        InputError
            If the data or a parameter cannot be used.
        TrainingDivergedError
            If the loss is no number any more, see ``on_divergence``.
        """
        self._check_parameters()
        goes_on = self.warm_start and "network_" in vars(self)
        features = self._check_features(X, y, reset=not goes_on)
        if len(features) < 2:
            raise InputError("n_samples = 1: at least 2 rows are needed")
        self._start = self.network_.state_dict() if goes_on else None
        if not goes_on:
            self._learn_target(y)
            self._learn_features(features)
        weight = check_weight(sample_weight, len(features))
        rows = self._encode(features, y, weight)
        check_consistent_length(features, groups, times)
        extent = Extent(len(rows), features.shape[1], self._n_classes)
        self.settings_ = choose_settings(self.preset, extent, vars(self))
        seed = draw_seed(self.random_state)
        with self._computing(seed):
            self._keep(self._train(rows, weight, groups, times, seed))
        return self

    def _learn_features(self, features: np.ndarray | pd.DataFrame) -> None:
        """Learn the columns, or take over what a fitted network knows of them."""
        if self.start_from is None:
            self._encoder = TableEncoder(self.max_categories).fit(features)
            return
        if not isinstance(self.start_from, TabularMLP | TabularPretrainer):
            raise InputError(f"start_from: expected a fitted network of tabkit, got {self.start_from!r}")
        check_is_fitted(self.start_from)
        known, own = (getattr(model, "feature_names_in_", None) for model in (self.start_from, self))
        if self.start_from.n_features_in_ != self.n_features_in_ or not _are_equal(known, own):
            raise InputError(
                f"start_from was fitted on the columns {_list_some(known, self.start_from.n_features_in_)}, "
                f"and X has {_list_some(own, self.n_features_in_)}: they must be the same"
            )
        self._encoder = self.start_from._encoder
        self._start = dict(self.start_from.network_.state_dict())
        if not self._has_target_of(self.start_from):
            self._start = {
                name: weight for name, weight in self._start.items() if not name.startswith("head.")
            }

    def _has_target_of(self, other: TabularMLP | TabularPretrainer) -> bool:
        """Whether the head of another network means the same as this one's."""
        classes, others = getattr(self, "classes_", None), getattr(other, "classes_", None)
        return type(self) is type(other) and _are_equal(classes, others)

    def _partial_fit(self, X: Any, y: Any, sample_weight: Any) -> Self:
        """Take each batch of these rows once, at a constant learning rate, from the weights of now."""
        self._check_parameters()
        is_first = "network_" not in vars(self)
        features = self._check_features(X, y, reset=is_first)
        if is_first:
            self._encoder = TableEncoder(self.max_categories).fit(features)
        rows = self._encode(features, y, check_weight(sample_weight, len(features)))
        extent = Extent(len(rows), features.shape[1], self._n_classes)
        chosen = choose_settings(self.preset, extent, vars(self))
        self.settings_ = replace(chosen, schedule="constant", schedule_options={}, warmup=None, max_epochs=1)
        self._start = None if is_first else self.network_.state_dict()
        seed = draw_seed(self.random_state)
        with self._computing(seed):
            net = self._train_net(rows, None, seed)
        self._history = [*getattr(self, "_history", []), *list_columns(net.history)]
        self.n_epochs_ = len(self._history)
        self._keep(net)
        return self

    def _climb(self, X: Any, y: Any, sample_weight: Any, rates: np.ndarray) -> LearningRateCurve:
        self._check_parameters()
        features = self._check_features(X, y, reset=True)
        self._learn_target(y)
        self._encoder = TableEncoder(self.max_categories).fit(features)
        rows = self._encode(features, y, check_weight(sample_weight, len(features)))
        self.settings_ = choose_settings(
            self.preset, Extent(len(rows), features.shape[1], self._n_classes), vars(self)
        )
        self._start = None
        seed = draw_seed(self.random_state)
        with self._computing(seed):
            settings = replace(self.settings_, schedule="constant", schedule_options={}, warmup=None)
            net = self._make_net(rows, None, settings, seed, None)
            return smooth_curve(*net.climb(rows, rates.tolist()))

    def _encode(self, features: np.ndarray | pd.DataFrame, y: Any, weight: np.ndarray | None) -> TensorRows:
        target = self._encode_target(y)
        check_consistent_length(features, target)
        return TensorRows(*self._encoder.transform(features), target, _as_tensor(weight))

    def _keep(self, net: TabularNet) -> None:
        net.validate, net.checkpoints = None, None
        self._start = None
        self.net_: TabularNet = net
        self.network_: TabularNetwork = net.module_
        self._loss: Loss = net.criterion_

    @property
    def history_(self) -> pd.DataFrame:
        """A row for each epoch: losses, score, learning rate, length of the gradient, speed."""
        check_is_fitted(self)
        return pd.DataFrame(self._history)

    def plot_history(self, ax: Any = None) -> Any:
        """Draw the losses by epoch with matplotlib.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            None makes a new figure.

        Returns
        -------
        ax : matplotlib Axes
        """
        losses = self.history_.set_index("epoch").filter(["train_loss", "valid_loss"])
        ax = losses.plot(ax=ax, ylabel="loss")
        ax.axvline(self.n_epochs_, linestyle="--", color="grey")
        return ax

    def diagnose(self) -> Diagnosis:
        """Say in words whether training over- or underfitted, was unsteady or stopped too soon.

        Returns
        -------
        diagnosis : Diagnosis
            With ``verdict``, ``evidence`` and ``advice``; printed, it is a sentence or two.
        """
        return diagnose_history(self.history_)

    def find_learning_rate(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        lowest: float = 1e-6,
        highest: float = 1.0,
        n_steps: int = 100,
    ) -> LearningRateCurve:
        """Train a copy for some steps at growing learning rates, to choose one by.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_features)
        y : array-like of shape (n_rows,)
        sample_weight : array-like of shape (n_rows,), default=None
        lowest : float, default=1e-6
        highest : float, default=1.0
        n_steps : int, default=100

        Returns
        -------
        curve : LearningRateCurve
            With ``frame()``, ``plot()`` and ``suggestion``. This estimator stays as it is.
        """
        return clone(self)._climb(X, y, sample_weight, np.geomspace(lowest, highest, n_steps))

    @property
    def n_parameters_(self) -> int:
        """Number of weights of the network."""
        check_is_fitted(self)
        return sum(parameter.numel() for parameter in self.network_.parameters())

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        if "network_" in state:
            # What a processor can read, whatever it was trained on, and plain.
            del state["net_"], state["_loss"]
            state["network_"] = pack(self.network_)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "network_" in state:
            self.network_ = unpack(state["network_"]).to(choose_device(self.device))
            self._loss = make_loss(**self._loss_arguments)

    def __getattr__(self, name: str) -> Any:
        if name == "net_" and "network_" in vars(self):
            self.net_ = self._wrap(self.network_, self._loss, TrainingPlan(), None)
            return self.net_.initialize()
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def _predict_rows(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        numbers, codes = self._encoder.transform(self._check_features(X, reset=False))
        with threads(count_threads(self.n_jobs)):
            predicted = predict_rows(self.network_, self._loss, TensorRows(numbers, codes))
        return predicted.double().numpy()

    def _train(
        self, rows: TensorRows, weight: np.ndarray | None, groups: Any, times: Any, seed: int
    ) -> TabularNet:
        """Train, with early stopping where rows can be spared for it."""
        split = None
        if self.early_stopping:
            split = split_for_early_stopping(
                self._stratify(rows.target),
                fraction=self.validation_fraction,
                is_classification=self._n_classes > 0,
                weight=weight,
                groups=groups,
                times=times,
                seed=seed,
            )
        if split is None:
            net = self._train_net(rows, None, seed)
        else:
            train, validation = (rows.take(torch.from_numpy(part)) for part in split)
            net = self._train_net(train, validation, seed)
        self._history = list_columns(net.history)
        self.n_epochs_ = net.best_.best_epoch or len(self._history)
        if self.refit and split is not None:
            return self._train_net(rows, None, seed, stop_after=self.n_epochs_)
        return net

    def _train_net(
        self, training: TensorRows, validation: TensorRows | None, seed: int, stop_after: int | None = None
    ) -> TabularNet:
        """Train a new net; at a lower learning rate where it diverges and this is asked for."""
        settings = self.settings_
        for retry in range(_RETRIES + 1):
            net = self._make_net(training, validation, settings, seed, stop_after)
            try:
                net.train(training, validation, self._draw_chances(training))
            except TrainingDivergedError:
                if self.on_divergence != "retry" or retry == _RETRIES:
                    raise
                settings = replace(settings, learning_rate=settings.learning_rate / 10)
                warnings.warn(
                    f"training diverged: trying again with learning_rate={settings.learning_rate:g}",
                    UserWarning,
                    stacklevel=5,
                )
            else:
                return net
        raise AssertionError

    def _make_net(
        self,
        training: TensorRows,
        validation: TensorRows | None,
        settings: Settings,
        seed: int,
        stop_after: int | None,
    ) -> TabularNet:
        torch.manual_seed(seed)
        self._loss_arguments = self._describe_loss(training)
        loss = make_loss(**self._loss_arguments)
        network = build_network(
            settings,
            self._encoder,
            training,
            loss.n_outputs(self._n_columns),
            checkpoint_gradients=self.checkpoint_gradients,
        )
        if self._start is not None:
            load_fitting(network, self._start)
        validate = None if validation is None else self._make_validation(validation)
        plan = plan_training(settings, self, seed=seed, stop_after=stop_after)
        net = self._wrap(network, loss, plan, validate)
        if self.checkpoint_dir is not None:
            fingerprint = fingerprint_training(plan, network.spec, training)
            net.checkpoints = Checkpoints(Path(self.checkpoint_dir), fingerprint, n_kept=self.n_checkpoints)
        return net

    def _wrap(self, network: TabularNetwork, loss: Loss, plan: TrainingPlan, validate: Any) -> TabularNet:
        return TabularNet(
            network,
            loss,
            plan,
            validate=validate,
            n_classes=self._n_classes,
            callbacks=list(self.callbacks) if self.callbacks else None,
            device=choose_device(self.device),
            verbose=self.verbose,
        )

    def _draw_chances(self, training: TensorRows) -> Tensor | None:
        """Chances of the rows to be drawn; None takes each once per epoch."""
        return None

    @contextmanager
    def _computing(self, seed: int) -> Iterator[None]:
        """Randomness and threads of this fit, and those of before afterwards."""
        device = torch.device(choose_device(self.device))
        forked = [device.index or 0] if device.type == "cuda" else []
        with torch.random.fork_rng(devices=forked), threads(count_threads(self.n_jobs)):
            torch.manual_seed(seed)
            yield

    def _check_parameters(self) -> None:
        for name in (
            "max_epochs",
            "batch_size",
            "n_accumulated",
            "patience",
            "validate_every",
            "n_members",
            "n_checkpoints",
        ):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InputError(f"{name}={value}: expected at least 1")
        for part in self.frozen:
            if part not in PARTS:
                raise InputError(f"frozen has {part!r}: expected {' or '.join(map(repr, PARTS))}")
        if self.on_divergence not in ("raise", "retry"):
            raise InputError(f"on_divergence={self.on_divergence!r}: expected 'raise' or 'retry'")

    def _check_features(self, X: Any, y: Any = "no_validation", *, reset: bool) -> np.ndarray | pd.DataFrame:
        """Check names and number of columns; a frame stays as it came, anything else becomes an array."""
        y = None if y is None else "no_validation"  # only whether there is one matters here
        if isinstance(X, pd.DataFrame):
            if X.empty:
                raise InputError(f"X: expected rows and columns, got a frame of shape {X.shape}")
            return validate_data(self, X, y, reset=reset, skip_check_array=True)
        # The encoder looks for infinite values, once for frames and arrays.
        return validate_data(self, X, y, reset=reset, dtype=None, ensure_all_finite=False)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        tags.non_deterministic = False
        return tags

    @property
    @abstractmethod
    def _n_classes(self) -> int:
        """Number of classes; 0 for regression."""

    @property
    @abstractmethod
    def _n_columns(self) -> int:
        """Columns of a prediction: classes or targets."""

    @abstractmethod
    def _learn_target(self, y: Any) -> None:
        """Learn the classes, or the scale of the values."""

    @abstractmethod
    def _encode_target(self, y: Any) -> Tensor:
        """Codes of the classes, or standardised values."""

    @abstractmethod
    def _stratify(self, target: Tensor | None) -> np.ndarray:
        """What the split for early stopping is stratified by."""

    @abstractmethod
    def _describe_loss(self, training: TensorRows) -> dict[str, Any]:
        """The arguments of `make_loss`."""

    @abstractmethod
    def _make_validation(self, validation: TensorRows) -> Any:
        """From predictions of the validation rows to a score, greater is better; None for the loss."""


def _as_tensor(weight: np.ndarray | None) -> Tensor | None:
    return None if weight is None else torch.from_numpy(weight.astype(np.float32))


def _are_equal(first: np.ndarray | None, second: np.ndarray | None) -> bool:
    if first is None or second is None:
        return first is second
    return np.array_equal(first, second)


def _list_some(names: np.ndarray | None, n_columns: int) -> str:
    return f"({n_columns})" if names is None else f"{list(names[:5])}{', ...' if len(names) > 5 else ''}"
