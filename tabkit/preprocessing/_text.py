"""Text as a few numbers: hashed n-grams, TF-IDF, truncated singular value decomposition."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.preprocessing import normalize

from tabkit.preprocessing._categories import factorize_texts, fewest_rows
from tabkit.preprocessing._columns import ReadTable
from tabkit.preprocessing._training_target import TrainingTarget

_N_BUCKETS = 2**18
# Parts of words tell more than words, in names as in messages, and forgive typing errors; in
# longer texts words do, and cost a quarter of the time.
_MOST_CHARACTERS_OF_SHORT_TEXTS = 200
# Enough to know the components; more rows would only take longer.
_MOST_ROWS_LEARNED_FROM = 20_000


class TextComponents:
    """One column of text as its leading components.

    Texts of up to 200 characters (their median) are cut into runs of 3 and 4 characters within
    words, longer ones into words and pairs of words. These are hashed, weighted by TF-IDF and
    projected on the leading singular vectors, scaled so that the strongest component has unit
    variance. A missing text is an empty one.

    Hashing keeps no vocabulary: the model stays small, whatever the texts are.

    Parameters
    ----------
    column : hashable
        Label of the column.
    n_components : int, default=30
        At most; fewer when the texts do not have as many.
    marks_gaps : bool, default=False
        Whether a missing text comes out as NaN, to be filled by what the rest of the row leads to expect,
        where too few training rows had none to learn what that means.

    References
    ----------
    S. Deerwester et al., "Indexing by Latent Semantic Analysis", Journal of the American
    Society for Information Science 41 (1990).
    """

    def __init__(self, column: Hashable, n_components: int = 30, *, marks_gaps: bool = False) -> None:
        self.column = column
        self.n_components = n_components
        self.marks_gaps = marks_gaps

    def fit_transform(self, table: ReadTable, rows: TrainingTarget) -> np.ndarray:
        """Learn the weights of n-grams and the components."""
        positions, texts, is_missing = _read_texts(table[self.column])
        self.has_gaps_ = self.marks_gaps and is_missing.sum() < fewest_rows(len(positions))
        lengths = np.array([len(text) for text in texts], dtype=np.int64)[positions]
        typical = np.median(lengths[lengths > 0]) if lengths.any() else 0
        self.uses_characters_ = bool(typical <= _MOST_CHARACTERS_OF_SHORT_TEXTS)
        # Equal texts are counted once, and none twice: to cut and hash them is nearly all of the cost.
        counts = self._count(texts)
        self._learn(counts[_sample(positions, rows.seed)], rows.seed)
        self.scale_ = 1.0
        components = self._project(counts)[positions]
        self.scale_ = float(components.std(axis=0).max(initial=0.0)) or 1.0
        components /= self.scale_
        self.names = [f"{self.column}__svd_{number}" for number in range(components.shape[1])]
        self.sources = [self.column] * len(self.names)
        return self._mark(components, is_missing)

    def transform(self, table: ReadTable) -> np.ndarray:
        """Project texts on the components, shape (n_rows, n_components)."""
        positions, texts, is_missing = _read_texts(table[self.column])
        return self._mark(self._project(self._count(texts))[positions], is_missing)

    def _mark(self, components: np.ndarray, is_missing: np.ndarray) -> np.ndarray:
        if self.has_gaps_:
            components[is_missing] = np.nan
        return components

    def _learn(self, counts: sparse.csr_matrix, seed: int) -> None:
        n_texts = counts.shape[0]
        n_texts_with = np.bincount(counts.indices, minlength=_N_BUCKETS)
        kept = np.flatnonzero(n_texts_with >= (2 if n_texts >= 100 else 1))
        self.buckets_ = kept.astype(np.int32)
        # As scikit-learn's TfidfTransformer does with smooth_idf=True.
        weights = np.log((1 + n_texts) / (1 + n_texts_with[kept])) + 1.0
        self.weights_ = weights.astype(np.float32)
        n_components = min(self.n_components, len(kept), n_texts)
        self.components_ = np.zeros((len(kept), 0), dtype=np.float32)
        if n_components > 0:
            svd = TruncatedSVD(n_components, random_state=seed).fit(self._weigh(counts))
            self.components_ = np.ascontiguousarray(svd.components_.T, dtype=np.float32)

    def _project(self, counts: sparse.csr_matrix) -> np.ndarray:
        if self.components_.shape[1] == 0:
            return np.empty((counts.shape[0], 0), dtype=np.float32)
        return (self._weigh(counts) @ self.components_) / self.scale_

    def _count(self, texts: list[str]) -> sparse.csr_matrix:
        if self.uses_characters_:
            vectorizer = HashingVectorizer(
                analyzer="char_wb", ngram_range=(3, 4), n_features=_N_BUCKETS, norm=None, alternate_sign=False
            )
        else:
            vectorizer = HashingVectorizer(
                ngram_range=(1, 2), n_features=_N_BUCKETS, norm=None, alternate_sign=False
            )
        return vectorizer.transform(texts)

    def _weigh(self, counts: sparse.csr_matrix) -> sparse.csr_matrix:
        """Keep the known buckets, take logarithms of the counts, weigh and normalize rows."""
        positions = np.searchsorted(self.buckets_, counts.indices)
        known = positions < len(self.buckets_)
        known[known] = self.buckets_[positions[known]] == counts.indices[known]
        positions = positions[known]
        values = (1.0 + np.log(counts.data[known], dtype=np.float32)) * self.weights_[positions]
        starts = np.concatenate([[0], np.cumsum(known)])[counts.indptr]
        weighed = sparse.csr_matrix((values, positions, starts), shape=(counts.shape[0], len(self.buckets_)))
        return normalize(weighed, copy=False)


def _read_texts(column: pd.Series) -> tuple[np.ndarray, list[str], np.ndarray]:
    """The position of each row's text among the distinct ones, these, and whether it is missing.

    Missing ones are empty among the distinct ones.
    """
    positions, texts = factorize_texts(column)
    is_missing = np.array([text is None for text in texts])[positions]
    return positions, [text or "" for text in texts], is_missing


def _sample(positions: np.ndarray, seed: int) -> np.ndarray:
    if len(positions) <= _MOST_ROWS_LEARNED_FROM:
        return positions
    chosen = np.random.default_rng(seed).choice(len(positions), _MOST_ROWS_LEARNED_FROM, replace=False)
    return positions[chosen]
