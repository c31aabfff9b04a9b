"""How far probabilities are from what they say: calibration error, and the parts of the Brier score."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, get_args

from tabkit._core import InputError
from tabkit.metrics._bootstrap import bootstrap_interval
from tabkit.metrics._judged_probabilities import JudgedProbabilities

if TYPE_CHECKING:
    import numpy as np

BinStrategy = Literal["uniform", "quantile"]
ErrorKind = Literal["auto", "confidence", "classwise"]


def expected_calibration_error(
    y_true: Any,
    proba: Any,
    *,
    n_bins: int = 10,
    strategy: BinStrategy = "uniform",
    kind: ErrorKind = "auto",
    labels: Sequence[Any] | None = None,
    sample_weight: Any = None,
) -> float:
    """Mean distance between what probabilities say and what happened, over bins of probability.

    In each bin the mean probability is held against the share of rows that it came true for; the
    distances are averaged with the weights of the bins. The estimate is too high where rows are few: even
    the probabilities that the labels were drawn from have an error above 0.

    Parameters
    ----------
    y_true : array-like of shape (n_rows,)
        Labels.
    proba : array-like of shape (n_rows, n_classes) or (n_rows,)
        One column is the probability of the class that sorts last of two.
    n_bins : int, default=10
    strategy : {"uniform", "quantile"}, default="uniform"
        Bins of equal width, or of equal mass: with a rare class nearly all rows fall into one bin of
        equal width. Rows of equal probability are in one bin.
    kind : {"auto", "confidence", "classwise"}, default="auto"
        - "confidence": the highest probability of each row, against how often its class is the true
          one (Guo et al. 2017).
        - "classwise": the probability of each class, averaged over classes (Kull et al. 2019); with two
          classes that of the positive one, as the other is its mirror image (Naeini et al. 2015).
        - "auto": "classwise" with two classes, "confidence" with more.
    labels : sequence, default=None
        Classes in the order of the columns; None takes those of ``y_true``, sorted.
    sample_weight : array-like of shape (n_rows,), default=None
        How much each row counts; a weight of 2 is the row twice.

    Returns
    -------
    error : float
        From 0, the best, to 1.

    Raises
    ------
    InputError
        If labels and probabilities do not fit together.

    References
    ----------
    Naeini, M. P., Cooper, G., Hauskrecht, M.: Obtaining Well Calibrated Probabilities Using Bayesian
    Binning. AAAI (2015). Guo, C. et al.: On Calibration of Modern Neural Networks. ICML (2017). Kull, M. et
    al.: Beyond temperature scaling. NeurIPS (2019).

    Examples
    --------
    >>> expected_calibration_error(["no", "no", "no", "yes"], [0.25, 0.25, 0.25, 0.25])
    0.0
    >>> round(expected_calibration_error([0, 0, 0, 1], [0.1, 0.1, 0.9, 0.9]), 6)
    0.25
    """
    if kind not in get_args(ErrorKind):
        raise InputError(f"kind={kind!r}: choose one of {', '.join(map(repr, get_args(ErrorKind)))}")
    judged = JudgedProbabilities.check(y_true, proba, labels, sample_weight)
    is_confidence = kind == "confidence" or (kind == "auto" and judged.n_classes > 2)
    columns = [judged.of_top_class()] if is_confidence else judged.of_classes()
    errors = [_error(*column, judged.weight, n_bins, strategy) for column in columns]
    return float(sum(errors) / len(errors))


def compute_calibration_error(y_true: np.ndarray, proba: np.ndarray, classes: Sequence[Any]) -> float:
    """The metric of the leaderboard: ten bins of equal mass, which a rare class asks for.

    Parameters
    ----------
    y_true : ndarray of int of shape (n_rows,)
        Positions in the classes.
    proba : ndarray of shape (n_rows, n_classes)
    classes : sequence

    Returns
    -------
    error : float
    """
    return expected_calibration_error(y_true, proba, strategy="quantile", labels=range(proba.shape[1]))


@dataclass(frozen=True)
class ReliabilityCurve:
    """Predicted probability against what came true, bin by bin.

    Attributes
    ----------
    predicted, observed : ndarray of shape (n_bins,)
        Mean probability, and share of the weight for which it came true; bins without rows are left out.
    weight : ndarray of shape (n_bins,)
        Of each bin: how many rows, where these have no weights.
    error : float
        Mean distance of the two, by weight: the calibration error.
    """

    predicted: np.ndarray
    observed: np.ndarray
    weight: np.ndarray
    error: float


def reliability_curve(
    y_true: Any,
    proba: Any,
    *,
    n_bins: int = 10,
    strategy: BinStrategy = "uniform",
    labels: Sequence[Any] | None = None,
    sample_weight: Any = None,
) -> ReliabilityCurve:
    """Compute what `expected_calibration_error` is the mean of, for a picture.

    Of the positive class with two classes, of the class with the highest probability with more.

    Parameters
    ----------
    y_true : array-like of shape (n_rows,)
        Labels.
    proba : array-like of shape (n_rows, n_classes) or (n_rows,)
    n_bins : int, default=10
    strategy : {"uniform", "quantile"}, default="uniform"
    labels : sequence, default=None
    sample_weight : array-like of shape (n_rows,), default=None
        All as for `expected_calibration_error`.

    Returns
    -------
    curve : ReliabilityCurve

    Examples
    --------
    >>> curve = reliability_curve([0, 0, 0, 1], [0.1, 0.1, 0.9, 0.9])
    >>> curve.predicted.tolist(), curve.observed.tolist(), curve.weight.tolist(), round(curve.error, 6)
    ([0.1, 0.9], [0.0, 0.5], [2.0, 2.0], 0.25)
    """
    import numpy as np

    judged = JudgedProbabilities.check(y_true, proba, labels, sample_weight)
    (column,) = judged.of_classes() if judged.n_classes == 2 else [judged.of_top_class()]
    bins = _Bins.cut(*column, judged.weight / judged.weight.sum(), n_bins, strategy)
    return ReliabilityCurve(bins.proba, bins.share, np.bincount(bins.of_row, judged.weight), bins.error)


def class_calibration_errors(
    y_true: Any,
    proba: Any,
    *,
    n_bins: int = 10,
    strategy: BinStrategy = "uniform",
    labels: Sequence[Any] | None = None,
    sample_weight: Any = None,
) -> dict[Any, float]:
    """Calibration error of the probability of each class.

    Parameters
    ----------
    y_true : array-like of shape (n_rows,)
        Labels.
    proba : array-like of shape (n_rows, n_classes) or (n_rows,)
        See `expected_calibration_error`.
    n_bins : int, default=10
    strategy : {"uniform", "quantile"}, default="uniform"
    labels : sequence, default=None
    sample_weight : array-like of shape (n_rows,), default=None

    Returns
    -------
    errors : dict of label to float

    Examples
    --------
    >>> class_calibration_errors(["a", "b"], [[1.0, 0.0], [0.5, 0.5]])
    {'a': 0.25, 'b': 0.25}
    """
    judged = JudgedProbabilities.check(y_true, proba, labels, sample_weight)
    return {
        label: _error(*judged.of_class(code), judged.weight, n_bins, strategy)
        for code, label in enumerate(judged.labels)
    }


@dataclass(frozen=True)
class BrierDecomposition:
    """The Brier score in parts.

    It is ``reliability - resolution + uncertainty + within_variance - within_covariance``.

    Attributes
    ----------
    reliability : float
        Squared distance between the mean probability of a bin and what came true in it; 0 is best.
    resolution : float
        How far the bins' shares are from the overall share; the larger, the more is told apart.
    uncertainty : float
        The Brier score of the overall share: a property of the rows and not of the model.
    within_variance, within_covariance : float
        Variance of the probabilities inside the bins, and twice their covariance with what came true:
        what Murphy's three parts leave out where a bin holds more than one probability.
    intervals : mapping of str to (float, float), or None
        Bootstrap interval of each part and of ``brier``, where they were asked for.
    """

    reliability: float
    resolution: float
    uncertainty: float
    within_variance: float
    within_covariance: float
    intervals: Mapping[str, tuple[float, float]] | None = None

    @property
    def brier(self) -> float:
        """The Brier score: the sum of the parts."""
        inside = self.within_variance - self.within_covariance
        return self.reliability - self.resolution + self.uncertainty + inside


_PARTS = tuple(field.name for field in fields(BrierDecomposition) if field.name != "intervals")


def brier_decomposition(
    y_true: Any,
    proba: Any,
    *,
    n_bins: int = 10,
    strategy: BinStrategy = "uniform",
    labels: Sequence[Any] | None = None,
    sample_weight: Any = None,
    n_resamples: int = 0,
    groups: Any = None,
    random_state: int = 0,
) -> BrierDecomposition:
    """Split the Brier score into reliability, resolution and uncertainty.

    Parameters
    ----------
    y_true : array-like of shape (n_rows,)
        Labels.
    proba : array-like of shape (n_rows, n_classes) or (n_rows,)
        With two classes the score is that of the positive class, with more the sum over classes, as
        the metric "brier" has it.
    n_bins : int, default=10
    strategy : {"uniform", "quantile"}, default="uniform"
        See `expected_calibration_error`.
    labels : sequence, default=None
    sample_weight : array-like of shape (n_rows,), default=None
    n_resamples : int, default=0
        Bootstrap samples to compute 95 % intervals from; 0 for none.
    groups : array-like of shape (n_rows,), default=None
        Drawn as a whole by the bootstrap.
    random_state : int, default=0
        Seed of the bootstrap.

    Returns
    -------
    decomposition : BrierDecomposition

    References
    ----------
    Murphy, A. H.: A New Vector Partition of the Probability Score. Journal of Applied Meteorology 12
    (1973). Stephenson, D. B., Coelho, C. A. S., Jolliffe, I. T.: Two Extra Components in the Brier Score
    Decomposition. Weather and Forecasting 23 (2008).

    Examples
    --------
    >>> parts = brier_decomposition([0, 0, 0, 1], [0.1, 0.1, 0.9, 0.9])
    >>> round(parts.reliability, 4), round(parts.resolution, 4), round(parts.uncertainty, 4)
    (0.085, 0.0625, 0.1875)
    """

    def compute(y: Any, p: Any, *, sample_weight: Any) -> np.ndarray:
        return _parts(JudgedProbabilities.check(y, p, labels, sample_weight), n_bins, strategy)

    parts = compute(y_true, proba, sample_weight=sample_weight)
    intervals = None
    if n_resamples:
        found = bootstrap_interval(
            compute,
            y_true,
            proba,
            n_resamples=n_resamples,
            groups=groups,
            sample_weight=sample_weight,
            random_state=random_state,
        )
        intervals = dict(zip((*_PARTS, "brier"), map(tuple, found.tolist()), strict=True))
    return BrierDecomposition(**dict(zip(_PARTS, parts[:-1].tolist(), strict=True)), intervals=intervals)


def _parts(judged: JudgedProbabilities, n_bins: int, strategy: str) -> np.ndarray:
    """The parts and the Brier score itself, summed over classes."""
    import numpy as np

    total = np.zeros(len(_PARTS) + 1)
    weight = judged.weight / judged.weight.sum()
    for proba, came_true in judged.of_classes():
        bins = _Bins.cut(proba, came_true, weight, n_bins, strategy)
        share = weight @ came_true
        off_proba, off_true = proba - bins.proba[bins.of_row], came_true - bins.share[bins.of_row]
        total += (
            bins.weight @ (bins.proba - bins.share) ** 2,
            bins.weight @ (bins.share - share) ** 2,
            share * (1 - share),
            weight @ off_proba**2,
            2 * (weight @ (off_proba * off_true)),
            weight @ (proba - came_true) ** 2,
        )
    return total


def _error(proba: np.ndarray, came_true: np.ndarray, weight: np.ndarray, n_bins: int, strategy: str) -> float:
    return _Bins.cut(proba, came_true, weight / weight.sum(), n_bins, strategy).error


@dataclass(frozen=True)
class _Bins:
    """Bins that hold rows.

    Attributes
    ----------
    of_row : ndarray of int of shape (n_rows,)
    weight, proba, share : ndarray of shape (n_bins,)
        Of all weight, mean probability, and how often it came true.
    """

    of_row: np.ndarray
    weight: np.ndarray
    proba: np.ndarray
    share: np.ndarray

    @property
    def error(self) -> float:
        """Mean distance between probability and share."""
        import numpy as np

        return float(self.weight @ np.abs(self.proba - self.share))

    @classmethod
    def cut(
        cls, proba: np.ndarray, came_true: np.ndarray, weight: np.ndarray, n_bins: int, strategy: str
    ) -> _Bins:
        import numpy as np

        if n_bins < 1 or strategy not in get_args(BinStrategy):
            raise InputError(
                f"n_bins={n_bins!r}, strategy={strategy!r}: expected at least 1 bin, and 'uniform' or "
                "'quantile'"
            )
        cut: Callable[..., np.ndarray] = _of_equal_mass if strategy == "quantile" else _of_equal_width
        _, of_row = np.unique(cut(proba, weight, n_bins), return_inverse=True)
        total = np.bincount(of_row, weight)
        return cls(
            of_row,
            total,
            np.bincount(of_row, weight * proba) / total,
            np.bincount(of_row, weight * came_true) / total,
        )


def _of_equal_width(proba: np.ndarray, weight: np.ndarray, n_bins: int) -> np.ndarray:
    """Closed on the right, as `sklearn.calibration.calibration_curve` has them."""
    import numpy as np

    return np.searchsorted(np.linspace(0.0, 1.0, n_bins + 1)[1:-1], proba)


def _of_equal_mass(proba: np.ndarray, weight: np.ndarray, n_bins: int) -> np.ndarray:
    """By where the middle of the weight of each distinct probability lies."""
    import numpy as np

    _, of_row = np.unique(proba, return_inverse=True)
    mass = np.bincount(of_row, weight)
    middle = np.cumsum(mass) - mass / 2
    # A hair is added so that a middle on the edge of two bins does not fall by rounding.
    return np.minimum((middle / mass.sum() * n_bins + 1e-9).astype(int), n_bins - 1)[of_row]
