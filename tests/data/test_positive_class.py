"""The positive class of two labels: given, or said by its label, else refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tabkit import InputError
from tabkit._core._parameters import speak_of_options
from tabkit.data import Task, infer_task
from tabkit.data._positive_class import check_told, find_evident, find_given, require_positive


@pytest.mark.parametrize(
    ("negative", "positive"),
    [
        (0, 1),
        (-1, 1),
        (0.0, 1.0),
        (False, True),
        (np.False_, np.True_),
        ("0", "1"),
        ("no", "Yes"),
        ("n", "Y"),
        ("f", "T"),
        ("FALSE", "TRUE"),
        ("negative", "positive"),
        ("neg", "pos"),
        ("-", "+"),
        ("no", "churned"),
        ("maybe", "yes"),
        ("no_churn", "churn"),
        ("not spam", "spam"),
        ("Non-smoker", "smoker"),
    ],
)
def test_label_says_so_in_either_order(negative: Any, positive: Any) -> None:
    assert find_evident([negative, positive]) == 1
    assert find_evident([positive, negative]) == 0


@pytest.mark.parametrize(
    "labels",
    [
        ("bad", "good"),
        ("f", "m"),  # sex, and no truth values
        ("y", "z"),
        (1, 2),
        ("1", "2"),
        ("yes", "true"),
        ("no", "false"),
        ("<=50K", ">50K"),
        ("ham", "spam"),
        ("normal", "north"),
        (2, "no"),
    ],
)
def test_label_says_nothing(labels: tuple[Any, Any]) -> None:
    assert find_evident(labels) is None
    assert find_evident(labels[::-1]) is None
    with pytest.raises(
        InputError, match=r"^goal needs a positive class, and neither .* says that it is: pass "
    ):
        require_positive(labels, asked_by="goal")


def test_refusal_says_what_to_write() -> None:
    said = r"^objective='f1' needs a positive class, and neither 'bad' nor 'good' says that it is: "
    with pytest.raises(InputError, match=said + r"pass pos_label='bad' or pos_label='good'$"):
        require_positive(np.array(["bad", "good"]), asked_by="objective='f1'")
    guess = infer_task(pd.Series(["good"] * 7 + ["very bad"] * 3))
    with (
        speak_of_options({"positive": "--positive"}),
        pytest.raises(InputError, match=r"pass --positive 'very bad' or --positive good$"),
    ):
        check_told(guess, "--threshold f1")


def test_given_one_goes_before_the_label() -> None:
    assert require_positive(np.array(["no", "yes"]), "no", asked_by="") == 0
    assert require_positive(np.array([1, 2]), 1.0, asked_by="") == 0
    assert find_given(np.array([0.0, 1.0]), "0") == 0
    with pytest.raises(InputError, match=r"^pos_label='ugly': expected one of 'bad', 'good'$"):
        require_positive(np.array(["bad", "good"]), "ugly", asked_by="")


@pytest.mark.parametrize(
    ("target", "given", "by", "is_told"),
    [
        (["no"] * 3 + ["yes"] * 7, None, "label", True),
        (["good"] * 7 + ["bad"] * 3, None, "rarity", False),
        (["good"] * 5 + ["bad"] * 5, None, "order", False),
        (["good"] * 7 + ["bad"] * 3, "bad", "given", True),
        (["good"] * 7 + ["bad"] * 3, "good", "given", True),
    ],
)
def test_task_knows_what_made_a_class_positive(
    target: list[str], given: str | None, by: str, is_told: bool
) -> None:
    task = infer_task(pd.Series(target), positive=given)
    assert (task.positive_by, task.is_positive_told) == (by, is_told)


def test_task_without_classes_has_none() -> None:
    assert Task("binary").positive is None
    assert not Task("binary").is_positive_told
    check_told(Task("binary", threshold="f1"), "--threshold f1")  # found when the model is fitted
    assert Task("binary", ("b", "a")).is_positive_told  # written in this order by hand
