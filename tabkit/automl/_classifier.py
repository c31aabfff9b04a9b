"""`AutoClassifier`."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sklearn.base import ClassifierMixin

from tabkit.automl._auto import Auto


class AutoClassifier(ClassifierMixin, Auto):
    """The best classifier for the seconds there are: many models on the same folds, the best weighted.

    Candidates of different kinds (linear, boosting, forests, nets; see `preset`) are fitted on the folds of
    the training rows: a first fold of each, then the best so far on all folds. Those that add nothing are
    stopped. Ensemble selection on the out-of-fold predictions gives the weights. The models of the folds
    predict, weighted; nothing is fitted twice. Preparation of the table is part of each model.

    Parameters
    ----------
    time_limit : float or None, default=60.0
        Seconds for the whole of `fit`. None lets all candidates finish.
    preset : {"fast", "balanced", "accurate"}, default="balanced"
        The candidates: "fast" has no nets, "accurate" has larger ones too.
    max_candidates : int, default=None
        Only the first so many, to the end: there is no time limit then, and the result is the same on any
        machine and for any number of processors.
    metric : str, default=None
        What is optimised: a name of `tabkit.metrics.METRICS`; None is log loss.
    cv : int, cross-validator or iterable, default=None
        A number asks for `tabkit.model_selection.RoleAwareKFold`. None is 5 folds, or 8 with at most 1,000
        rows and two minutes.
    refit : {"auto", "folds", "full"}, default="auto"
        "folds" predicts by the models of the folds, "full" fits the members once more on all rows, as far as
        there is time. "auto" is "full" where there are times: no model of a fold knows the latest rows.
    isolate : bool or {"auto"}, default="auto"
        Whether fits run in processes of their own, where one that hangs, crashes or eats memory is a line of
        `leaderboard_` and no more. "auto" does so but in a process that is a worker itself.
    n_jobs : int, default=None
        Processors: so many fits run at once, or threads of one where fits are not isolated. None is all that
        there are.
    random_state : int, RandomState or None, default=None
        None draws a new seed for each fit.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels in the order of the probability columns.
    leaderboard_ : DataFrame
        A row per candidate, the best first: weight, mean score over its folds, seconds, and the reason where
        it did not finish.
    weights_ : dict of str to float
        Of the candidates that were compared.
    parts_ : tuple of Part
        The members: name, weight and fitted models.
    score_ : float
        Of the ensemble in `metric_`, on rows that neither fitted the models nor chose the weights, see
        Notes.
    score_interval_ : tuple of two floats
        95 % of the draws.
    optimism_ : float
        How much better the rows that chose the weights say it is.
    metric_ : str
    fit_seconds_ : float
    n_features_in_ : int

    See Also
    --------
    tabkit.compare : Scores such an ensemble, and others, on outer folds that nothing has touched.
    tabkit.ensemble.GreedyEnsembleClassifier : Weights for models of your own.

    Notes
    -----
    The score is that of the bootstrap bias corrected cross-validation of Tsamardinos et al. (2018): rows are
    drawn with replacement, the weights chosen anew on them, and judged on the rows that were not drawn.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from tabkit.automl import AutoClassifier
    >>> X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    >>> model = AutoClassifier(max_candidates=2, isolate=False, random_state=0).fit(X, y)
    >>> model.predict_proba(X[:3]).shape, model.parts_[0].name
    ((3, 2), 'linear')
    """

    _default_metric: ClassVar[str] = "log_loss"
    classes_: np.ndarray

    def predict_proba(self, X: Any) -> np.ndarray:
        """Weighted mean probability of each class.

        Parameters
        ----------
        X : frame of any library, or array-like, of shape (n_rows, n_features)
            Columns of a frame are found by name.

        Returns
        -------
        proba : ndarray of shape (n_rows, n_classes)
            Rows sum to 1.
        """
        return self._average(X)

    def predict(self, X: Any) -> np.ndarray:
        """Label of the most probable class.

        Parameters
        ----------
        X : frame of any library, or array-like, of shape (n_rows, n_features)

        Returns
        -------
        labels : ndarray of shape (n_rows,)
        """
        proba = self.predict_proba(X)
        return self.classes_[proba.argmax(axis=1)]
