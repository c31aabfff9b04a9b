"""The user's own metrics: a `Metric`, a function of two arrays, or a scorer of scikit-learn's."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any

from tabkit._core import InputError, describe_error
from tabkit._core._sklearn import ScorerParts, read_scorer
from tabkit.metrics._metric import METRICS, Metric, Needs, get_metric
from tabkit.metrics._predicted import KEPT_METHODS, predicted_classifier, predicted_regressor

if TYPE_CHECKING:
    import numpy as np

_ALL_KINDS = ("binary", "multiclass", "regression")
# scikit-learn's convention for the names of functions: these are to be small, every other is to be large.
_TO_BE_SMALL = re.compile(r"(^|_)(error|loss|deviance)$")
_LAMBDA = "<lambda>"


def as_metric(given: Any, task_kind: str) -> Metric:
    """Make a metric of whatever a user passes as one.

    - A name, see `get_metric`.
    - A `Metric`.
    - A function ``f(y_true, y_pred) -> float`` of labels as they stand in the table, or of
      values. Greater is better, unless the name ends with error, loss or deviance, as those of
      scikit-learn's functions do; a `Metric` can say otherwise.
    - A scorer by ``sklearn.metrics.make_scorer``. It does what it does with a fitted classifier. The score is
      shown in the function's own sign, an error as a positive number.

    Of two classes, a function or the function of a scorer that takes ``pos_label``, and was not told one,
    gets the positive class of the task. One that does not take it sees the labels, and a scorer of it the
    probability of the label that sorts last, as scikit-learn has it.

    Parameters
    ----------
    given : str, Metric, function or scorer
    task_kind : {"binary", "multiclass", "regression"}

    Returns
    -------
    metric : Metric
        Of an own one the name is the function's, behind ``own_`` where tabkit has one of that name.

    Raises
    ------
    InputError
        If it is none of these, its name is taken, or it needs what predictions do not have.

    Examples
    --------
    >>> from sklearn.metrics import mean_absolute_percentage_error
    >>> metric = as_metric(mean_absolute_percentage_error, "regression")
    >>> metric.label, metric.greater_is_better
    ('mean absolute percentage error', False)
    """
    if isinstance(given, str):
        return get_metric(given)
    if isinstance(given, Metric):
        return _check_own(given)
    parts = read_scorer(given)
    if parts is not None:
        return _from_scorer(given, parts, task_kind)
    if not callable(given) or isinstance(given, type):
        raise InputError(
            f"metric is {given!r}: expected a name, a tabkit.metrics.Metric, a function of y_true and "
            "y_pred, or a scorer by make_scorer"
        )
    name = _name_of(given)
    needs: Needs = "values" if task_kind == "regression" else "labels"
    to_be_small = _TO_BE_SMALL.search(_plain_name(given)) is not None
    hands_positive = _asks_for_positive(given, {}, needs) and task_kind == "binary"
    return Metric(
        name,
        _label(name),
        not to_be_small,
        _ALL_KINDS,
        needs,
        _OfLabelsOrValues(given, hands_positive),
        lowest=-inf,
        highest=inf,
        needs_positive=hands_positive,
    )


def compute_own(metric: Metric, *arguments: Any) -> float:
    """Compute a metric of the user's own, and say that it was the metric where that fails.

    Parameters
    ----------
    metric : Metric
    *arguments : object
        Of its `compute`.

    Returns
    -------
    score : float

    Raises
    ------
    InputError
        If it raises, or returns anything but one number or NaN.
    """
    try:
        value = metric.compute(*arguments)
    except Exception as error:
        raise InputError(f"metric {metric.name!r} fails: {describe_error(error)}") from error
    try:
        score = float(value)
    except (TypeError, ValueError):
        raise InputError(
            f"metric {metric.name!r} returned {str(value)[:60]!r}, and one number is needed"
        ) from None
    if abs(score) == inf:
        raise InputError(f"metric {metric.name!r} returned {score}: return NaN where it is not defined")
    return score


def _check_own(metric: Metric) -> Metric:
    named = METRICS.get(metric.name)
    if named == metric:
        return named
    if named is not None:
        raise InputError(f"the name {metric.name!r} is taken by a metric of tabkit's: give yours another")
    if not metric.name.strip():
        raise InputError("a metric needs a name: pass Metric(name=..., ...)")
    return metric


def _from_scorer(scorer: Any, parts: ScorerParts, task_kind: str) -> Metric:
    name = _name_of(parts.function)
    usable = next((method for method in parts.response_methods if method in KEPT_METHODS), None)
    if usable is None:
        raise InputError(
            f"the scorer of {name!r} needs {' or '.join(parts.response_methods)}, and only predictions and "
            "probabilities are kept: pass response_method='predict_proba'"
        )
    needs: Needs = "labels" if usable == "predict" else "probabilities"
    if task_kind == "regression":
        if needs == "probabilities":
            raise InputError(f"the scorer of {name!r} needs probabilities, and the task is regression")
        needs = "values"
    hands_positive = _asks_for_positive(parts.function, parts.options, needs) and task_kind == "binary"
    return Metric(
        name,
        _label(name),
        parts.sign > 0,
        (task_kind,),
        needs,
        _OfScorer(scorer, parts.sign, hands_positive),
        lowest=-inf,
        highest=inf,
        needs_positive=hands_positive,
    )


def _asks_for_positive(function: Any, options: Mapping[str, Any], needs: Needs) -> bool:
    """Whether a function has a place for the positive class, and does not know it yet."""
    try:
        place = inspect.signature(function).parameters
    except (TypeError, ValueError):  # some functions in C have no signature
        return False
    if isinstance(function, partial):
        options = {**function.keywords, **options}
    if "pos_label" not in place or "pos_label" in options:
        return False
    default = place["pos_label"].default
    is_convention = default is None or default is inspect.Parameter.empty or default == 1
    if needs != "labels":  # an average is of several labels of a row
        return is_convention
    average = options.get("average", place["average"].default if "average" in place else "binary")
    return is_convention and average in ("binary", inspect.Parameter.empty)


def _plain_name(function: Any) -> str:
    while isinstance(function, partial):
        function = function.func
    name: str = getattr(function, "__name__", type(function).__name__)
    return "own_metric" if name == _LAMBDA else name


def _name_of(function: Any) -> str:
    name = _plain_name(function)
    return f"own_{name}" if name in METRICS else name


def _label(name: str) -> str:
    return name.replace("_", " ").strip() or name


@dataclass(frozen=True)
class _OfLabelsOrValues:
    """Hands a function the labels as they stand in the table, and the positive one where it asks."""

    function: Callable[..., Any]
    hands_positive: bool = False

    def __call__(self, y_true: np.ndarray, predicted: np.ndarray, classes: Sequence[Any]) -> Any:
        if len(classes):
            y_true, predicted = (_decode(codes, classes) for codes in (y_true, predicted))
        told = {"pos_label": classes[1]} if self.hands_positive and len(classes) == 2 else {}
        return self.function(y_true, predicted, **told)


@dataclass(frozen=True)
class _OfScorer:
    """Hands a scorer an estimator that knows the predictions already."""

    scorer: Callable[[Any, Any, Any], Any]
    sign: int
    hands_positive: bool = False

    def __call__(self, y_true: np.ndarray, predicted: np.ndarray, classes: Sequence[Any]) -> Any:
        import numpy as np

        rows = np.zeros((len(y_true), 1))
        if not len(classes):
            return self.sign * self.scorer(predicted_regressor(predicted), rows, y_true)
        labels = _decode(np.arange(len(classes)), classes)
        by_label = np.argsort(labels)
        if predicted.ndim == 1:
            estimator = predicted_classifier(labels[by_label], _decode(predicted, classes), None)
        else:
            estimator = predicted_classifier(labels[by_label], None, predicted[:, by_label])
        return self.sign * self._told(classes)(estimator, rows, _decode(y_true, classes))

    def _told(self, classes: Sequence[Any]) -> Callable[[Any, Any, Any], Any]:
        """The scorer, with the positive class where its function asks for it."""
        if not self.hands_positive or len(classes) != 2:
            return self.scorer
        from sklearn.metrics import make_scorer

        parts = read_scorer(self.scorer)
        assert parts is not None
        return make_scorer(
            parts.function,
            response_method=parts.response_methods,
            greater_is_better=parts.sign > 0,
            pos_label=classes[1],
            **parts.options,
        )


def _decode(codes: np.ndarray, classes: Sequence[Any]) -> np.ndarray:
    """Labels of positions in the classes."""
    import pandas as pd

    if (codes < 0).any():
        raise ValueError("a predicted label is not among the classes")
    return pd.Series(list(classes)).infer_objects().to_numpy()[codes]
