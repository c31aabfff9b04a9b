"""Labels of classes as codes."""

from __future__ import annotations

import warnings

import numpy as np

from tabkit.preprocessing._labels import learn_classes


def test_many_classes_of_whole_numbers_are_no_reason_to_warn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        codes, classes = learn_classes(np.repeat(np.arange(40), 3))
    assert len(classes) == 40
    assert codes.tolist() == np.repeat(np.arange(40), 3).tolist()
