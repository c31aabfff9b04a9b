"""Columns that a model uses more than it uses shuffled copies of columns."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from scipy.stats import binom, false_discovery_control
from sklearn.base import BaseEstimator, clone, is_classifier, is_regressor
from sklearn.feature_selection import SelectorMixin
from sklearn.utils import Tags, check_array, check_consistent_length
from sklearn.utils.validation import check_is_fitted

from tabkit._core import InputError
from tabkit._core._constraints import COUNT, N_JOBS, SHARE, SHARE_OR_ALL
from tabkit._core._random import derive_seed, draw_seed
from tabkit._core._sklearn import check_parameters, make_options
from tabkit._core._weights import find_counting
from tabkit._core._wording import say_count
from tabkit.boosting import LightGBMClassifier, LightGBMRegressor
from tabkit.feature_selection._held_out_importance import held_out_importances
from tabkit.feature_selection._shadows import add_shadows, as_matrix
from tabkit.model_selection import TooFewRowsError, split_for_validation
from tabkit.model_selection._row_roles import RowRoles, fit_with_roles, take_rows
from tabkit.preprocessing._features import check_features, take_tables
from tabkit.preprocessing._targets import TASK_KINDS, read_targets

_N_TREES = 100


class ShadowSelector(SelectorMixin, BaseEstimator):
    """Keep the columns that tell more of the target than shuffled copies of columns do.

    After Boruta [1]_. In each round every column gets a shadow, a copy with its rows shuffled; a model is
    fitted on columns and shadows together, and a column scores a hit where its importance is above that of
    nine tenths of the shadows. A column stays where it has more hits than a fair coin would
    have thrown, by a binomial test with the false discovery rate of all columns held at `level`.
    That is a rule and no exact
    test: rounds share their rows, so they are not independent; a column that tells nothing hits in about
    a tenth of them, much less than a coin.

    Importances are measured on rows that the model of the round was not fitted on, and these are
    always among the rows that ``fit`` is given: with ``times`` the last ones, with ``groups`` whole
    groups. Of columns that say the same each takes from the importance of the others: one of
    many copies stays, or a few, or none where they are so many that none is missed.

    At least one column stays. Where none passes, it is the one with most hits, with a warning. All stay, with
    a warning, where there are too few rows to hold any out. Rows of weight zero are not there.

    Own code, as no kept library does it for such tables: BorutaPy takes arrays of numbers, without
    categories, weights or groups, and judges by impurity on the rows it was fitted on.

    Parameters
    ----------
    estimator : estimator, default=None
        Fitted on columns and shadows, named ``x0``, ``x1`` and so on, or on an array where all are numbers;
        classes are given as their codes. None is LightGBM, with 100 small trees.
    n_rounds : int, default=20
        With fewer than about 10 hardly anything passes the test where columns are many.
    level : float, default=0.05
        False discovery rate of the test, between 0 and 1.
    ceiling : float, default=0.9
        Share of the shadows of a round that a column has to be above for a hit. With 1, above all of them as
        in Boruta, weak signals are lost where columns are many; noise is above 0.9 in a tenth of the rounds.
    importance : {"permutation", "impurity"}, default="permutation"
        "permutation" is how much worse held-out rows are predicted when a column is shuffled, in log loss or
        squared error; "impurity" is ``feature_importances_`` of the model: for LightGBM, its gain.
    validation_fraction : float, default=0.3
        Share of the rows held out in each round.
    keep : sequence of column, default=()
        Columns that stay whatever they tell, by label (of an array, by position): those of a model's monotone
        constraints.
    task_kind : {"auto", "binary", "multiclass", "regression"}, default="auto"
        Of the target. "auto" is that of `estimator`, or as `tabkit.preprocessing.TablePreprocessor` has it.
    random_state : int, RandomState or None, default=None
        Seed of shadows, splits and models; None draws a new one for each fit.
    n_jobs : int or None, default=None
        Threads of the model where `estimator` is None.

    Attributes
    ----------
    support_ : ndarray of bool of shape (n_columns,)
        Which columns stay.
    ranking_ : ndarray of int of shape (n_columns,)
        1 for those that stay; the others from 2 on, by hits and then by importance.
    n_hits_ : ndarray of int of shape (n_columns,)
        Rounds in which a column was above that share of the shadows.
    p_values_ : ndarray of shape (n_columns,)
        Of the binomial test, adjusted for the number of columns (Benjamini-Hochberg).
    importances_ : ndarray of shape (n_columns,)
        Mean over the rounds.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_columns,)
        Where fitted on a frame with names that are text.

    See Also
    --------
    sklearn.feature_selection.RFECV : Leaves out the least important column again and again.

    References
    ----------
    .. [1] M. B. Kursa and W. R. Rudnicki, "Feature Selection with the Boruta Package",
       Journal of Statistical Software 36(11), 2010.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from tabkit.feature_selection import ShadowSelector
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame(rng.normal(size=(300, 4)), columns=["size", "age", "luck", "moon"])
    >>> selector = ShadowSelector(random_state=0).fit(X, X["size"] + X["age"] > 0)
    >>> list(selector.transform(X).columns)
    ['size', 'age']
    """

    __metadata_request__fit: ClassVar[dict[str, bool]] = {
        "sample_weight": True,
        "groups": True,
        "times": True,
    }
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "estimator": [object],
        "n_rounds": [COUNT],
        "level": [SHARE],
        "ceiling": [SHARE_OR_ALL],
        "importance": [make_options("permutation", "impurity")],
        "validation_fraction": [SHARE],
        "keep": ["array-like"],
        "task_kind": [make_options(*TASK_KINDS)],
        "random_state": ["random_state"],
        "n_jobs": N_JOBS,
    }

    def __init__(
        self,
        estimator: Any = None,
        *,
        n_rounds: int = 20,
        level: float = 0.05,
        ceiling: float = 0.9,
        importance: str = "permutation",
        validation_fraction: float = 0.3,
        keep: Sequence[Any] = (),
        task_kind: str = "auto",
        random_state: int | np.random.RandomState | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.estimator = estimator
        self.n_rounds = n_rounds
        self.level = level
        self.ceiling = ceiling
        self.importance = importance
        self.validation_fraction = validation_fraction
        self.keep = keep
        self.task_kind = task_kind
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, groups: Any = None, times: Any = None
    ) -> ShadowSelector:
        """Find the columns to keep.

        Parameters
        ----------
        X : frame of any library, or array-like, of shape (n_rows, n_columns)
            Whatever `estimator` takes; LightGBM takes numbers, dates, categories and text, and gaps.
        y : array-like of shape (n_rows,)
        sample_weight : array-like of shape (n_rows,), default=None
        groups : array-like of shape (n_rows,), default=None
            Rows of one group are not divided between those fitted on and those held out.
        times : array-like of shape (n_rows,), default=None
            Rows held out are the last ones, the same in each round.

        Returns
        -------
        self : ShadowSelector

        Raises
        ------
        InputError
            If the data or a parameter cannot be used.
        """
        check_parameters(self, self._parameter_constraints)
        seed = draw_seed(self.random_state)
        features = check_features(self, X, y, reset=True)
        if len(features) < 2:
            raise InputError("n_samples = 1: at least 2 rows are needed")
        told = self._find_kept()
        targets = read_targets(y, self._find_task_kind())
        is_classification = targets.labels is not None
        target = targets.labels if targets.labels is not None else targets.values[:, 0]
        check_consistent_length(features, target)
        roles = RowRoles.check(len(target), sample_weight, groups, times)
        counting = find_counting(roles.sample_weight, len(target))
        rows, target, roles = take_rows(features, counting), target[counting], roles.take(counting)
        matrix = as_matrix(rows)
        measured = []
        self._is_judged = True
        try:
            for number in range(self.n_rounds):
                round_seed = derive_seed(seed, "round", number)
                measured.append(self._measure(matrix, target, roles, is_classification, round_seed))
        except TooFewRowsError as error:
            self._is_judged = False
            warnings.warn(f"ShadowSelector keeps all columns: {error}", UserWarning, stacklevel=2)
        self._judge(measured, told)
        return self

    def transform(self, X: Any) -> Any:
        """Return the columns that stay.

        Parameters
        ----------
        X : frame of any library, or array-like, of shape (n_rows, n_columns)
            A frame is found its columns in by label, in any order and among others.

        Returns
        -------
        X_out : DataFrame or ndarray of shape (n_rows, n_kept)
            A DataFrame of a frame, with its dtypes; an array of an array, unless `set_output` says so.

        Raises
        ------
        InputError
            If a column of those at fit is missing, or X is an array and a frame was learned from.
        """
        check_is_fitted(self)
        features = check_features(self, X, reset=False)
        if isinstance(features, pd.DataFrame):
            return features.iloc[:, np.flatnonzero(self.support_)]
        return features[:, self.support_]

    def inverse_transform(self, X: Any) -> Any:
        """Put kept columns back among those that were dropped.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_rows, n_kept)

        Returns
        -------
        X_all : DataFrame or ndarray of shape (n_rows, n_columns)
            Dropped columns hold 0 in an array, as scikit-learn's do, and nothing (NaN) in a frame.

        Raises
        ------
        InputError
            If X has another number of columns.
        """
        check_is_fitted(self)
        kept = X if isinstance(X, pd.DataFrame) else check_array(X, dtype=None, ensure_all_finite=False)
        if kept.shape[1] != self.support_.sum():
            raise InputError(
                f"X has {say_count(kept.shape[1], 'column')}, and {int(self.support_.sum())} were kept"
            )
        if isinstance(kept, pd.DataFrame):
            return kept.reindex(columns=pd.Index(self._feature_labels, tupleize_cols=False))
        restored = np.zeros((len(kept), len(self.support_)), dtype=kept.dtype)
        restored[:, self.support_] = kept
        return restored

    def describe(self) -> str:
        """Say which columns stay and which are dropped, and why.

        Returns
        -------
        text : str
            A sentence a line.
        """
        check_is_fitted(self)
        labels, told = self._feature_labels, self._find_kept()
        if not self._is_judged:
            return f"All {say_count(len(labels), 'column')} stay: there were too few rows to hold any out."
        lines = [f"{int(self.support_.sum())} of {say_count(len(labels), 'column')} stay."]
        for position in np.lexsort((-self.n_hits_, self.ranking_)):
            verb = "stays" if self.support_[position] else "is dropped"
            why = (
                f"above the shadows in {self.n_hits_[position]} of {say_count(self.n_rounds, 'round')} "
                f"(adjusted p = {self.p_values_[position]:.2g})"
            )
            if self.support_[position] and self.p_values_[position] > self.level:
                asked = "it was asked to" if told[position] else "none passed, and one has to stay"
                why = f"{why}; {asked}"
            lines.append(f"{labels[position]!r} {verb}: {why}.")
        return "\n".join(lines)

    def _measure(
        self, X: Any, y: np.ndarray, roles: RowRoles, is_classification: bool, seed: int
    ) -> np.ndarray:
        """Importances of columns and shadows in one round, shape (2 * n_columns,)."""
        rng = np.random.default_rng(seed)
        train, held_out = split_for_validation(
            y,
            fraction=self.validation_fraction,
            is_classification=is_classification,
            groups=roles.groups,
            times=roles.times,
            random_state=seed,
        )
        if is_classification and len(np.unique(y[train])) < 2:
            raise TooFewRowsError("the rows to learn from are all of one class")
        doubled = add_shadows(X, rng)
        model = self._make_model(is_classification, seed)
        fit_with_roles(model, take_rows(doubled, train), y[train], roles.take(train))
        if self.importance == "impurity":
            if not hasattr(model, "feature_importances_"):
                raise InputError(
                    f"importance='impurity': {type(model).__name__} has no feature_importances_; "
                    "pass importance='permutation'"
                )
            return np.asarray(model.feature_importances_, dtype=np.float64)
        return held_out_importances(
            model,
            take_rows(doubled, held_out),
            y[held_out],
            roles.take(held_out).sample_weight,
            is_classification=is_classification,
            rng=rng,
        )

    def _judge(self, measured: list[np.ndarray], told: np.ndarray) -> None:
        """Count hits, test them and choose."""
        n_columns = len(told)
        if not self._is_judged:
            self.n_hits_, self.importances_ = np.zeros(n_columns, dtype=np.int64), np.zeros(n_columns)
            self.p_values_, self.support_ = np.ones(n_columns), np.ones(n_columns, dtype=bool)
            self.ranking_ = np.ones(n_columns, dtype=np.int64)
            return
        real, shadows = np.hsplit(np.array(measured), 2)
        ceilings = np.maximum(np.quantile(shadows, self.ceiling, axis=1)[:, np.newaxis], 0.0)
        self.n_hits_ = (real > ceilings).sum(axis=0)
        self.importances_ = real.mean(axis=0)
        self.p_values_ = false_discovery_control(binom.sf(self.n_hits_ - 1, len(measured), 0.5))
        self.support_ = (self.p_values_ <= self.level) | told
        order = np.lexsort((-self.importances_, -self.n_hits_))
        if not self.support_.any():
            self.support_[order[0]] = True
            warnings.warn(
                f"no column tells more than shuffled ones: {self._feature_labels[order[0]]!r} stays, "
                f"with {say_count(int(self.n_hits_[order[0]]), 'hit')} in {len(measured)} rounds",
                UserWarning,
                stacklevel=3,
            )
        dropped = [position for position in order if not self.support_[position]]
        self.ranking_ = np.ones(n_columns, dtype=np.int64)
        self.ranking_[dropped] = np.arange(2, 2 + len(dropped))

    def _make_model(self, is_classification: bool, seed: int) -> Any:
        if self.estimator is not None:
            model = clone(self.estimator)
            seeds = [name for name in model.get_params() if name.rpartition("__")[2] == "random_state"]
            return model.set_params(**dict.fromkeys(seeds, seed))
        cls = LightGBMClassifier if is_classification else LightGBMRegressor
        return cls(
            n_estimators=_N_TREES,
            learning_rate=0.1,
            num_leaves=15,
            colsample_bytree=0.5,
            early_stopping_rounds=None,
            random_state=seed,
            n_jobs=self.n_jobs,
        )

    def _find_kept(self) -> np.ndarray:
        labels = self._feature_labels
        missing = [label for label in self.keep if label not in labels]
        if missing:
            raise InputError(f"keep names column {missing[0]!r}, which X does not have")
        return np.array([label in list(self.keep) for label in labels])

    def _find_task_kind(self) -> str:
        if self.task_kind != "auto" or self.estimator is None:
            return self.task_kind
        if is_classifier(self.estimator):
            return "multiclass"
        return "regression" if is_regressor(self.estimator) else "auto"

    def _get_support_mask(self) -> np.ndarray:
        check_is_fitted(self)
        return self.support_

    def __sklearn_tags__(self) -> Tags:
        tags = take_tables(super().__sklearn_tags__())
        tags.target_tags.required = True
        return tags
