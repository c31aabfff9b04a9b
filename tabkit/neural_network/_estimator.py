"""What all networks share: encode, set validation rows aside, train, keep the best weights."""

from __future__ import annotations

import os
import warnings
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from sklearn.base import clone
from sklearn.utils import Tags, check_consistent_length
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from tabkit._core import InputError
from tabkit._core._attributes import unchanged_on_error
from tabkit._core._random import draw_seed
from tabkit._core._sklearn import check_parameters
from tabkit._core._weights import check_weight
from tabkit.model_selection._early_stopping import split_for_early_stopping
from tabkit.neural_network._building import plan_training
from tabkit.neural_network._computing import choose_device, computing, threads
from tabkit.neural_network._constraints import OF_TRAINING, check_together
from tabkit.neural_network._encoder import TableEncoder
from tabkit.neural_network._inspection import InspectedTraining
from tabkit.neural_network._learning_rate_curve import LearningRateCurve, smooth_curve
from tabkit.neural_network._modules import Network
from tabkit.neural_network._packing import PackedNetwork
from tabkit.neural_network._parameters import TrainingParameters
from tabkit.neural_network._parquet import open_parquet
from tabkit.neural_network._parquet_source import EncodedRows, ParquetSource
from tabkit.neural_network._settings import Extent, TrainingSettings
from tabkit.neural_network._starting import adopt_architecture, load_fitting, take_over
from tabkit.neural_network._targets import Target
from tabkit.neural_network._training._checkpoints import Checkpoints, fingerprint_training
from tabkit.neural_network._training._errors import TrainingDivergedError
from tabkit.neural_network._training._feeds import Source, TensorSource
from tabkit.neural_network._training._forward import predict_rows
from tabkit.neural_network._training._loss import Loss
from tabkit.neural_network._training._losses import build_loss
from tabkit.neural_network._training._net import TabularNet, list_columns
from tabkit.neural_network._training._optimizers import take_moments
from tabkit.neural_network._training._rows import TensorRows, scale_weights
from tabkit.preprocessing._features import check_features, take_tables

_RETRIES = 3
# Where no rows tell when to stop, and no schedule brings training to an end: what is often best.
_UNWATCHED_EPOCHS = 40


