"""What stands for a missing value: what the rest of the row leads to expect."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

# Enough to know how features go together; more rows would only take longer.
_MOST_ROWS_LEARNED_FROM = 5_000
# Of wider tables the relations fill more memory than the models; one feature among so many has little weight.
_MOST_FEATURES = 1_000
# Variance that every feature, of a variance near 1, is given beside its own.
_LEAST_VARIANCE = 1e-7


class ExpectedValues:
    """Fill missing features by their expectation given the others of the row.

    The expectation is that of a normal distribution with the means and covariances of the training rows,
    which are those of the rows that have both features. A linear model then predicts from a row with gaps
    what it does on average for rows like it. A constant in the gaps would be far from what the others say
    where features go together, as the start and the end of something do, and be multiplied by the large
    opposite coefficients that such features have.

    The more features there are for the rows, the closer are the values to the means; beyond 1,000 features
    they are the means. None is outside the range of the training rows.

    References
    ----------
    R. Little, D. Rubin, "Statistical Analysis with Missing Data" (2019), sections 3.4 and 11.2.
    """

    def fit(self, features: np.ndarray) -> ExpectedValues:
        """Learn means, ranges and relations.

        Parameters
        ----------
        features : ndarray of shape (n_rows, n_features)
            NaN where missing; known values have a variance near 1, or less.
        """
        n_rows, n_features = features.shape
        is_empty = np.isnan(features).all(axis=0)
        filled = np.where(is_empty, 0.0, features)
        self.means_ = np.nanmean(filled, axis=0)
        self.lows_, self.highs_ = np.nanmin(filled, axis=0), np.nanmax(filled, axis=0)
        self.precision_ = np.zeros((0, 0))
        if n_features <= _MOST_FEATURES:
            step = -(-n_rows // max(_MOST_ROWS_LEARNED_FROM, 10 * n_features))
            sample = filled[::step]
            # Relations among as many features as there are rows are those of chance.
            ridge = _LEAST_VARIANCE + (n_features / len(sample)) ** 4
            self.precision_ = _invert(_pairwise_covariances(sample - self.means_), ridge)
        return self

    def fill(self, features: np.ndarray) -> np.ndarray:
        """Fill rows, in place.

        Parameters
        ----------
        features : ndarray of shape (n_rows, n_features)
            NaN where missing.

        Returns
        -------
        features : ndarray of shape (n_rows, n_features)
            The same.
        """
        is_missing = np.isnan(features)
        if not is_missing.any():
            return features
        for rows, gaps in _patterns(is_missing):
            expected = np.broadcast_to(self.means_[gaps], (len(rows), len(gaps)))
            if len(self.precision_):
                deviations = features[rows] - self.means_
                deviations[:, gaps] = 0.0
                between = self.precision_[gaps]
                weights = np.linalg.solve(between[:, gaps], between)
                # Not a product of matrices, whose last digits depend on how many rows there are.
                expected = expected - np.einsum("ij,kj->ik", deviations, weights)
            features[np.ix_(rows, gaps)] = expected.clip(self.lows_[gaps], self.highs_[gaps])
        return features


def _pairwise_covariances(deviations: np.ndarray) -> np.ndarray:
    """Covariance of each pair of features over the rows that have both; 0 where none has."""
    is_known = ~np.isnan(deviations)
    if is_known.all():
        return deviations.T @ deviations / len(deviations)
    known = np.where(is_known, deviations, 0.0)
    weights = is_known.astype(np.float64)
    n_both = np.maximum(weights.T @ weights, 1.0)
    means = known.T @ weights / n_both  # of each feature, over the rows that have the other
    covariances = known.T @ known / n_both - means * means.T
    # What varies only where another is missing, as a mark of its gaps does, has no relation to it.
    variances = (known**2).T @ weights / n_both - means**2
    is_mark = ((variances < _LEAST_VARIANCE) & (variances.diagonal()[:, np.newaxis] > _LEAST_VARIANCE)).any(
        axis=1
    )
    covariances[is_mark] = covariances[:, is_mark] = 0.0
    return covariances


def _invert(covariances: np.ndarray, ridge: float) -> np.ndarray:
    """Inverse of what may have negative eigenvalues, since its entries come from different rows."""
    eigenvalues, eigenvectors = np.linalg.eigh(covariances)
    return (eigenvectors / (eigenvalues.clip(min=0.0) + ridge)) @ eigenvectors.T


def _patterns(is_missing: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The rows of each set of features that are missing together, and these features."""
    incomplete = np.flatnonzero(is_missing.any(axis=1))
    packed = np.packbits(is_missing[incomplete], axis=1)
    keys = np.ascontiguousarray(packed).view(np.dtype((np.void, packed.shape[1])))[:, 0]
    _, firsts, pattern_of = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(pattern_of, kind="stable")
    ends = np.cumsum(np.bincount(pattern_of))
    for first, rows in zip(firsts, np.split(order, ends[:-1]), strict=True):
        yield incomplete[rows], np.flatnonzero(is_missing[incomplete[first]])
