"""The runner of scikit-learn's own tests finds what it is for."""

from __future__ import annotations

from typing import Any

import pytest
from sklearn_own_tests import list_surprises, replace_classes

from tabkit.calibration import TunedThresholdClassifier

SAID = {"test_a[0]": "", "test_a[1]": "E assert 0", "test_b": "", "test_c[x]": "E 1", "test_c[y]": "E 2"}


@pytest.mark.parametrize(
    ("expected", "surprises"),
    [
        ({"test_a[1]": "why", "test_c": "why"}, ""),
        ({"test_a[1]": "why", "test_c[x]": "why"}, "test_c[y] fails\nE 2"),
        (
            {"test_a": "why", "test_c": "why"},
            "test_a[0] passes: expect no failure of it any more",
        ),
        (
            {"test_a[1]": "why", "test_c": "why", "test_d": "why"},
            "test_d is expected to fail, and is not there",
        ),
    ],
)
def test_surprises_are_found(expected: dict[str, str], surprises: str) -> None:
    assert list_surprises(SAID, expected) == surprises


def test_classes_are_replaced_after_the_imports() -> None:
    source = "from sklearn.model_selection import (\n    KFold as Theirs,\n)\n\nheld = Theirs\n"
    with pytest.raises(AssertionError, match="Other is not tested here"):
        replace_classes(source, {"Other": TunedThresholdClassifier}, {})
    replaced = {"Theirs": TunedThresholdClassifier}
    before = dict(TunedThresholdClassifier.__init__.__kwdefaults__)
    found: dict[str, Any] = {}
    try:
        exec(replace_classes(source, replaced, {"min_rows_of_class": 3}), found)
        assert found["held"] is TunedThresholdClassifier
        assert found["held"](None).min_rows_of_class == 3
    finally:
        TunedThresholdClassifier.__init__.__kwdefaults__.update(before)
    assert TunedThresholdClassifier(None).min_rows_of_class == 10
