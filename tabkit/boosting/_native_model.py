"""A trained model of a library, kept as the library itself writes it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import pandas as pd


class NativeModel(ABC):
    """A trained booster that is pickled in its library's own format, and read when used.

    So a pickle or a skops file holds plain bytes instead of a foreign object.

    Parameters
    ----------
    booster : object
        Of the library.
    n_rounds : int
        Boosting rounds to predict with.
    """

    def __init__(self, booster: Any, n_rounds: int) -> None:
        self.n_rounds = n_rounds
        self._booster = booster
        self._content = b""

    @property
    def booster(self) -> Any:
        """The library's own object."""
        if self._booster is None:
            self._booster = self._read(self._content)
        return self._booster

    @property
    def chosen_params(self) -> dict[str, Any]:
        """What the library chose from the rows, and the same training on more rows is to keep."""
        return {}

    def __getstate__(self) -> dict[str, Any]:
        content = self._content or self._write()
        return self.__dict__ | {"_booster": None, "_content": content}

    @abstractmethod
    def predict(self, features: np.ndarray | pd.DataFrame, n_threads: int) -> np.ndarray:
        """Predict values, probabilities of the second class, or of all classes.

        Parameters
        ----------
        features : ndarray or DataFrame of shape (n_rows, n_features)
            Of the encoder that the model was trained with.
        n_threads : int

        Returns
        -------
        predicted : ndarray of shape (n_rows,) or (n_rows, n_classes)
        """

    @abstractmethod
    def importances(self) -> np.ndarray:
        """Importance of each feature, not normalised, shape (n_features,)."""

    @abstractmethod
    def _write(self) -> bytes:
        """The booster in its library's format."""

    @abstractmethod
    def _read(self, content: bytes) -> Any:
        """The booster from its library's format."""
