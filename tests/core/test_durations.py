"""Lengths of time as text: fixed ones are read, months and years are refused with days to write."""

from __future__ import annotations

import warnings

import pandas as pd
import pytest

from tabkit import InputError
from tabkit._core._durations import read_fixed_duration
from tabkit._core._parameters import speak_of_options
from tabkit.model_selection import ForwardSplit, PurgedKFold


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("7D", 7),
        ("2 weeks", 14),
        ("1 week", 7),
        ("1.5 wk", 10.5),
        ("1W", 7),
        ("1 week 2 days", 9),
        ("P2W", 14),
        ("P1DT12H", 1.5),
        ("PT90M", 1.5 / 24),
        ("36h", 1.5),
        ("30min", 0.5 / 24),
        ("1 day 12:00:00", 1.5),
        ("-3D", -3),
        ("a while", None),
        ("D", None),
        ("", None),
        ("nan", None),
        ("3 moons", None),
        ("2 yards", None),
    ],
)
def test_fixed_lengths_are_read(text: str, days: float | None) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = read_fixed_duration("gap", text)
    assert found == (None if days is None else pd.Timedelta(days=days))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2Y", r"^gap='2Y': years differ in length: write days, such as gap='730D'$"),
        ("2y", "years differ in length: write days, such as gap='730D'"),
        ("1.5 years", "years differ in length: write days, such as gap='548D'"),
        ("1M", r"^gap='1M': months differ in length: write days, such as gap='30D'$"),
        ("6 MONTHS", "months differ in length: write days, such as gap='182D'"),
        ("12mon", "months differ in length: write days, such as gap='365D'"),
        # pandas reads one millisecond, one minute and, with a warning, 365 days.
        ("1MS", "months differ in length: write days, such as gap='30D'"),
        ("P1M", "months differ in length: write days, such as gap='30D'"),
        ("1a", "years differ in length: write days, such as gap='365D'"),
        ("P2Y", "years differ in length: write days, such as gap='730D'"),
        ("1Q", "quarters differ in length: write days, such as gap='91D'"),
        ("1Y 2D", "years differ in length"),
        ("month", "months differ in length: write days, such as gap='30D'"),
        ("3m", r"^gap='3m': m may be minutes or months: write gap='3min' or gap='91D'$"),
    ],
)
def test_months_and_years_are_refused_with_days_to_write(text: str, message: str) -> None:
    days = pd.date_range("2020-01-01", periods=30)
    with pytest.raises(InputError, match=message):
        list(ForwardSplit(gap=text).split(days, times=days))


def test_every_length_of_time_says_it_in_the_words_of_its_reader() -> None:
    days = pd.date_range("2020-01-01", periods=40)
    with pytest.raises(InputError, match=r"^horizon='1Y': years .* such as horizon='365D'$"):
        list(ForwardSplit(horizon="1Y").split(days, times=days))
    with pytest.raises(InputError, match=r"^embargo='1M': months .* such as embargo='30D'$"):
        list(PurgedKFold(embargo="1M").split(days, times=days))
    with (
        speak_of_options({"gap": "--gap"}),
        pytest.raises(
            InputError, match=r"^--gap 2Y: years differ in length: write days, such as --gap 730D$"
        ),
    ):
        list(ForwardSplit(gap="2Y").split(days, times=days))


@pytest.mark.parametrize("text", ["2Y", "1M", "3m"])
def test_numbers_as_times_have_no_calendar(text: str) -> None:
    with pytest.raises(InputError, match=rf"gap='{text}': expected a number, as times are"):
        list(ForwardSplit(gap=text).split(range(30), times=range(30)))
