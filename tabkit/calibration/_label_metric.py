"""A metric of labels as what a threshold is chosen for."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.metrics import get_scorer
from sklearn.utils.metadata_routing import get_routing_for_object

from tabkit._core import InputError
from tabkit._core._sklearn import ScorerParts, read_scorer
from tabkit._core._wording import say_value
from tabkit.calibration._counted_metrics import find_counted
from tabkit.calibration._objectives import Choice, Costs, MaxPrecision, MaxRecall, Objective, find_last_best
from tabkit.calibration._outcomes import Outcomes
from tabkit.data._positive_class import find_evident, require_positive


@dataclass(frozen=True)
class LabelMetric:
    """The highest score of a metric of labels.

    Attributes
    ----------
    parameter : str
        It was given as this, for messages.
    name : str
        Of its column in a curve.
    function : callable
        Of true and predicted labels.
    sign : int
        1, or -1 where lower is better.
    options : mapping of str
        For the function.
    labels : ndarray of shape (2,)
        As the function takes them: of the negative class, and of the positive one.
    needs_positive : bool
        Whether it hangs on which class is the positive one.
    """

    parameter: str
    name: str
    function: Callable[..., Any]
    sign: int
    options: Mapping[str, Any]
    labels: np.ndarray
    needs_positive: bool = True

    def choose(self, outcomes: Outcomes) -> Choice:
        """Pick a threshold.

        Parameters
        ----------
        outcomes : Outcomes

        Returns
        -------
        choice : Choice
        """
        is_theirs = self.function.__module__.startswith("sklearn.") and self.takes_weight
        is_of_cells = is_theirs and not outcomes.rows.metadata
        with warnings.catch_warnings():
            # Precision where nothing is predicted positive: 0, as the metric says.
            warnings.simplefilter("ignore")
            values = self.sign * (self._of_cells(outcomes) if is_of_cells else self._of_rows(outcomes))
        if np.isnan(values).all():
            raise InputError(f"{self.parameter}: it is not defined at any threshold")
        return Choice(find_last_best(values), values, {self.name: values})

    def _of_cells(self, outcomes: Outcomes) -> np.ndarray:
        """By the weights of the outcomes: scikit-learn's metrics see nothing else."""
        counted = find_counted(self.function, self.options, self.labels[1])
        return self._of_one_row_each(outcomes) if counted is None else counted(outcomes)

    def _of_one_row_each(self, outcomes: Outcomes) -> np.ndarray:
        """On one row of each outcome."""
        truth, said = self.labels[[1, 1, 0, 0]], self.labels[[1, 0, 1, 0]]
        cells = np.column_stack(
            [
                outcomes.true_positive,
                outcomes.false_negative,
                outcomes.false_positive,
                outcomes.true_negative,
            ]
        )
        return np.array(
            [
                float(
                    self.function(truth[row > 0], said[row > 0], sample_weight=row[row > 0], **self.options)
                )
                for row in cells
            ]
        )

    def _of_rows(self, outcomes: Outcomes) -> np.ndarray:
        rows = outcomes.rows
        weight = {} if rows.weight is None else {"sample_weight": rows.weight}
        options = {**weight, **self.options, **rows.metadata}
        truth = self.labels[rows.is_positive.astype(int)]
        return np.array(
            [
                float(self.function(truth, self.labels[(rows.scores >= threshold).astype(int)], **options))
                for threshold in outcomes.thresholds
            ]
        )

    @property
    def takes_weight(self) -> bool:
        """Whether the function has a place for weights."""
        return "sample_weight" in inspect.signature(self.function).parameters


def read_objective(
    given: Any, parameter: str, classes: np.ndarray, pos_label: Any
) -> tuple[Objective | LabelMetric, int]:
    """What a threshold is chosen for, and which class is the positive one.

    Parameters
    ----------
    given : str, scorer, MaxRecall, MaxPrecision or Costs
    parameter : str
        It was given as this, for messages.
    classes : ndarray of shape (2,)
    pos_label : label or None
        None takes that of a scorer's own, or the class whose label says so. Where neither is, what does not
        hang on it (accuracy, balanced accuracy) takes the class that sorts last.

    Returns
    -------
    objective : MaxRecall, MaxPrecision, Costs or LabelMetric
    positive : int
        Its position among the classes.

    Raises
    ------
    InputError
        If it is no such thing, the positive class is none of the classes, or nothing says which it is.
    """
    if isinstance(given, MaxRecall | MaxPrecision | Costs):
        return given, require_positive(classes, pos_label, asked_by=parameter)
    parts = _read_parts(given, parameter)
    if isinstance(given, str):
        labels, needs_it = np.array([0, 1]), _differs_when_swapped(parts)
        metric = LabelMetric(parameter, given, parts.function, parts.sign, parts.options, labels, needs_it)
        return metric, _find_positive(classes, pos_label, metric)
    own = _read_own_label(parts)
    if pos_label is not None and own is not None and own != pos_label:
        raise InputError(f"pos_label={say_value(pos_label)}: that of the scorer is {say_value(own)}")
    takes_it = "pos_label" in inspect.signature(parts.function).parameters
    # A function without a place for it sees the labels, and knows by itself what they mean.
    needs_it = takes_it and parts.options.get("average", "binary") == "binary"
    metric = LabelMetric(parameter, "score", parts.function, parts.sign, parts.options, classes, needs_it)
    positive = _find_positive(classes, pos_label if own is None else own, metric)
    options = {**parts.options, "pos_label": classes[positive]} if takes_it else parts.options
    return replace(metric, options=options, labels=classes[[1 - positive, positive]]), positive


def refuses_weight(given: Any) -> bool:
    """Whether a scorer was told by ``set_score_request`` to take no weights."""
    return get_routing_for_object(given).score.requests.get("sample_weight", True) is False


def _read_parts(given: Any, parameter: str) -> ScorerParts:
    try:
        parts = read_scorer(get_scorer(given) if isinstance(given, str) else given)
    except ValueError:
        parts = None
    if parts is None or "predict" not in parts.response_methods:
        raise InputError(
            f"{parameter}: expected MaxRecall, MaxPrecision, Costs, or the name of a scorer "
            "of labels, such as 'balanced_accuracy' or 'f1', or one by sklearn.metrics.make_scorer"
        )
    return parts


def _read_own_label(parts: ScorerParts) -> Any:
    """The positive class that a scorer was given, or that a function of the user's has as its default."""
    place = inspect.signature(parts.function).parameters.get("pos_label")
    is_theirs = parts.function.__module__.startswith("sklearn.")
    default = None if place is None or is_theirs or place.default is place.empty else place.default
    return parts.options.get("pos_label", default)


def _find_positive(classes: np.ndarray, pos_label: Any, metric: LabelMetric) -> int:
    if pos_label is None and not metric.needs_positive:
        evident = find_evident(classes)
        return 1 if evident is None else evident
    return require_positive(classes, pos_label, asked_by=metric.parameter)


def _differs_when_swapped(parts: ScorerParts) -> bool:
    """Whether a metric of scikit-learn's becomes another when the two classes change places."""
    truth, said = np.repeat([1, 1, 0, 0], [5, 1, 2, 7]), np.repeat([1, 0, 1, 0], [5, 1, 2, 7])
    here, there = (
        parts.function(labels, predicted, **parts.options)
        for labels, predicted in ((truth, said), (1 - truth, 1 - said))
    )
    return not np.isclose(here, there)
