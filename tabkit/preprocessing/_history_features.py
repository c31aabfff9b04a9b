"""What was before each row of a table in time: lags, rolling statistics, counts."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags, check_consistent_length
from sklearn.utils.validation import check_is_fitted

from tabkit._core import DistantValuesWarning, InputError
from tabkit._core._constraints import COUNT
from tabkit._core._lengths import Length, name_length
from tabkit._core._series import as_series
from tabkit._core._sklearn import check_parameters
from tabkit._core._weights import check_weight, find_counting
from tabkit._core._wording import say_count, say_values
from tabkit.data import as_pandas
from tabkit.preprocessing._blocks import make_unique
from tabkit.preprocessing._categories import MISSING
from tabkit.preprocessing._columns import read_table, settle_columns
from tabkit.preprocessing._entities import EntityIndex
from tabkit.preprocessing._features import take_tables
from tabkit.preprocessing._frames import as_frame, match_frame
from tabkit.preprocessing._history_plan import HistoryPlan, check_bound, read_lags, read_windows
from tabkit.preprocessing._history_rows import Delay, HistoryRows, Past
from tabkit.preprocessing._refused_columns import refuse_complex
from tabkit.preprocessing._time_column import TimeColumn
from tabkit.preprocessing._values import as_values


class _Seeing(NamedTuple):
    """Rows that look back: entity, time, and whether that is known."""

    entities: np.ndarray
    times: np.ndarray
    is_known: np.ndarray

    @property
    def is_placed(self) -> np.ndarray:
        """Which rows have a known entity and a time, so that others can see them."""
        return self.is_known & (self.entities >= 0)


class HistoryFeatures(TransformerMixin, BaseEstimator):
    """Add to each row what was before it: lags, rolling means and deviations, counts.

    A frame goes in and comes out with more columns, so that it stands in a ``Pipeline`` before a
    `TablePreprocessor`. A row at time t sees rows of its own entity that are strictly earlier, and no
    later than t - ``gap``; never itself, nor others of its own time. The target of a row at time s is
    known at s + ``horizon``, and seen where that is before t, as in `tabkit.model_selection.ForwardSplit`.

    History is the training rows, those of weight zero left out. `transform` looks it up for any rows,
    earlier ones than the training rows too: these see what was before them. So a row alone comes out as it
    does among others. Two things follow:

    - Rows long after the last training row all see the same last rows, which are older than
      those that training rows saw. Set ``gap`` to how far ahead you predict, so that training rows see rows
      of the same age, or fit again as rows come in. A `DistantValuesWarning` tells of it where most
      rows see older ones than 19 of 20 training rows did.
    - With ``uses_new_rows=True``, rows given to `transform` see earlier ones of the same call too, never
      their targets: for rolling forecasts, where what is measured is known until shortly before each row. A
      row alone then comes out otherwise than among others.

    A row without a time or an entity sees nothing and is seen by none: all that would be counted is
    missing. Rows of an entity that is new have 0 earlier rows; where there is no entity, rows are not
    counted. Equal times of one entity are in the order of the rows. Values that are missing are left out of
    means and deviations, and stay missing as lags.

    Parameters
    ----------
    time : hashable
        Label of the column of times: dates in any zone, or numbers. The columns of an array are named
        ``x0``, ``x1`` and so on.
    entity : hashable or list of hashable, default=None
        Column that says whose row it is, or several that do together; None where all rows are of one series.
    columns : sequence of hashable, default=None
        Columns of numbers to look back at; None takes all that are.
    lags : sequence of int, default=(1, 2, 3)
        1 is the last row seen, 2 the one before it.
    windows : sequence of int, str or Timedelta, default=(3, 10)
        Windows for mean and standard deviation, which end at the last row that may be seen: an int counts
        rows, fewer where there are no more; text or a ``Timedelta`` is a length of time, ``"7D"`` for
        dates, ``"7"`` in the unit of numeric times.
    target_lags : sequence of int, default=()
        As ``lags``, of the target: numbers or booleans.
    target_windows : sequence of int, str or Timedelta, default=()
        As ``windows``, of the target.
    gap : number, str or Timedelta, default=0
        A row sees none that is younger than this: a number in the unit of numeric times, a ``Timedelta`` or
        text like ``"7D"`` for dates.
    horizon : number, str or Timedelta, default=0
        How far labels look ahead, written as ``gap`` is; it counts for targets alone. The longer of the two
        counts; they do not add up.
    max_history : int, default=None
        Rows that are kept of each entity, and the most in a window of a length of time: at least what lags
        and windows look back. Rows later than their entity's last come out the same; where an earlier row
        would need more, it is missing. None keeps all.
    uses_new_rows : bool, default=False
        Whether rows given to `transform` see each other. Those of an entity that has a training row of their
        time are taken to be that one.
    drop : sequence of hashable, default=()
        Columns that do not come out: the time, the entity, or what is not known of a row when it is
        predicted for, but of earlier ones.

    Attributes
    ----------
    history_columns_ : list of hashable
        The columns that are looked back at.
    n_history_rows_ : int
        Rows that are kept.
    feature_sources_ : tuple of hashable
        For each column that comes out, the label of the one that it was made from. What is made of the target
        is found by the entity, or else the time.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Only when X is a frame whose labels are all text.

    See Also
    --------
    TablePreprocessor : What comes next in a Pipeline.
    tabkit.model_selection.ForwardSplit : Folds with the same ``gap`` and ``horizon``.

    Examples
    --------
    >>> import pandas as pd
    >>> from tabkit.preprocessing import HistoryFeatures
    >>> X = pd.DataFrame({"shop": ["a", "a", "b", "a"], "day": [1, 2, 2, 3], "sold": [5.0, 7.0, 1.0, 6.0]})
    >>> history = HistoryFeatures("day", entity="shop", lags=[1], windows=[2]).fit(X)
    >>> print(history.describe().splitlines()[0])
    History of 'sold' by 'day', of each 'shop' for itself, in rows that are strictly earlier.
    >>> history.transform(X)[["shop", "sold", "sold (1 row before)", "sold (mean of last 2 rows)"]]
      shop  sold  sold (1 row before)  sold (mean of last 2 rows)
    0    a   5.0                  NaN                         NaN
    1    a   7.0                  5.0                         5.0
    2    b   1.0                  NaN                         NaN
    3    a   6.0                  7.0                         6.0
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "columns": ["array-like", None],
        "lags": ["array-like"],
        "windows": ["array-like"],
        "target_lags": ["array-like"],
        "target_windows": ["array-like"],
        "max_history": [COUNT, None],
        "uses_new_rows": ["boolean"],
        "drop": ["array-like"],
    }

    def __init__(
        self,
        time: Hashable,
        *,
        entity: Hashable | list[Hashable] | None = None,
        columns: Sequence[Hashable] | None = None,
        lags: Sequence[int] = (1, 2, 3),
        windows: Sequence[int | Length] = (3, 10),
        target_lags: Sequence[int] = (),
        target_windows: Sequence[int | Length] = (),
        gap: Length = 0,
        horizon: Length = 0,
        max_history: int | None = None,
        uses_new_rows: bool = False,
        drop: Sequence[Hashable] = (),
    ) -> None:
        self.time = time
        self.entity = entity
        self.columns = columns
        self.lags = lags
        self.windows = windows
        self.target_lags = target_lags
        self.target_windows = target_windows
        self.gap = gap
        self.horizon = horizon
        self.max_history = max_history
        self.uses_new_rows = uses_new_rows
        self.drop = drop

    def fit(self, X: Any, y: Any = None, *, sample_weight: Any = None) -> HistoryFeatures:
        """Keep the training rows as history.

        Parameters
        ----------
        X : frame of any library, or array-like, of shape (n_rows, n_columns)
        y : array-like of shape (n_rows,), default=None
            Needed for ``target_lags`` and ``target_windows`` alone.
        sample_weight : array-like of shape (n_rows,), default=None
            Rows of weight zero are no history.

        Returns
        -------
        self : HistoryFeatures

        Raises
        ------
        InputError
            If a column is not there, times are neither dates nor numbers, a column to look back at holds no
            numbers, a length of time cannot be read, ``max_history`` is too small, or the target is needed
            and missing or holds no numbers.
        """
        self._learn(X, y, sample_weight)
        return self

    def fit_transform(self, X: Any, y: Any = None, *, sample_weight: Any = None) -> pd.DataFrame:
        """Keep the training rows and return them, each with what was before it.

        Parameters
        ----------
        X : frame of any library, or array-like, of shape (n_rows, n_columns)
        y : array-like of shape (n_rows,), default=None
        sample_weight : array-like of shape (n_rows,), default=None
            All as for `fit`.

        Returns
        -------
        X_out : DataFrame of shape (n_rows, n_features_out)
        """
        frame, seeing, history = self._learn(X, y, sample_weight)
        return self._assemble(frame, seeing, history, history)

    def transform(self, X: Any) -> pd.DataFrame:
        """Return rows with what was before each.

        Parameters
        ----------
        X : frame of any library, or array-like, of shape (n_rows, n_columns)
            With at least the columns that come out, the time and the entity; with ``uses_new_rows`` those
            that are looked back at too.

        Returns
        -------
        X_out : DataFrame of shape (n_rows, n_features_out)
            The columns of X at fit that are not dropped, as they came, and then those made of the past.

        Raises
        ------
        InputError
            If a column is missing or of another kind altogether.
        """
        check_is_fitted(self)
        frame = match_frame(
            X, self.columns_, self.needed_, is_named=self.is_labelled_, owner=type(self).__name__
        )
        times, is_known = self.time_.read(frame)
        if not self.uses_new_rows:
            seeing = _Seeing(self.entities_.encode(frame), times, is_known)
            return self._assemble(frame, seeing, self.rows_, self.rows_, warns=True)
        entities, n_entities = self.entities_.encode_all(frame)
        seeing = _Seeing(entities, times, is_known)
        seen = seeing.is_placed
        values = read_table(frame, self.readings_, strict=False).numbers
        unknown_targets = np.full((len(frame), self.rows_.values.shape[1] - values.shape[1]), np.nan)
        values = np.hstack([values, unknown_targets])
        rows = self.rows_.add(entities[seen], times[seen], values[seen], n_entities)
        return self._assemble(frame, seeing, rows, self.rows_, warns=True)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the columns that come out.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Checked against the columns at fit, and not needed.

        Returns
        -------
        names : ndarray of str of shape (n_features_out,)
        """
        check_is_fitted(self)
        if input_features is not None and list(input_features) != list(map(str, self.columns_)):
            if hasattr(self, "feature_names_in_"):
                raise InputError("input_features is not equal to feature_names_in_")
            if len(input_features) != self.n_features_in_:
                raise InputError(
                    f"input_features should have length equal to number of features ({self.n_features_in_}), "
                    f"got {len(input_features)}"
                )
        return np.asarray(self.feature_names_out_, dtype=object)

    def describe(self) -> str:
        """Say in sentences what each row sees.

        Returns
        -------
        text : str
            A line for each sentence.
        """
        check_is_fitted(self)
        looked_at = say_values([str(label) for label in self.history_columns_]) or "no column"
        each = [str(label) for label in self.entities_.columns]
        whose = f", of each {say_values(each)} for itself," if each else ""
        delay = f" by {name_length(self.gap)} or more" if self.features_delay_.length else ""
        lines = [
            f"History of {looked_at} by {str(self.time)!r}{whose or ','} in rows that are strictly "
            f"earlier{delay}.".replace(",,", ","),
            f"Kept: {say_count(self.n_history_rows_, 'row')} of "
            f"{say_count(len(self.entities_), 'entity', 'entities')}.",
        ]
        if self.target_plan_.names:
            after = f"{name_length(self.horizon)} after its row" if self.horizon else "with its row"
            lines.append(f"Targets of the training rows are seen; each is known {after}.")
        if self.uses_new_rows:
            lines.append("Rows to predict for see each other's earlier values, not targets.")
        else:
            lines.append("Rows to predict for see training rows alone.")
        return "\n".join(lines)

    def _learn(self, X: Any, y: Any, sample_weight: Any) -> tuple[pd.DataFrame, _Seeing, HistoryRows]:
        """Settle everything; the frame, what places its rows, and all of them as history."""
        check_parameters(self, self._parameter_constraints)
        X, y = as_pandas(X), as_series(y)
        refuse_complex(X)
        frame = as_frame(X)
        check_consistent_length(frame, y)
        weight = check_weight(sample_weight, len(frame))
        self._remember_columns(frame, is_labelled=isinstance(X, pd.DataFrame))
        self._settle_columns(frame)
        self._plan(y)
        values = read_table(frame, self.readings_, strict=False).numbers
        if self.target_plan_.names:
            values = np.column_stack([values, self._read_target(y)])
        times, is_known = self.time_.read(frame)
        counts = np.zeros(len(frame), dtype=bool)
        counts[find_counting(weight, len(frame))] = True
        self.entities_ = EntityIndex(self._entity_columns()).fit(frame[counts])
        entities = self.entities_.encode(frame)
        seeing = _Seeing(entities, times, is_known)
        counts &= seeing.is_placed
        history = HistoryRows.of(entities[counts], times[counts], values[counts], len(self.entities_))
        delays = (self.features_delay_, self.target_delay_)
        self.rows_ = history if self.max_history is None else history.keep_last(self.max_history, delays)
        self.n_history_rows_ = len(self.rows_.keys)
        ages = history.look_back(entities[counts], times[counts], self.features_delay_).since_last(
            times[counts]
        )
        ages = ages[~np.isnan(ages)]
        self.usual_age_ = float(np.quantile(ages, 0.95, method="higher")) if len(ages) else np.inf
        return frame, seeing, history

    def _entity_columns(self) -> list[Hashable]:
        if self.entity is None:
            return []
        return list(self.entity) if isinstance(self.entity, list) else [self.entity]

    def _settle_columns(self, frame: pd.DataFrame) -> None:
        own = [self.time, *self._entity_columns()]
        chosen = None if self.columns is None else list(self.columns)
        named = {"time": [self.time], "entity": own[1:], "columns": chosen or [], "drop": list(self.drop)}
        for parameter, labels in named.items():
            for label in labels:
                if label not in frame.columns:
                    raise InputError(f"{parameter} names column {label!r}, which X does not have")
        self.time_ = TimeColumn(self.time).fit(frame)
        if chosen is None:
            others = frame[[label for label in frame.columns if label not in own]]
            numeric = [column for column in settle_columns(others, None) if column.kind == "numeric"]
        else:
            kinds: dict[Hashable, Any] = dict.fromkeys(chosen, "numeric")
            numeric = list(settle_columns(frame[chosen], kinds, keep=chosen))
        self.readings_ = tuple(numeric)
        self.history_columns_ = [column.label for column in numeric]
        self.passed_ = [label for label in frame.columns if label not in set(self.drop)]
        looked_at = self.history_columns_ if self.uses_new_rows else []
        self.needed_ = list(dict.fromkeys([*self.passed_, *own, *looked_at]))

    def _read_target(self, y: Any) -> np.ndarray:
        if y is None:
            raise InputError("target_lags and target_windows need the target: pass y to fit")
        target = as_values(y)
        if target.ndim != 1 and target.shape[1] != 1:
            raise InputError(f"target_lags: expected one target, got {target.shape[1]}")
        return target.ravel()

    def _plan(self, y: Any) -> None:
        lags, target_lags = read_lags("lags", self.lags), read_lags("target_lags", self.target_lags)
        windows = read_windows("windows", self.windows, self.time_)
        target_windows = read_windows("target_windows", self.target_windows, self.time_)
        check_bound(self.max_history, [*lags, *target_lags], [*windows, *target_windows])
        gap, horizon = (
            self.time_.read_length("gap", self.gap),
            self.time_.read_length("horizon", self.horizon),
        )
        self.features_delay_ = Delay(gap, is_included=True)
        self.target_delay_ = Delay(max(gap, horizon), is_included=gap > horizon)
        columns = [(str(label), label, position) for position, label in enumerate(self.history_columns_)]
        found_by = (self._entity_columns() or [self.time])[0]
        target_name = str(getattr(y, "name", None) or "target")
        asked = bool(target_lags or target_windows)
        target = ((target_name, found_by, len(columns)),) if asked else ()
        self.plan_ = HistoryPlan(tuple(columns), lags, windows, self.max_history)
        self.target_plan_ = HistoryPlan(target, target_lags, target_windows, self.max_history)
        since = f"{self.time} ({'days ' if self.time_.is_dates else ''}since last row)"
        # Of one series it would number the rows: to a model that learned from some, all later ones are new.
        counts = [] if self.entity is None else [f"{found_by} (earlier rows)"]
        made = [*counts, since, *self.plan_.names, *self.target_plan_.names]
        self.feature_names_out_ = make_unique([*map(str, self.passed_), *made])
        self.feature_sources_ = (
            *self.passed_,
            *([found_by] if counts else []),
            self.time,
            *self.plan_.sources,
            *self.target_plan_.sources,
        )

    def _assemble(
        self,
        frame: pd.DataFrame,
        seeing: _Seeing,
        rows: HistoryRows,
        target_rows: HistoryRows,
        *,
        warns: bool = False,
    ) -> pd.DataFrame:
        """The columns that are passed on, and those made of the past."""
        entities, times, is_known = seeing
        entities = np.where(is_known, entities, MISSING)
        past = rows.look_back(entities, times, self.features_delay_)
        ages = past.since_last(times)
        if warns:
            self._report_old(ages[~np.isnan(ages)])
        made = [self.time_.say_differences(ages), *self.plan_.make(past)]
        if self.entity is not None:
            made.insert(0, np.where(entities == MISSING, np.nan, past.count()))
        if self.target_plan_.names:
            known: Past = target_rows.look_back(entities, times, self.target_delay_)
            made += self.target_plan_.make(known)
        passed = frame[self.passed_]
        names = self.feature_names_out_
        passed = passed.set_axis(names[: len(self.passed_)], axis="columns")
        past_frame = pd.DataFrame(
            np.column_stack(made), index=frame.index, columns=names[len(self.passed_) :]
        )
        return pd.concat([passed, past_frame], axis="columns")

    def _report_old(self, ages: np.ndarray) -> None:
        """Warn where most rows see last rows that are older than training rows did."""
        is_old = ages > self.usual_age_
        if is_old.sum() * 2 > len(ages):
            unit = " days" if self.time_.is_dates else ""
            usual, median = self.time_.say_differences(np.array([self.usual_age_, np.median(ages)]))
            warnings.warn(
                f"{int(is_old.sum()):,} of {len(ages):,} rows with a history see a last row that is older "
                f"({median:.3g}{unit} in the middle) than 19 of 20 training rows did ({usual:.3g}{unit}): "
                "set gap to how far ahead you predict, fit again with later rows, or pass uses_new_rows=True "
                "where what is measured of new rows is known",
                DistantValuesWarning,
                stacklevel=5,
            )

    def _remember_columns(self, frame: pd.DataFrame, *, is_labelled: bool) -> None:
        self.columns_ = list(frame.columns)
        self.is_labelled_ = is_labelled
        self.n_features_in_ = len(self.columns_)
        if self.is_labelled_ and all(isinstance(label, str) for label in self.columns_):
            self.feature_names_in_ = np.asarray(self.columns_, dtype=object)
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_

    def __sklearn_tags__(self) -> Tags:
        tags = take_tables(super().__sklearn_tags__())
        tags.transformer_tags.preserves_dtype = []
        return tags
