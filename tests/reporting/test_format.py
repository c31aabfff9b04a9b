from __future__ import annotations

import math

import pytest

from tabkit.reporting._format import (
    choose_decimals,
    clean,
    format_bytes,
    format_digits,
    format_estimates,
    format_number,
    format_p_value,
    format_seconds,
    format_share,
    join,
    shorten,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\x1b[31mb", "a\ufffd[31mb"),
        ("a\r\nb\tc", "a  b c"),
        ("a\x00b", "a\ufffdb"),
        ("safe\u202etxt.exe", "safe\ufffdtxt.exe"),
        ("lone \ud800", "lone \ufffd"),
        ("größe 😀 שלום", "größe 😀 שלום"),
        ("👩\u200d💻", "👩\u200d💻"),
    ],
)
def test_clean_takes_control_away_and_leaves_scripts(text: str, expected: str) -> None:
    assert clean(text) == expected


def test_shorten_keeps_to_the_length() -> None:
    assert shorten("x" * 200, 20) == "x" * 19 + "…"
    assert shorten("short", 5) == "short"


@pytest.mark.parametrize(
    ("means", "halves", "expected"),
    [
        ([0.9275, 0.91, None], [0.0025], 4),
        ([0.99987, 0.9998], [0.00002], 6),
        ([45123.4], [1000.0], 0),
        ([3.2e-7], [], 10),
        ([], [], 0),
        ([math.nan, 0.0], [0.0, None], 0),
    ],
)
def test_decimals_suit_the_column(means: list[float], halves: list[float], expected: int) -> None:
    assert choose_decimals(means, halves) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "-"),
        (math.nan, "-"),
        (math.inf, "∞"),
        (-math.inf, "-∞"),
        (-0.00001, "0.000"),
        (-0.5, "-0.500"),
        (1234.5, "1,234.500"),
        (3e16, "3e+16"),
    ],
)
def test_numbers(value: float | None, expected: str) -> None:
    assert format_number(value, 3) == expected


def test_digits_round_up_to_the_next_power_without_an_extra_digit() -> None:
    assert [format_digits(value) for value in (9.96, 0.0996, 99.96, 0.0)] == ["10", "0.10", "100", "0"]


def test_one_clipped_interval_turns_the_whole_column_to_brackets() -> None:
    assert format_estimates([(0.5, (0.4, 0.6)), (0.9, None)], 1) == ["0.5 ±0.1", "0.9"]
    assert format_estimates([(0.5, (0.4, 0.6)), (0.9, (0.7, 1.0))], 1) == ["0.5 [0.4, 0.6]", "0.9 [0.7, 1.0]"]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (None, "-"),
        (0.0, "0 s"),
        (59.94, "60 s"),
        (59.96, "1 min 00 s"),
        (3599.6, "1 h 00 min"),
        (7322, "2 h 02 min"),
    ],
)
def test_seconds(seconds: float | None, expected: str) -> None:
    assert format_seconds(seconds) == expected


@pytest.mark.parametrize(
    ("n_bytes", "expected"),
    [
        (None, "-"),
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (9_960, "10 kB"),
        (999_600, "1.0 MB"),
        (3 * 10**12, "3.0 TB"),
    ],
)
def test_bytes(n_bytes: int | None, expected: str) -> None:
    assert format_bytes(n_bytes) == expected


def test_shares_never_round_to_none_or_all() -> None:
    assert [format_share(part, 10_000) for part in (0, 1, 5_000, 9_999, 10_000)] == [
        "0.0 %",
        "<0.1 %",
        "50.0 %",
        ">99.9 %",
        "100.0 %",
    ]


def test_p_values() -> None:
    assert [format_p_value(p) for p in (None, 0.0, 0.0042, 0.0996, 0.5, 1.0)] == [
        "-",
        "<0.001",
        "0.004",
        "0.100",
        "0.50",
        "1.00",
    ]


def test_join() -> None:
    assert [join(parts) for parts in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
