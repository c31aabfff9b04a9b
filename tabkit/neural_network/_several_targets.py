"""Several targets of one network, classes and values mixed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from tabkit._core import InputError
from tabkit._core._series import as_series
from tabkit.data import as_pandas
from tabkit.neural_network._scoring import Score
from tabkit.neural_network._settings import TrainingSettings
from tabkit.neural_network._targets import ClassTarget, Target, ValueTarget
from tabkit.neural_network._training._losses import CLASSIFICATION_LOSSES, TargetLoss
from tabkit.neural_network._training._rows import TensorRows
from tabkit.preprocessing._labels import learn_classes


@dataclass
class SeveralTargets(Target):
    """Targets side by side.

    Attributes
    ----------
    parts : dict of str to ClassTarget or ValueTarget
    weights : tuple of float
        Of their losses.
    """

    parts: dict[Any, ClassTarget | ValueTarget]
    weights: tuple[float, ...]

    @property
    def n_classes(self) -> int:  # type: ignore[override]
        """The most that a target has; 0 where all are values."""
        return max(part.n_classes for part in self.parts.values())

    @property
    def n_columns(self) -> int:  # type: ignore[override]
        """Those of all targets."""
        return sum(part.n_columns for part in self.parts.values())

    def match(self, y: Any) -> pd.DataFrame:
        """The targets of rows by name, in the order in which they were learnt."""
        frame = as_targets(y)
        missing = [name for name in self.parts if name not in frame.columns]
        if missing:
            raise InputError(f"y has no {missing}: the targets are {list(self.parts)}")
        return frame[list(self.parts)]

    def encode(self, y: Any) -> Tensor:
        """Codes and standardised values, float32 of shape (n_rows, n_targets)."""
        frame, columns = self.match(y), []
        for name, part in self.parts.items():
            try:
                columns.append(part.encode(frame[name]).float().reshape(-1))
            except ValueError as error:
                raise InputError(f"target {name!r}: {error}") from error
        return torch.stack(columns, dim=1)

    def split(self, prediction: np.ndarray) -> dict[Any, np.ndarray]:
        """The columns of each target, of a prediction of shape (n_rows, n_columns)."""
        edges = np.cumsum([part.n_columns for part in self.parts.values()])[:-1]
        return dict(zip(self.parts, np.split(prediction, edges, axis=1), strict=True))

    def stratify(self, encoded: Tensor) -> np.ndarray:
        """The first target that has classes, else the first."""
        target, own = self._part(encoded, self._leading)
        return target.stratify(own)

    def describe_loss(self, settings: TrainingSettings, training: TensorRows) -> list[TargetLoss]:
        """A loss for each target; what is asked for by name goes before what the preset says."""
        described = []
        asked = settings.loss if isinstance(settings.loss, Mapping) else {}
        for position, (part, weight) in enumerate(zip(self.parts.items(), self.weights, strict=True)):
            name, target = part
            loss = asked.get(name)
            if loss is None and not isinstance(settings.loss, Mapping):
                loss = _fitting(settings.loss, target)
            one = target.describe_loss(replace(settings, loss=loss), self._rows(training, position))
            described.append(replace(one, weight=weight))
        return described

    def make_score(
        self, scoring: Any, validation: TensorRows, loss: TargetLoss | list[TargetLoss]
    ) -> Score | None:
        """The weighted mean of the scorers given by target; None for the loss."""
        if scoring is None:
            return None
        if not isinstance(scoring, Mapping) or not scoring or not set(scoring) <= set(self.parts):
            raise InputError(
                f"scoring={scoring!r}: expected a scorer for one or more of the targets {list(self.parts)}, "
                "such as {target: 'roc_auc'}"
            )
        scores: list[tuple[Any, Score, float]] = []
        losses = loss if isinstance(loss, list) else [loss]
        for position, (name, weight) in enumerate(zip(self.parts, self.weights, strict=True)):
            if scoring.get(name) is not None and weight:
                own = self.parts[name].make_score(
                    scoring[name], self._rows(validation, position), losses[position]
                )
                assert own is not None
                scores.append((name, own, weight))
        if not scores:
            raise InputError(f"scoring={scoring!r}: no target of these has a scorer and a weight")

        def score(prediction: np.ndarray) -> float:
            parts = self.split(prediction)
            values = [own(parts[name]) for name, own, _ in scores]
            return float(np.average(values, weights=[weight for _, _, weight in scores]))

        return score

    def means_the_same(self, other: Target) -> bool:
        """Whether the other has these targets in this order."""
        return (
            isinstance(other, SeveralTargets)
            and list(self.parts) == list(other.parts)
            and all(part.means_the_same(other.parts[name]) for name, part in self.parts.items())
        )

    @property
    def _leading(self) -> int:
        with_classes = [position for position, part in enumerate(self.parts.values()) if part.n_classes]
        return with_classes[0] if with_classes else 0

    def _part(self, encoded: Tensor, position: int) -> tuple[Target, Tensor]:
        part = list(self.parts.values())[position]
        column = encoded[:, position]
        return part, column.long() if part.n_classes else column.unsqueeze(1)

    def _rows(self, rows: TensorRows, position: int) -> TensorRows:
        """The rows with one of the targets."""
        assert rows.target is not None
        return replace(rows, target=self._part(rows.target, position)[1])


def as_targets(y: Any) -> pd.DataFrame:
    """Targets as a frame with a plain index, its columns numbered where they have no names.

    Parameters
    ----------
    y : frame of any library, or array-like, of shape (n_rows, n_targets)

    Returns
    -------
    targets : DataFrame of shape (n_rows, n_targets)

    Raises
    ------
    InputError
        If there is none, two have one name, or names have levels.
    """
    y = as_series(as_pandas(y))
    if hasattr(y, "__array__") and not isinstance(y, pd.DataFrame):
        y = np.asarray(y)
    frame = pd.DataFrame(y)
    if not len(frame.columns):
        raise InputError("y has no columns: expected one or more targets")
    if frame.columns.nlevels > 1:
        raise InputError("y has columns of several levels: give each target one name")
    if frame.columns.has_duplicates:
        raise InputError(f"y has columns of one name: {list(frame.columns[frame.columns.duplicated()])}")
    return frame.reset_index(drop=True).infer_objects()


def learn_targets(
    y: pd.DataFrame,
    kinds: Mapping[Any, str],
    row_weight: np.ndarray | None,
    known: Mapping[Any, ClassTarget | ValueTarget],
    *,
    weights: Sequence[float],
    class_weight: Mapping[Any, Any],
    value_options: Mapping[str, Any],
) -> SeveralTargets:
    """Learn the classes and scales of targets.

    Parameters
    ----------
    y : DataFrame of shape (n_rows, n_targets)
    kinds : mapping of column to {"classification", "regression"}
    row_weight : ndarray of shape (n_rows,) or None
    known : mapping of column to ClassTarget or ValueTarget
        What is learnt already.
    weights : sequence of float
    class_weight : mapping of column to class weights
    value_options : mapping of str
        Arguments of `make_loss` for values.

    Returns
    -------
    targets : SeveralTargets
    """
    parts: dict[Any, ClassTarget | ValueTarget] = {}
    for name, values in y.items():
        try:
            before = known.get(name)
            if isinstance(before, ValueTarget):
                parts[name] = replace(before, loss_options=value_options)
            elif isinstance(before, ClassTarget):
                parts[name] = replace(before, class_weight=class_weight.get(name))
            elif kinds[name] == "regression":
                parts[name] = ValueTarget.learn(values, row_weight, value_options)
            else:
                parts[name] = ClassTarget(learn_classes(values)[1], class_weight.get(name))
        except ValueError as error:
            raise InputError(f"target {name!r}: {error}") from error
    return SeveralTargets(parts, tuple(weights))


def _fitting(loss: Any, target: Target) -> Any:
    """A loss of a preset, where it is for such a target."""
    return loss if (loss in CLASSIFICATION_LOSSES) == bool(target.n_classes) else None
