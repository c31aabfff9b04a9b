"""One network for several targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self, cast

import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils import Tags

from tabkit._core import InputError
from tabkit._core._docstrings import fill_docstring
from tabkit.data._infer_task import are_labels
from tabkit.data._numbers import holds_numbers
from tabkit.neural_network._constraints import OF_CLASSES, OF_VALUES, SHARED
from tabkit.neural_network._mlp import TabularMLP
from tabkit.neural_network._parameters import NetworkParameters
from tabkit.neural_network._several_targets import SeveralTargets, as_targets, learn_targets
from tabkit.neural_network._targets import Target

# More labels than this, and than half the rows, are none.
_MOST_LABELS = 50
_KINDS = ("classification", "regression")


@fill_docstring(NetworkParameters)
@dataclass(eq=False, repr=False, kw_only=True)
class TabularMLPMultiTarget(TabularMLP):
    """One neural network for several targets, classes and values mixed.

    The layers are shared, and each target has a head and a loss of its own. It pays where the targets have
    causes in common and some of them are noisy or have few rows. See `TabularMLPClassifier` for what it does
    with a table.

    Parameters
    ----------
    {NetworkParameters}
    kinds : mapping of target to {"classification", "regression"}, default=None
        Of the targets; those that it leaves out are found from their values, as `tabkit compare` does: text,
        booleans and few whole numbers are classes.
    target_weights : mapping of target to float, default=None
        Weights of the losses, 1 for those that it leaves out. Raise that of the target that matters.
    label_smoothing : float, default=None
        As in `TabularMLPClassifier`, of the targets that are classes.
    focal_gamma : float, default=None
        Likewise.
    focal_alpha : float, "balanced" or sequence of float, default=None
        Likewise.
    class_weight : mapping of target to dict or "balanced", default=None
        Weights of the classes of targets in training.
    huber_delta : float, default=1.0
        As in `TabularMLPRegressor`, of the targets that are values.

    Attributes
    ----------
    targets_ : list
        Names of the targets; their positions where ``y`` had none.
    classes_ : dict of target to ndarray of shape (n_classes,)
        The labels of those that are classes, sorted.
    {NetworkParameters}

    Notes
    -----
    ``loss`` and ``scoring`` are by target too: ``loss={"price": "huber"}``, ``scoring={"sold": "roc_auc"}``
    (then only the targets named choose the epoch).

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.datasets import load_iris
    >>> table = load_iris(as_frame=True).frame
    >>> y = table[["target", "petal width (cm)"]]
    >>> X = table.drop(columns=y.columns)
    >>> model = TabularMLPMultiTarget(max_epochs=20, random_state=0).fit(X, y)
    >>> model.predict(X).shape, model.predict_proba(X)["target"].shape
    ((150, 2), (150, 3))
    """

    _constraints: ClassVar[dict[str, Any]] = (
        SHARED
        | OF_CLASSES
        | OF_VALUES
        | {
            "kinds": [Mapping, None],
            "target_weights": [Mapping, None],
            "class_weight": [Mapping, None],
        }
    )

    kinds: Mapping[Any, str] | None = None
    target_weights: Mapping[Any, float] | None = None
    label_smoothing: float | None = None
    focal_gamma: float | None = None
    focal_alpha: float | str | Sequence[float] | None = None
    class_weight: Mapping[Any, Any] | None = None
    huber_delta: float = 1.0

    def predict(self, X: Any) -> pd.DataFrame:
        """The most probable label or the value of each target.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_features)

        Returns
        -------
        predicted : DataFrame of shape (n_rows, n_targets)
            With the index of ``X`` where it has one.
        """
        predicted = {}
        for name, part in self._predict_parts(X).items():
            classes = self.classes_.get(name)
            target: Any = self._several.parts[name]
            predicted[name] = target.decode(part) if classes is None else classes[part.argmax(axis=1)]
        return pd.DataFrame(predicted, index=X.index if isinstance(X, pd.DataFrame) else None)

    def predict_proba(self, X: Any) -> dict[Any, np.ndarray]:
        """Probabilities of the classes, for each target that has some.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_features)

        Returns
        -------
        proba : dict of target to ndarray of shape (n_rows, n_classes)
            float64, columns in the order of ``classes_[target]``; rows sum to 1.
        """
        parts = self._predict_parts(X)
        return {name: parts[name] / parts[name].sum(axis=1, keepdims=True) for name in self.classes_}

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Mean over the targets of the accuracy, or of R squared for values.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_features)
        y : DataFrame or array-like of shape (n_rows, n_targets)
        sample_weight : array-like of shape (n_rows,), default=None

        Returns
        -------
        score : float
        """
        predicted = self.predict(X)
        truth = self._several.match(y)
        scores = [
            (accuracy_score if name in self.classes_ else r2_score)(
                truth[name], predicted[name], sample_weight=sample_weight
            )
            for name in self.targets_
        ]
        return float(np.mean(scores))

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on rows of a stream: each batch of them once, at a constant learning rate.

        Calls go on with the moments of the optimiser, except after unpickling: a pickle has none.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_features)
            The first call learns scales and categories from its rows.
        y : DataFrame or array-like of shape (n_rows, n_targets)
            The first call has to have all labels.
        sample_weight : array-like of shape (n_rows,), default=None

        Returns
        -------
        self : estimator

        Raises
        ------
        InputError
            If the data or a parameter cannot be used.
        """
        return self._partial_fit(X, y, sample_weight)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        tags.target_tags.single_output = False
        return tags

    @property
    def _several(self) -> SeveralTargets:
        return cast(SeveralTargets, self._target)

    def _predict_parts(self, X: Any) -> dict[Any, np.ndarray]:
        prediction = self._predict_rows(X)
        return self._several.split(prediction)

    def _learn_target(self, y: Any, weight: np.ndarray | None, known: Target | None) -> SeveralTargets:
        frame = known.match(y) if isinstance(known, SeveralTargets) else as_targets(y)
        names = list(frame.columns)
        for name in ("kinds", "target_weights", "class_weight", "loss"):
            given = getattr(self, name)
            unknown = set(given if isinstance(given, Mapping) else {}) - set(names)
            if unknown:
                raise InputError(f"{name} has {sorted(unknown, key=str)}: the targets are {names}")
        kinds = {name: (self.kinds or {}).get(name) or _find_kind(frame[name]) for name in names}
        unweighable = [name for name in self.class_weight or {} if kinds[name] == "regression"]
        if unweighable:
            raise InputError(f"class_weight has {unweighable}, which are values and no classes")
        for name, kind in kinds.items():
            if kind not in _KINDS:
                raise InputError(f"kinds[{name!r}]={kind!r}: expected {' or '.join(map(repr, _KINDS))}")
        weights = [float((self.target_weights or {}).get(name, 1.0)) for name in names]
        if not all(0.0 <= own < np.inf for own in weights) or not sum(weights):
            raise InputError(
                f"target_weights={self.target_weights!r}: expected numbers from 0 on, one above 0"
            )
        target = learn_targets(
            frame,
            kinds,
            weight,
            known.parts if isinstance(known, SeveralTargets) else {},
            weights=weights,
            class_weight=self.class_weight or {},
            value_options={"huber_delta": self.huber_delta},
        )
        self.targets_ = names
        self.classes_ = {
            name: part.classes for name, part in target.parts.items() if hasattr(part, "classes")
        }
        return target


def _find_kind(target: pd.Series) -> str:
    if holds_numbers(target) and not are_labels(target):
        return "regression"
    n_labels = target.nunique()
    if n_labels > max(_MOST_LABELS, len(target) / 2):
        raise InputError(
            f"target {target.name!r} has {n_labels:,} different values in {len(target):,} rows, too many for "
            "labels: make numbers of them, or leave it out"
        )
    return "classification"
