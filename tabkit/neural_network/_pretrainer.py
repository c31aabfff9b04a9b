"""Pretraining on rows without a target."""

from __future__ import annotations

import math
from typing import Any, Self, cast

import numpy as np
import torch
from sklearn.utils import Tags

from tabkit._core._random import draw_seed
from tabkit._core._sklearn import check_parameters
from tabkit.neural_network._building import build_network
from tabkit.neural_network._computing import choose_device, computing
from tabkit.neural_network._constraints import OF_PRETRAINING, check_hidden_sizes
from tabkit.neural_network._encoder import TableEncoder
from tabkit.neural_network._modules import TabularNetwork
from tabkit.neural_network._packing import PackedNetwork
from tabkit.neural_network._settings import Extent, choose_settings
from tabkit.neural_network._training._errors import TrainingDivergedError
from tabkit.neural_network._training._feeds import Feed, TensorSource
from tabkit.neural_network._training._optimizers import ParameterGroup, make_optimizer, set_learning_rate
from tabkit.neural_network._training._pretraining import corrupt, make_task
from tabkit.neural_network._training._rows import TensorRows
from tabkit.neural_network._training._schedules import make_schedule
from tabkit.preprocessing._features import check_features, take_tables


class TabularPretrainer(PackedNetwork):
    """Learns a network's weights from rows without a target, to start a supervised training from.

    Pass it, fitted, as ``start_from`` of `TabularMLPClassifier` or `TabularMLPRegressor`, which take over its
    architecture too. It pays where unlabelled rows are many and labelled ones are few.

    Parameters
    ----------
    preset : str, default="balanced"
        Of the architecture, as in `TabularMLPClassifier`.
    method : {"vime", "scarf"}, default="vime"
        "vime" finds corrupted values and what they were (Yoon et al. 2020); "scarf" tells a corrupted row
        from all others (Bahri et al. 2022, arXiv:2106.15147).
    corruption : float, default=0.3
        Share of the values that are replaced by those of other rows. Raise it for columns that tell each
        other; lower it where most columns are noise.
    hidden_sizes : sequence of int, default=None
        None takes those of the preset.
    max_epochs : int, default=50
    batch_size : int, default=256
        "scarf" gains from larger ones.
    learning_rate : float, default=1e-3
    max_categories : int, default=None
        Categories kept per column; None keeps all.
    strict : bool, default=False
        As in `TabularMLPClassifier`.
    device : str, default="auto"
    random_state : int, RandomState or None, default=None
        Seed of the first weights and the batches; None draws a new one for each fit.
    n_jobs : int, default=None
        Threads.

    Attributes
    ----------
    network_ : torch.nn.Module
    losses_ : list of float
        Mean loss of each epoch.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Where the table had names.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> pretrained = TabularPretrainer(max_epochs=2, random_state=0).fit(X)
    >>> len(pretrained.losses_)
    2
    """

    def __init__(
        self,
        preset: str = "balanced",
        *,
        method: str = "vime",
        corruption: float = 0.3,
        hidden_sizes: Any = None,
        max_epochs: int = 50,
        batch_size: int = 256,
        learning_rate: float = 1e-3,
        max_categories: int | None = None,
        strict: bool = False,
        device: str = "auto",
        random_state: int | np.random.RandomState | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.preset = preset
        self.method = method
        self.corruption = corruption
        self.hidden_sizes = hidden_sizes
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.max_categories = max_categories
        self.strict = strict
        self.device = device
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn from rows.

        Parameters
        ----------
        X : frame of any library, or array-like, of shape (n_rows, n_features)
        y : ignored
            Not needed, present for scikit-learn.

        Returns
        -------
        self : TabularPretrainer

        Raises
        ------
        InputError
            If the data or a parameter cannot be used.
        TrainingDivergedError
            If the loss is no number any more.
        """
        check_parameters(self, OF_PRETRAINING)
        check_hidden_sizes(self.hidden_sizes)
        features = check_features(self, X, reset=True)
        self._encoder = TableEncoder(self.max_categories)
        rows = TensorRows(*self._encoder.fit_transform(features, strict=self.strict))
        extent = Extent(len(rows), features.shape[1], 0)
        self.settings_ = choose_settings(self.preset, extent, {"hidden_sizes": self.hidden_sizes})
        seed = draw_seed(self.random_state)
        device = choose_device(self.device)
        with computing(seed, device, self.n_jobs):
            self.network_ = build_network(self.settings_, self._encoder, rows, 1).to(device)
            self._train(TensorSource(rows).open(self.batch_size, torch.device(device), seed))
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return "network_" in vars(self)

    def __sklearn_tags__(self) -> Tags:
        return take_tables(super().__sklearn_tags__())

    def _train(self, feed: Feed) -> None:
        device = feed.generator.device
        network = cast(TabularNetwork, self.network_)
        task = make_task("scarf" if self.method == "scarf" else "vime", network).to(device)
        parameters = [*self.network_.parameters(), *task.parameters()]
        optimizer = make_optimizer("adamw", [ParameterGroup(parameters)], learning_rate=self.learning_rate)
        schedule = make_schedule("cosine", self.max_epochs * len(feed), warmup=0.05)
        self.losses_: list[float] = []
        self.network_.train()
        step = 0
        for _ in range(self.max_epochs):
            total = torch.zeros((), device=device)
            for batch in feed:
                set_learning_rate(optimizer, schedule(step))
                corrupted, mask = corrupt(batch, self.corruption, feed.generator)
                optimizer.zero_grad(set_to_none=True)
                loss = task(network, batch, corrupted, mask)
                loss.backward()
                optimizer.step()
                total += loss.detach()
                step += 1
            self.losses_.append(float(total) / len(feed))
            if not math.isfinite(self.losses_[-1]):
                raise TrainingDivergedError(len(self.losses_), self.learning_rate)
        self.network_.eval()
