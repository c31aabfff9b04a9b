"""Labels of classes as codes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from tabkit._core import InputError


def encode_labels(y: Any) -> tuple[np.ndarray, np.ndarray]:
    """Number the classes of a target.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        Labels of any kind: text, numbers, booleans, categories.

    Returns
    -------
    codes : ndarray of int of shape (n_rows,)
    classes : ndarray of shape (n_classes,)
        The labels, sorted; ``classes[codes]`` is the target.

    Raises
    ------
    InputError
        If a label is missing, or there is one class only.

    Examples
    --------
    >>> encode_labels(["no", "yes", "no"])
    (array([0, 1, 0]), array(['no', 'yes'], dtype='<U3'))
    """
    # Nullable integers and booleans stay what they are; column_or_1d would make floats of them.
    y = column_or_1d(y.to_numpy() if isinstance(y, pd.Series) else y, warn=True)
    codes, classes = pd.factorize(y, sort=True)
    n_missing = int((codes < 0).sum())
    if n_missing:
        raise InputError(f"y: {n_missing} of {len(y)} rows have no label (NaN or None): drop these rows")
    check_classification_targets(classes)
    if len(classes) < 2:
        raise InputError(f"y has 1 class, {str(classes[0])!r}: at least 2 are needed")
    return codes, np.asarray(classes).astype(y.dtype, copy=False)
