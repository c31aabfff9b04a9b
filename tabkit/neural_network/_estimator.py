"""What the classifier and the regressor share: a template whose open steps are about the target."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
import torch
from sklearn.base import BaseEstimator
from sklearn.utils import Tags, check_consistent_length
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import Tensor

from tabkit._core import InputError
from tabkit._core._processors import count_threads
from tabkit._core._random import draw_seed
from tabkit._core._weights import check_weight
from tabkit.model_selection._early_stopping import split_for_early_stopping
from tabkit.neural_network._encoder import TableEncoder, find_bins
from tabkit.neural_network._modules import NetworkSpec, TabularNetwork, initialize_from_data
from tabkit.neural_network._packing import pack, unpack
from tabkit.neural_network._parameters import NetworkParameters
from tabkit.neural_network._settings import Extent, Settings, choose_settings
from tabkit.neural_network._training._errors import TrainingDivergedError
from tabkit.neural_network._training._forward import predict_rows
from tabkit.neural_network._training._loss import Loss
from tabkit.neural_network._training._losses import make_loss
from tabkit.neural_network._training._net import TabularNet, list_columns
from tabkit.neural_network._training._plan import TrainingPlan
from tabkit.neural_network._training._rows import TensorRows

# Rows that the first weights are made from, and batch size that a scaled learning rate refers to.
_INITIALIZED_ON = 4_096
_REFERENCE_BATCH = 256
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
        features = self._check_features(X, y, reset=True)
        if len(features) < 2:
            raise InputError("n_samples = 1: at least 2 rows are needed")
        target = self._encode_target(y)
        check_consistent_length(features, target, groups, times)
        weight = check_weight(sample_weight, len(features))
        seed = draw_seed(self.random_state)
        self._encoder = TableEncoder(self.max_categories).fit(features)
        numbers, codes = self._encoder.transform(features)
        rows = TensorRows(numbers, codes, target, _as_tensor(weight))
        extent = Extent(len(rows), features.shape[1], self._n_classes)
        self.settings_ = choose_settings(self.preset, extent, vars(self))
        with self._computing(seed):
            net = self._train(rows, weight, groups, times, seed)
        net.validate = None
        self.net_, self.network_, self._loss = net, net.module_, net.criterion_
        return self

    @property
    def history_(self) -> pd.DataFrame:
        """A row for each epoch: losses, score, learning rate, length of the gradient, speed."""
        check_is_fitted(self)
        return pd.DataFrame(self._history)

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
            self.network_ = unpack(state["network_"]).to(_choose_device(self.device))
            self._loss = make_loss(**self._loss_arguments)

    def __getattr__(self, name: str) -> Any:
        if name == "net_" and "network_" in vars(self):
            self.net_ = self._wrap(self.network_, TrainingPlan(), None)
            return self.net_.initialize()
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def _predict_rows(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        numbers, codes = self._encoder.transform(self._check_features(X, reset=False))
        with _threads(count_threads(self.n_jobs)):
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
        network = TabularNetwork(self._make_spec(training, loss, settings))
        if settings.initialization == "realmlp":
            some = training.slice(0, _INITIALIZED_ON)
            initialize_from_data(network, some.numbers, some.codes)
        validate = None if validation is None else self._make_validation(validation)
        return self._wrap(network, self._make_plan(settings, seed, stop_after), validate, loss)

    def _wrap(
        self, network: TabularNetwork, plan: TrainingPlan, validate: Any, loss: Loss | None = None
    ) -> TabularNet:
        return TabularNet(
            network,
            loss or self._loss,
            plan,
            validate=validate,
            n_classes=self._n_classes,
            callbacks=list(self.callbacks) if self.callbacks else None,
            device=_choose_device(self.device),
            verbose=self.verbose,
        )

    def _make_spec(self, rows: TensorRows, loss: Loss, settings: Settings) -> NetworkSpec:
        encoder = self._encoder
        bins = None
        if settings.numeric_embedding == "piecewise_linear":
            bins = find_bins(rows.numbers[:, : encoder.n_scaled], settings.n_bins)
        chosen = asdict(settings)
        shared = {name: chosen[name] for name in NetworkSpec.__dataclass_fields__ if name in chosen}
        return NetworkSpec(
            n_numbers=encoder.n_numbers,
            n_plain_numbers=encoder.n_numbers - encoder.n_scaled,
            cardinalities=encoder.cardinalities,
            n_outputs=loss.n_outputs(self._n_columns),
            numeric_bins=bins,
            checkpoint_gradients=self.checkpoint_gradients,
            **shared,
        )

    def _make_plan(self, settings: Settings, seed: int, stop_after: int | None) -> TrainingPlan:
        chosen = {name: getattr(settings, name) for name in TrainingPlan.__dataclass_fields__ if hasattr(settings, name)}
        if self.scale_learning_rate:
            chosen["learning_rate"] *= (settings.batch_size / _REFERENCE_BATCH) ** 0.5
        return TrainingPlan(
            **chosen,
            n_epochs=settings.max_epochs,
            stop_after=stop_after,
            n_parts=self.n_accumulated,
            precision=self.precision,
            initial_scale=self.initial_scale,
            compiles=self.compile_network,
            seed=seed,
        )

    def _draw_chances(self, training: TensorRows) -> Tensor | None:
        """Chances of the rows to be drawn; None takes each once per epoch."""
        return None

    @contextmanager
    def _computing(self, seed: int) -> Iterator[None]:
        """Randomness and threads of this fit, and those of before afterwards."""
        device = torch.device(_choose_device(self.device))
        forked = [device.index or 0] if device.type == "cuda" else []
        with torch.random.fork_rng(devices=forked), _threads(count_threads(self.n_jobs)):
            torch.manual_seed(seed)
            yield

    def _check_parameters(self) -> None:
        for name in ("max_epochs", "batch_size", "n_accumulated", "patience", "validate_every", "n_members"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InputError(f"{name}={value}: expected at least 1")
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
    def _encode_target(self, y: Any) -> Tensor:
        """Codes of the classes, or standardised values; learns what is needed to go back."""

    @abstractmethod
    def _stratify(self, target: Tensor | None) -> np.ndarray:
        """What the split for early stopping is stratified by."""

    @abstractmethod
    def _describe_loss(self, training: TensorRows) -> dict[str, Any]:
        """The arguments of `make_loss`."""

    @abstractmethod
    def _make_validation(self, validation: TensorRows) -> Any:
        """From predictions of the validation rows to a score, greater is better; None for the loss."""


def _choose_device(device: str) -> str:
    if device != "auto":
        return device
    return "cuda" if torch.cuda.is_available() else "cpu"


def _as_tensor(weight: np.ndarray | None) -> Tensor | None:
    return None if weight is None else torch.from_numpy(weight.astype(np.float32))


@contextmanager
def _threads(n_threads: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(n_threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
