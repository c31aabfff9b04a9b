"""What is to be predicted, and how that is judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

TaskKind = Literal["binary", "multiclass", "regression"]
ColumnKind = Literal["numeric", "category", "date", "text", "identifier", "constant"]

DEFAULT_METRICS: dict[str, str] = {
    "binary": "roc_auc",
    "multiclass": "log_loss",
    "regression": "rmse",
}


@dataclass(frozen=True)
class Task:
    """What is to be predicted, and how that is judged.

    Attributes
    ----------
    kind : {"binary", "multiclass", "regression"}
    classes : tuple
        The labels in the order of the probability columns; for binary the negative
        class, then the positive one. Empty for regression.
    metric : str
        Name of the primary metric, see `tabkit.metrics`.
    own_metric : Metric or None
        The primary metric itself where it is the user's own, and none that has a name there.
    has_groups : bool
        Whether rows belong to groups that no split may tear apart.
    has_times : bool
        Whether splits must go forward in time.
    kinds : mapping of str to str
        Kind of each feature column as found on the whole table; empty when a
        transformer shall find out for itself on the rows it is fitted on.
    written_as : mapping of str to str
        How the table's file wrote numbers and dates as text, for the columns where it did:
        a later file is read alike.
    na_values : tuple of str
        What stands for a missing value in the table's file, and in later ones.
    n_rows : int or None
        Rows of the table, where known: some candidates are built otherwise for many.
    objective : str
        What the regression models shall minimise that have a choice, such as "poisson"; empty
        for what each minimises by itself.
    target_transform : {"", "log"}
        How the target is changed for fitting, and predictions are changed back.
    monotone : mapping of str to {1, -1}
        Numeric columns in which predictions (of the positive class: its probability) shall never
        fall, or never rise.
    calibration : str
        How the probabilities of every classifier are calibrated; empty for not at all.
    threshold : str
        What the threshold of class predictions is chosen by; empty for the most probable class.
    shown_first : tuple of str
        Names of metrics that are shown before others, and computed where they are on request only.
    positive_by : {"", "given", "label", "rarity", "order"}
        What makes the positive class of a binary task the positive one: it was given, its label says
        so, or, where neither is, it is the rarer one or sorts last. Empty where the classes were
        written in their order by hand.
    """

    kind: TaskKind
    classes: tuple[Any, ...] = ()
    metric: str = ""
    own_metric: Any = None
    has_groups: bool = False
    has_times: bool = False
    kinds: Mapping[str, ColumnKind] = field(default_factory=dict)
    written_as: Mapping[str, str] = field(default_factory=dict)
    na_values: tuple[str, ...] = ()
    n_rows: int | None = None
    objective: str = ""
    target_transform: str = ""
    monotone: Mapping[str, int] = field(default_factory=dict)
    calibration: str = ""
    threshold: str = ""
    shown_first: tuple[str, ...] = ()
    positive_by: str = ""

    def __post_init__(self) -> None:
        if not self.metric:
            object.__setattr__(self, "metric", DEFAULT_METRICS[self.kind])

    @property
    def is_classification(self) -> bool:
        """Whether the target is a label."""
        return self.kind != "regression"

    @property
    def positive(self) -> Any:
        """The positive class of a binary task whose classes are known, else None."""
        return self.classes[1] if self.kind == "binary" and self.classes else None

    @property
    def is_positive_told(self) -> bool:
        """Whether the positive class was given or its label says so: no guess by rows or order."""
        return self.positive is not None and self.positive_by not in ("rarity", "order")
