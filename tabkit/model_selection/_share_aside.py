"""A share of the rows held out, as a splitter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
from sklearn.model_selection import BaseCrossValidator, StratifiedShuffleSplit

from tabkit._core import first_line
from tabkit.model_selection._roles import TooFewRowsError
from tabkit.model_selection._validation_split import split_for_validation


class ShareAside(BaseCrossValidator):
    """One fold: the last rows where times arrive, whole groups where these do, else rows of both classes.

    Parameters
    ----------
    test_size : float
        Share of the rows.
    random_state : int
    """

    __metadata_request__split: ClassVar[dict[str, bool]] = {"groups": True, "times": True}

    def __init__(self, test_size: float, random_state: int) -> None:
        self.test_size = test_size
        self.random_state = random_state

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None, times: Any = None) -> int:
        """One.

        Parameters
        ----------
        X, y, groups, times : array-like, default=None

        Returns
        -------
        n_splits : int
        """
        return 1

    def split(
        self, X: Any, y: Any = None, groups: Any = None, times: Any = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the positions of the rows to train on, and of those held out.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
        y : array-like of shape (n_rows,), default=None
            Labels.
        groups : array-like of shape (n_rows,), default=None
        times : array-like of shape (n_rows,), default=None

        Yields
        ------
        train, test : ndarray
        """
        if groups is None and times is None:
            # The same rows as TunedThresholdClassifierCV holds out.
            splitter = StratifiedShuffleSplit(1, test_size=self.test_size, random_state=self.random_state)
            try:
                yield from splitter.split(X, y)
            except ValueError as error:
                raise TooFewRowsError(f"cv={self.test_size}: {first_line(error)}") from error
        else:
            yield split_for_validation(
                y,
                fraction=self.test_size,
                is_classification=True,
                groups=groups,
                times=times,
                random_state=self.random_state,
            )