@dataclass(eq=False, repr=False)
class TrainedNetwork(TrainingParameters, InspectedTraining, PackedNetwork, ABC):
    """A template whose open steps are the architecture, and to learn the target."""

    __metadata_request__fit: ClassVar[dict[str, bool]] = {
        "sample_weight": True,
        "groups": True,
        "times": True,
    }
    _constraints: ClassVar[dict[str, Any]] = OF_TRAINING

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, groups: Any = None, times: Any = None
    ) -> Self:
        """Train the network, keeping the weights that did best on a split of these rows.

        Parameters
        ----------
        X : frame of any library, or array-like, of shape (n_rows, n_features)
            Numbers, booleans, dates, categories and text, with missing values.
        y : array-like of shape (n_rows,)
            Of a regressor also of shape (n_rows, n_targets).
        sample_weight : array-like of shape (n_rows,), default=None
        groups : array-like of shape (n_rows,), default=None
            Rows of one group are not divided between training and validation.
        times : array-like of shape (n_rows,), default=None
            Numbers or dates, or intervals from when a row is known to when its label is: the validation
            rows are the last ones.

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
        with unchanged_on_error(self):
            rows = self._prepare(X, y, sample_weight, goes_on=self.warm_start and "network_" in vars(self))
            if len(rows) < 2:
                raise InputError("n_samples = 1: at least 2 rows are needed")
            check_consistent_length(rows.numbers, groups, times)
            seed = draw_seed(self.random_state)
            with computing(seed, choose_device(self.device), self.n_jobs):
                self._keep(self._train(rows, groups, times, seed))
        return self

    def fit_parquet(
        self,
        path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
        *,
        target: str | Sequence[str],
        weight: str | None = None,
        drop: Sequence[str] = (),
        validation: str = "random",
        n_workers: int = 1,
    ) -> Self:
        """Train on Parquet files that do not fit into memory, row group by row group.

        Scales, categories and first weights are learnt from about 100,000 rows of random row groups, the
        classes from all rows. The row groups come in random order, and the rows of those that are in memory
        together, about 65,000, too: write the file in random order, in row groups of up to 100,000 rows.

        Parameters
        ----------
        path : path or sequence of paths
            Files, or a folder of ``*.parquet``, with the same columns.
        target : str or sequence of str
            Its column; several for a network with several targets.
        weight : str, default=None
            Column of the weights of the rows.
        drop : sequence of str, default=()
            Columns that are no features.
        validation : {"random", "last"}, default="random"
            Row groups that are set aside to choose the best epoch by, ``validation_fraction`` of the rows
            and about 200,000 at most: any, or the last ones, for files in the order of time.
        n_workers : int, default=1
            Processes that read and encode ahead; the result is the same for any number.

        Returns
        -------
        self : estimator

        Raises
        ------
        InputError
            If a file, a column or a parameter cannot be used.
        TrainingDivergedError
            If the loss is no number any more, see ``on_divergence``.
        """
        self._check_parameters()
        if not isinstance(n_workers, int | np.integer) or n_workers < 0:
            raise InputError(f"n_workers={n_workers!r}: expected a whole number from 0 on")
        table = open_parquet(path, target=target, weight=weight, drop=drop)
        seed = draw_seed(self.random_state)
        fraction = self.validation_fraction if self.early_stopping else 0.0
        training, held = table.split(fraction, validation, seed)
        labels, weights = table.read_targets(table.groups)
        check_weight(weights, len(labels))
        with unchanged_on_error(self):
            X, y, sample_weight = table.read_all(table.sample(training, seed))
            sample = self._prepare(
                X,
                y,
                sample_weight,
                goes_on=self.warm_start and "network_" in vars(self),
                learnt_from=(labels, weights),
                n_rows=len(labels),
            )
            if self._target.draw_chances(sample) is not None:
                raise InputError(
                    "balanced_sampling=True: not for Parquet files, pass class_weight='balanced'"
                )
            mean_weight = 1.0 if weights is None else float(weights.mean())
            parts = [
                EncodedRows(table, groups, self._encoder, self._target, mean_weight)
                for groups in (training, held)
            ]
            rows = parts[1][range(len(held))] if held else None
            source = ParquetSource(parts[0], sample, n_workers)
            whole = ParquetSource(replace(parts[0], groups=table.groups), sample, n_workers)
            with computing(seed, choose_device(self.device), self.n_jobs):
                self._keep(self._train_from(source, rows, whole, seed))
        return self

    def _partial_fit(self, X: Any, y: Any, sample_weight: Any, labels: Any = None) -> Self:
        """Take each of these rows once, at a constant learning rate, from the weights of now."""
        self._check_parameters()
        learnt_from = None if labels is None else (labels, None)
        with unchanged_on_error(self):
            rows = self._prepare(
                X, y, sample_weight, goes_on="network_" in vars(self), learnt_from=learnt_from
            )
            self.settings_ = replace(_make_constant(self.settings_), max_epochs=1)
            source = TensorSource(rows, self._target.draw_chances(rows), takes_all=True)
            before = getattr(self, "_net", None)
            seed = draw_seed(self.random_state)
            with computing(seed, choose_device(self.device), self.n_jobs):
                net = self._train_net(source, None, seed, is_stream=True, before=before and before.optimizer_)
            self._history = [*getattr(self, "_history", []), *list_columns(net.history)]
            self.n_epochs_ = self._history[-1]["epoch"] = len(self._history)
            self._keep(net)
        return self

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

        Raises
        ------
        InputError
            If the data, a parameter or the rates cannot be used.
        """
        if not 0.0 < lowest < highest < np.inf:
            raise InputError(
                f"lowest={lowest!r}, highest={highest!r}: expected two rates, 0 < lowest < highest"
            )
        if not isinstance(n_steps, int | np.integer) or n_steps < 2:
            raise InputError(f"n_steps={n_steps!r}: expected a whole number from 2 on")
        # A clone's networks are not fitted.
        copied = clone(self).set_params(start_from=self.start_from)
        return copied._climb(X, y, sample_weight, np.geomspace(lowest, highest, n_steps).tolist())

    def _climb(self, X: Any, y: Any, sample_weight: Any, rates: list[float]) -> LearningRateCurve:
        self._check_parameters()
        rows = self._prepare(X, y, sample_weight, goes_on=False)
        seed = draw_seed(self.random_state)
        with computing(seed, choose_device(self.device), self.n_jobs):
            source = self._make_source(rows)
            net = self._make_net(source, None, _make_constant(self.settings_), seed, None)
            # What the parameter is multiplied by (scale_learning_rate).
            scale = net.plan.learning_rate / self.settings_.learning_rate
            taken, losses = net.climb(source, [scale * rate for rate in rates])
            return smooth_curve(rates[: len(taken)], losses)

    def _prepare(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        *,
        goes_on: bool,
        learnt_from: tuple[Any, np.ndarray | None] | None = None,
        n_rows: int | None = None,
    ) -> TensorRows:
        """Check and encode training rows; unless training goes on, learn columns and target first.

        Parameters
        ----------
        X, y, sample_weight : array-like
        goes_on : bool
            Whether the weights of now are where training starts.
        learnt_from : tuple of target and weights, or None, default=None
            What the target is learnt from instead of these rows.
        n_rows : int or None, default=None
            Of the whole table where these are some of its rows.

        Returns
        -------
        rows : TensorRows
        """
        features = check_features(self, X, y, reset=not goes_on)
        weight = check_weight(sample_weight, len(features))
        self._start: dict[str, Tensor] | None = None
        known: Target | None = self._target if goes_on else None
        self._target = self._learn_target(*(learnt_from or (y, weight)), known)
        target = self._target.encode(y)
        check_consistent_length(features, target)
        if goes_on:
            self._start = self.network_.state_dict()
        elif self.start_from is not None:
            self._encoder, self._start = take_over(self, self.start_from, self._target)
        if self._start is None:
            self._encoder = TableEncoder(self.max_categories)
            numbers, codes = self._encoder.fit_transform(features, strict=self.strict)
        else:
            numbers, codes = self._encoder.transform(features, strict=self.strict)
        extent = Extent(n_rows or len(features), features.shape[1], self._target.n_classes)
        self.settings_ = self._choose_settings(extent)
        if self.start_from is not None and not goes_on:
            self.settings_ = adopt_architecture(self.settings_, self.start_from, vars(self))
        mean = 1.0 if weight is None else float(weight.mean())
        return TensorRows(numbers, codes, target, scale_weights(weight, mean))

    def _keep(self, net: TabularNet) -> None:
        net.validate, net.checkpoints, net.prepare_optimizer = None, None, None
        self._start = None
        self._net = net  # whose optimiser a stream goes on with
        self.network_: Network = net.module_.eval()
        self._loss: Loss = net.criterion_

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        # Made again from what is plain.
        for name in ("_net", "_loss"):
            state.pop(name, None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "network_" in state:
            self._loss = build_loss(self._loss_described)

    def _predict_rows(self, X: Any) -> np.ndarray:
        check_is_fitted(self)
        numbers, codes = self._encoder.transform(check_features(self, X, reset=False), strict=self.strict)
        with threads(self.n_jobs):
            predicted = predict_rows(self.network_, self._loss, TensorRows(numbers, codes))
        return predicted.double().numpy()

    def _train(self, rows: TensorRows, groups: Any, times: Any, seed: int) -> TabularNet:
        """Train, with early stopping where rows can be spared for it."""
        split = None
        assert rows.target is not None
        if self.early_stopping:
            split = split_for_early_stopping(
                self._target.stratify(rows.target),
                fraction=self.validation_fraction,
                is_classification=self._target.n_classes > 0,
                weight=None if rows.weight is None else rows.weight.numpy(),
                groups=groups,
                times=times,
                seed=seed,
            )
        whole = self._make_source(rows)
        if split is None:
            if self.max_epochs is None and self.settings_.schedule in ("constant", "plateau"):
                self.settings_ = replace(self.settings_, max_epochs=_UNWATCHED_EPOCHS)
            return self._train_from(whole, None, whole, seed)
        train, validation = (rows.take(torch.from_numpy(part)) for part in split)
        return self._train_from(self._make_source(train), validation, whole, seed)

    def _train_from(
        self, source: Source, validation: TensorRows | None, whole: Source, seed: int
    ) -> TabularNet:
        """Train, keep the history, and train once more on all rows where this is asked for."""
        net = self._train_net(source, validation, seed)
        self._history = list_columns(net.history)
        self.n_epochs_ = net.best_.best_epoch or len(self._history)
        if self.settings_.refit and validation is not None:
            return self._train_net(whole, None, seed, stop_after=self.n_epochs_)
        return net

    def _make_source(self, rows: TensorRows) -> Source:
        return TensorSource(rows, self._target.draw_chances(rows))

    def _train_net(
        self,
        source: Source,
        validation: TensorRows | None,
        seed: int,
        stop_after: int | None = None,
        is_stream: bool = False,
        before: torch.optim.Optimizer | None = None,
    ) -> TabularNet:
        """Train a new net; at a lower learning rate where it diverges and this is asked for."""
        settings = self.settings_
        for retry in range(_RETRIES + 1):
            net = self._make_net(source, validation, settings, seed, stop_after)
            if not is_stream:  # whose rows do not come again
                net.checkpoints = self._open_checkpoints(net, source, validation)
            net.prepare_optimizer = None if before is None else partial(take_moments, before=before)
            try:
                net.train(source, validation)
            except TrainingDivergedError:
                if self.on_divergence != "retry" or retry == _RETRIES:
                    raise
                settings = self.settings_ = replace(settings, learning_rate=settings.learning_rate / 10)
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
        source: Source,
        validation: TensorRows | None,
        settings: TrainingSettings,
        seed: int,
        stop_after: int | None,
    ) -> TabularNet:
        torch.manual_seed(seed)
        self._loss_described = self._target.describe_loss(settings, source.targets)
        loss = build_loss(self._loss_described)
        n_at_once = min(settings.batch_size, len(source.targets)) // self.n_accumulated
        n_outputs = loss.n_outputs(self._target.n_columns)
        network = self._build_network(settings, source.sample, n_outputs, n_at_once)
        if self._start is not None:
            load_fitting(network, self._start, self.frozen)
        validate = None
        if validation is not None:
            validate = self._target.make_score(self.scoring, validation, self._loss_described)
        factors: tuple[float, ...] = ()
        if stop_after is not None:
            factors = tuple(row["plateau_factor"] for row in self._history if "plateau_factor" in row)
        plan = plan_training(settings, self, seed=seed, stop_after=stop_after, plateau_factors=factors)
        # Callbacks watch the training that is validated; another on all rows has nothing to show them.
        callbacks = self.callbacks if stop_after is None else None
        return TabularNet(
            network,
            loss,
            plan,
            validate=validate,
            n_columns=self._target.n_columns,
            callbacks=list(callbacks) if callbacks else None,
            device=choose_device(self.device),
            verbose=self.verbose,
        )

    def _open_checkpoints(
        self, net: TabularNet, source: Source, validation: TensorRows | None
    ) -> Checkpoints | None:
        if self.checkpoint_dir is None:
            return None
        aims = (self._loss_described, self.scoring)
        fingerprint = fingerprint_training(net.plan, net.module, source, validation, aims)
        return Checkpoints(Path(self.checkpoint_dir), fingerprint, n_kept=self.n_checkpoints)

    def _check_parameters(self) -> None:
        check_parameters(self, self._constraints)
        check_together(self)

    def __sklearn_tags__(self) -> Tags:
        return take_tables(super().__sklearn_tags__())

    @abstractmethod
    def _choose_settings(self, extent: Extent) -> TrainingSettings:
        """Every choice for a table of this extent."""

    @abstractmethod
    def _build_network(self, settings: Any, sample: TensorRows, n_outputs: int, n_at_once: int) -> Network:
        """A network with its first weights, trained on ``n_at_once`` rows at once, or an InputError."""

    @abstractmethod
    def _learn_target(self, y: Any, weight: np.ndarray | None, known: Target | None) -> Target:
        """Learn the classes, or the scale of the values.

        Parameters
        ----------
        y : array-like
        weight : ndarray of shape (n_rows,) or None
        known : Target or None
            What is learnt already, and kept; the parameters of now count.

        Returns
        -------
        target : Target
        """


def _make_constant(settings: TrainingSettings) -> TrainingSettings:
    """The settings without a schedule of the learning rate."""
    return replace(settings, schedule="constant", schedule_options={}, warmup=None)
